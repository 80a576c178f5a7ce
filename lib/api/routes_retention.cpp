#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "store/retention.hpp"

namespace api {

namespace {

using orchestrator::RetentionReport;

json::object sum_of(RetentionReport::Sum const& sum) {
  json::object object;
  object["runs"] = sum.runs;
  object["bytes"] = sum.bytes;
  json::object kept;
  kept["pinned"] = sum.pinned;
  kept["newest"] = sum.newest;
  object["kept"] = std::move(kept);
  return object;
}

json::object answer_of(RetentionReport const& report) {
  json::object object;
  object["dry_run"] = report.dry_run;
  object["logs"] = sum_of(report.logs);
  object["artifacts"] = sum_of(report.artifacts);
  json::array list;
  for (auto const& entry : report.list) {
    json::object each;
    each["run_no"] = entry.run_no;
    each["run_id"] = entry.run_id;
    each["pipeline"] = entry.pipeline;
    each["what"] = entry.kind == store::LeftoverKind::log ? "log" : "artifacts";
    each["bytes"] = entry.bytes;
    each["finished_at"] = to_json(std::optional(entry.finished));
    each["why"] = entry.for_room ? "disk_low" : "age";
    list.push_back(std::move(each));
  }
  object["list"] = std::move(list);
  json::array images;
  for (auto const& image : report.images) {
    json::object each;
    each["reference"] = as_utf8(image.reference);
    each["image_id"] = as_utf8(image.id);
    each["used_at"] = to_json(std::optional(image.used));
    each["kept"] = image.kept.empty() ? json::value(nullptr) : json::value(as_utf8(image.kept));
    images.push_back(std::move(each));
  }
  object["images"] = std::move(images);
  object["free_bytes"] = report.free_bytes < 0 ? json::value(nullptr) : json::value(report.free_bytes);
  return object;
}

json::object rules_of(Parts const& parts) {
  auto const& rules = parts.services.config.retention;
  auto const age = [](std::optional<std::chrono::milliseconds> const& time) {
    return time ? json::value(static_cast<double>(time->count()) / 1000) : json::value(nullptr);
  };
  json::object object;
  object["logs_s"] = age(rules.logs);
  object["artifacts_s"] = age(rules.artifacts);
  object["images_s"] = age(rules.images);
  object["keep_last"] = rules.keep_last;
  object["when_disk_low"] = rules.make_room ? "remove_oldest" : "keep";
  return object;
}

awaitable<http::Reply> collect(std::shared_ptr<Room> room, Call request) {
  auto const body = body_of(request);
  if (!body) co_return problem(415, body.error());
  check_keys(*body, {"dry_run"});
  bool dry_run = false;
  if (auto const* const value = body->if_contains("dry_run"); value != nullptr && !value->is_null()) {
    if (!value->is_bool()) refuse("must be true or false", "dry_run");
    dry_run = value->get_bool();
  }
  auto const report = co_await room->parts.retention->collect(dry_run);
  if (!report) co_return problem(report.error());
  auto answer = answer_of(*report);
  answer["rules"] = rules_of(room->parts);
  co_return http::Reply::json(200, json::serialize(answer));
}

awaitable<http::Reply> set_pin(std::shared_ptr<Room> room, Call request, bool pinned) {
  if (auto const body = body_of(request); !body) co_return problem(415, body.error());
  auto const name = request.params["run"];
  auto set = [name, pinned, by = request.who.name,
              now = room->parts.services.clock.wall()](sql::Connection& db) -> std::optional<store::Keeping> {
    auto const run = store::load_run_by_id(db, name);
    if (!run || !(pinned ? store::pin_run(db, run->no, by, now) : store::unpin_run(db, run->no))) return std::nullopt;
    return store::keeping_of(db, run->no);
  };
  auto const done = co_await room->parts.services.database.write(store::Lane::run, std::move(set));
  if (!done)
    co_return problem(core::Error{core::Errc::not_found, "there is no such run", name, "`tidewheel runs` lists them"});
  json::object answer;
  answer["pinned"] = pinned;
  answer["log_removed_at"] = to_json(done->log_removed);
  answer["artifacts_removed_at"] = to_json(done->artifacts_removed);
  co_return http::Reply::json(200, json::serialize(answer));
}

awaitable<http::Reply> pin(std::shared_ptr<Room> room, Call request) {
  return set_pin(std::move(room), std::move(request), true);
}

awaitable<http::Reply> unpin(std::shared_ptr<Room> room, Call request) {
  return set_pin(std::move(room), std::move(request), false);
}

}  // namespace

void add_retention_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  using config::Access;
  add(router, room, Access::admin, Reach::everything, "POST", "/api/v1/gc", collect);
  add(router, room, Access::operate, Reach::run, "POST", "/api/v1/runs/{run}/pin", pin);
  add(router, room, Access::operate, Reach::run, "POST", "/api/v1/runs/{run}/unpin", unpin);
}

}  // namespace api
