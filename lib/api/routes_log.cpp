#include "api/log_stream.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"

namespace api {

namespace {

core::Error not_there(store::RunRow const& run, std::int64_t attempt) {
  auto const no = std::to_string(run.no.value);
  if (run.attempts == 0)
    return {core::Errc::not_found, "it has not been started, it is " + std::string(domain::to_string(run.state)),
            "run " + no, "`tidewheel why " + no + "` says why"};
  return {core::Errc::not_found,
          "there is no attempt " + std::to_string(attempt) + ", it has had " + std::to_string(run.attempts),
          "run " + no,
          {}};
}

awaitable<http::Reply> show_log(std::shared_ptr<Room> room, Call request) {
  auto const format = request.query_value("format").value_or("text");
  if (format != "text" && format != "cri") refuse("is neither text nor cri: '" + format + "'", "format");
  LogRequest wanted;
  wanted.raw = format == "cri";
  wanted.follow = flag_of(request, "follow");
  auto const attempt = number_of(request, "attempt");
  auto& services = room->parts.services;
  auto const name = request.params["run"];
  store::Keeping keeping;
  auto query = [name, &keeping](sql::Connection& db) {
    auto found = store::load_run_by_id(db, name);
    if (found) keeping = store::keeping_of(db, found->no);
    return found;
  };
  auto const run = co_await services.database.read(std::move(query));
  if (!run)
    co_return problem(core::Error{core::Errc::not_found, "there is no such run", name, "`tidewheel runs` lists them"});
  auto const comes = wanted.follow && !domain::is_end(run->state);
  if (!comes && (run->attempts == 0 || attempt.value_or(1) > run->attempts))
    co_return problem(not_there(*run, attempt.value_or(1)));
  if (keeping.log_removed) co_return problem(log_was_removed(run->no, *keeping.log_removed));
  wanted.run = run->no;
  wanted.run_id = run->id;
  wanted.attempt = attempt.value_or(run->attempts);
  auto producer = [room, wanted, who = request.who](http::BodyWriter& writer) {
    StreamPass pass(room->access.bearers, who);
    return stream_log(room->parts.services, wanted, std::move(pass), writer);
  };
  auto reply = http::Reply::stream(200, "text/plain; charset=utf-8", std::move(producer));
  reply.headers.set("Cache-Control", "no-store");
  reply.headers.set("X-Content-Type-Options", "nosniff");
  reply.endless = wanted.follow;
  co_return reply;
}

}  // namespace

core::Error log_was_removed(store::RunNo run, core::Wall when) {
  return {core::Errc::not_found, "retention removed its log at " + core::to_rfc3339(when),
          "run " + std::to_string(run.value), "`tidewheel pin RUN` keeps a run's log and artifacts in time"};
}

void add_log_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  add(router, room, config::Access::read, Reach::run, "GET", "/api/v1/runs/{run}/log", show_log);
}

}  // namespace api
