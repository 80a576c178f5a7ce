#include <algorithm>
#include <boost/json/serialize.hpp>

#include "api/once.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "domain/run_query.hpp"
#include "orchestrator/bulk.hpp"

namespace api {

namespace {

using domain::RunTerm;

std::string text_of(json::object const& body, std::string_view name) {
  auto const* const value = body.if_contains(name);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_string()) refuse("must be a text", std::string(name));
  return std::string(value->get_string());
}

bool flag_of(json::object const& body, std::string_view name) {
  auto const* const value = body.if_contains(name);
  if (value == nullptr || value->is_null()) return false;
  if (!value->is_bool()) refuse("must be true or false", std::string(name));
  return value->get_bool();
}

orchestrator::BulkOrder order_of(Call const& request, json::object const& body) {
  orchestrator::BulkOrder order;
  order.dry_run = flag_of(body, "dry_run");
  order.after = text_of(body, "after");
  order.once = once_of(request);
  if (auto const* const limit = body.if_contains("limit"); limit != nullptr && !limit->is_null()) {
    if (!limit->is_int64() || limit->get_int64() < 1 || limit->get_int64() > order.limit)
      refuse("must be 1 to " + std::to_string(order.limit), "limit");
    order.limit = limit->get_int64();
  }
  return order;
}

RunTerm equal_to(RunTerm::Field field, std::vector<std::string> values) {
  RunTerm term;
  term.field = field;
  term.values = std::move(values);
  return term;
}

bool names_states(domain::RunQuery const& query) {
  return std::ranges::any_of(query.terms, [](RunTerm const& term) { return term.field == RunTerm::Field::state; });
}

/// Which runs are meant. One that names none is refused: nobody repeats everything by a slip.
domain::RunQuery filter_of(json::object const& body, domain::Trigger how, core::Wall now) {
  auto query = domain::parse_run_query(text_of(body, "q"), now);
  if (!query) throw core::Failure(query.error());
  if (auto const state = text_of(body, "state"); !state.empty()) {
    auto const known = domain::parse_run_state(state);
    if (!known || !domain::is_end(*known)) refuse("is not a state that a run ends in: '" + state + "'", "state");
    query->terms.push_back(equal_to(RunTerm::Field::state, {state}));
  }
  if (auto const pipeline = text_of(body, "pipeline"); !pipeline.empty())
    query->terms.push_back(equal_to(RunTerm::Field::pipeline, {pipeline}));
  if (query->terms.empty() && !flag_of(body, "all"))
    refuse("says which runs are meant, and it is missing", "q, pipeline or state", "\"all\": true means all of them");
  if (how == domain::Trigger::retry && !names_states(*query))
    query->terms.push_back(equal_to(RunTerm::Field::state, {"failed", "rejected", "timed_out", "interrupted"}));
  return std::move(*query);
}

http::Reply reply_to(core::Result<orchestrator::BulkAnswer> const& answer) {
  if (!answer) return problem(answer.error());
  return http::Reply::json(200, json::serialize(orchestrator::to_json(*answer)));
}

awaitable<http::Reply> repeat_runs(std::shared_ptr<Room> room, Call request, domain::Trigger how) {
  auto const body = body_of(request);
  if (!body) co_return problem(415, body.error());
  std::vector<std::string> const known{"q", "pipeline", "state", "all", "dry_run", "after", "limit"};
  check_keys(*body, known);
  auto filter = filter_of(*body, how, room->parts.services.clock.wall());
  auto order = order_of(request, *body);
  if (auto const name = text_of(*body, "pipeline"); !name.empty()) {
    auto look = [who = request.who, name](sql::Connection& db) { return unknown_pipeline(db, who, name); };
    auto const unknown = co_await room->parts.services.database.read(std::move(look));
    if (unknown) co_return problem(*unknown);
  }
  auto const answer = co_await room->bulk.repeat(how, std::move(filter), request.who.pipelines, std::move(order));
  co_return reply_to(answer);
}

awaitable<http::Reply> retry_runs(std::shared_ptr<Room> room, Call request) {
  return repeat_runs(std::move(room), std::move(request), domain::Trigger::retry);
}

awaitable<http::Reply> rerun_runs(std::shared_ptr<Room> room, Call request) {
  return repeat_runs(std::move(room), std::move(request), domain::Trigger::rerun);
}

awaitable<http::Reply> backfill(std::shared_ptr<Room> room, Call request) {
  auto const body = body_of(request);
  if (!body) co_return problem(415, body.error());
  std::vector<std::string> const known{"since", "dry_run", "after", "limit"};
  check_keys(*body, known);
  std::optional<core::Wall> since;
  if (auto const text = text_of(*body, "since"); !text.empty()) {
    since = domain::parse_moment(text, room->parts.services.clock.wall());
    if (!since)
      refuse("is neither a time nor how long ago: '" + text + "'", "since", "write 24h or 2026-11-01T06:00:00Z");
  }
  auto order = order_of(request, *body);
  auto const name = request.params["name"];
  auto const answer = co_await room->bulk.backfill(name, since, std::move(order));
  co_return reply_to(answer);
}

}  // namespace

void add_bulk_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  using config::Access;
  add(router, room, Access::operate, Reach::own, "POST", "/api/v1/runs/retry", retry_runs);
  add(router, room, Access::operate, Reach::own, "POST", "/api/v1/runs/rerun", rerun_runs);
  add(router, room, Access::operate, Reach::pipeline, "POST", "/api/v1/pipelines/{name}/backfill", backfill);
}

}  // namespace api
