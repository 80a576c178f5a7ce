#include <boost/json/serialize.hpp>

#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "core/uri.hpp"
#include "core/utf8.hpp"
#include "domain/source_root.hpp"

namespace api {

namespace {

awaitable<http::Reply> why(std::shared_ptr<Room> room, Call request) {
  auto const path = bytes_of(request, "path");
  auto const run = request.query_value("run");
  if (path.has_value() == run.has_value()) refuse("say either path (or path_base64) or run", "why");
  core::Result<std::vector<orchestrator::Finding>> findings = std::vector<orchestrator::Finding>();
  if (run)
    findings = co_await room->why.about_run(*run);
  else
    findings = co_await room->why.about_path(*path);
  if (!findings) co_return problem(findings.error());
  auto body = to_json(*findings);
  if (run)
    body["run"] = *run;
  else
    body["path"] = core::to_display(*path);
  if (auto const s3 = path ? domain::parse_s3_address(*path) : std::nullopt)
    body["uri"] = domain::s3_uri(s3->bucket, s3->key);
  else if (path)
    body["uri"] = core::file_uri(*path);
  co_return http::Reply::json(200, json::serialize(body));
}

}  // namespace

void add_why_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  add(router, room, config::Access::read, Reach::everything, "GET", "/api/v1/why", why);
}

}  // namespace api
