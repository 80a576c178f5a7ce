#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/routes.hpp"
#include "core/units.hpp"
#include "store/read_metrics.hpp"

namespace api {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

struct Check {
  std::string name, trouble;  ///< trouble: empty if it is well; says no paths, since everybody may ask
};
using Checks = std::vector<Check>;

/// What was found last. Everybody may ask, so the parts are asked at most once a second, and by one at a time.
struct Readiness {
  Checks checks;
  core::Steady since{};
  bool asking = false;
};

awaitable<Check> database_check(orchestrator::Services& services) {
  Check check{"database", {}};
  try {
    auto write = [](sql::Connection& db) { store::prove_writable(db); };
    co_await services.database.write(store::Lane::run, std::move(write));
  } catch (core::Failure const& failure) {
    check.trouble = "cannot be written: " + failure.error().operation;
  }
  co_return check;
}

awaitable<Checks> look(Parts const& parts) {
  auto& services = parts.services;
  Checks checks;
  auto database = co_await database_check(services);
  checks.push_back(std::move(database));
  auto const engine = co_await services.engine.ping();
  checks.push_back({"engine", engine ? std::string() : "the Docker Engine does not answer"});
  checks.push_back({"registry", parts.registry.ready() ? std::string() : "the pipelines have not been read yet"});
  auto measure = [&state_dir = services.state_dir] { return state_dir.space(); };
  auto const space = co_await services.pool.run(std::move(measure));
  checks.push_back({"disk", space.shortage(services.config.min_free, services.config.min_free_inodes)});
  co_return checks;
}

http::Reply to_reply(Checks const& checks, http::RequestContext const& request) {
  bool const ready =
      !checks.empty() && std::ranges::all_of(checks, [](Check const& check) { return check.trouble.empty(); });
  int const status = ready ? 200 : 503;
  auto const accept = request.headers.find("Accept").value_or("");
  if (accept.find("application/json") != accept.npos) {
    json::array list;
    for (auto const& check : checks) {
      json::object entry;
      entry["name"] = check.name;
      entry["ok"] = check.trouble.empty();
      entry["detail"] = check.trouble.empty() ? json::value(nullptr) : json::value(check.trouble);
      list.push_back(std::move(entry));
    }
    json::object body;
    body["ready"] = ready;
    body["checks"] = std::move(list);
    return http::Reply::json(status, json::serialize(body));
  }
  std::string text;
  if (request.query_value("verbose") || !ready)
    for (auto const& check : checks)
      text += (check.trouble.empty() ? "[+] " + check.name + " ok" : "[-] " + check.name + ": " + check.trouble) + "\n";
  return http::Reply::text(status, text + (ready ? "ready\n" : "not ready\n"));
}

awaitable<http::Reply> readyz(std::shared_ptr<Room> room, std::shared_ptr<Readiness> known,
                              http::RequestContext request) {
  auto const now = room->parts.services.clock.steady();
  if (!known->asking && (known->checks.empty() || now - known->since > 1s)) {
    struct Asking {
      Readiness& readiness;
      explicit Asking(Readiness& of) : readiness(of) { readiness.asking = true; }
      ~Asking() { readiness.asking = false; }
    } const asking(*known);
    auto checks = co_await look(room->parts);
    known->checks = std::move(checks);
    known->since = room->parts.services.clock.steady();
  }
  co_return to_reply(known->checks, request);
}

}  // namespace

void add_ready_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  auto const known = std::make_shared<Readiness>();
  auto handler = [room, known](http::RequestContext request) { return readyz(room, known, std::move(request)); };
  router.add("GET", "/readyz", std::move(handler));
}

}  // namespace api
