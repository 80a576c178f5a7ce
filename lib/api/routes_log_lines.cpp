#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "api/json.hpp"
#include "api/log_stream.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"

namespace api {

namespace {

constexpr std::size_t longest_text = 256;

/// The attempt that a request is about.
struct Attempt {
  store::RunRow run;
  std::int64_t number = 0;
  bool ended = false;
};

awaitable<core::Result<Attempt>> find_attempt(Room& room, Call const& request) {
  auto query = [who = request.who, name = request.params.find("run")->second,
                wanted = number_of(request, "attempt")](sql::Connection& db) -> core::Result<Attempt> {
    auto run = visible_run(db, who, name);
    if (!run) return run.error();
    Attempt attempt;
    attempt.number = wanted.value_or(run->attempts);
    attempt.run = std::move(*run);
    if (attempt.number < 1 || attempt.number > attempt.run.attempts) {
      auto const no = std::to_string(attempt.run.no.value);
      return core::Error{core::Errc::not_found, "there is no attempt " + std::to_string(attempt.number), "run " + no,
                         "`tidewheel why " + no + "` says how the run is"};
    }
    if (auto const removed = store::keeping_of(db, attempt.run.no).log_removed)
      return log_was_removed(attempt.run.no, *removed);
    attempt.ended = progress_of(db, attempt.run.no, attempt.number).ended;
    return attempt;
  };
  return room.parts.services.database.read(std::move(query));
}

std::int64_t from_of(Call const& request) {
  auto const text = request.query_value("from").value_or("1");
  std::int64_t from = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), from);
  if (error != std::errc() || end != text.data() + text.size() || from == 0)
    refuse("is a line's number: 1 is the first, -1 the last; not '" + text + "'", "from");
  return from;
}

std::optional<bool> stream_of(Call const& request) {
  auto const text = request.query_value("stream");
  if (!text || text->empty()) return std::nullopt;
  if (*text != "stdout" && *text != "stderr") refuse("is neither stdout nor stderr: '" + *text + "'", "stream");
  return *text == "stderr";
}

awaitable<http::Reply> show_lines(std::shared_ptr<Room> room, Call request) {
  LogIndex::Range range;
  range.from = from_of(request);
  range.limit = limit_of(request, 500);
  range.is_stderr = stream_of(request);
  auto const attempt = co_await find_attempt(*room, request);
  if (!attempt) co_return problem(attempt.error());
  auto& services = room->parts.services;
  auto const index = room->logs.of(services.state_dir.log(attempt->run.id, attempt->number));
  for (bool whole = false; !whole;) {
    auto advance = [index, ended = attempt->ended] { return index->advance(ended); };
    auto const done = co_await services.pool.run(std::move(advance));
    if (!done) co_return problem(done.error());
    whole = *done;
  }
  auto read = [index, range, ended = attempt->ended] { return index->read(range, ended); };
  auto const page = co_await services.pool.run(std::move(read));
  if (!page) co_return problem(page.error());
  json::object body;
  body["attempt"] = attempt->number;
  body["from"] = page->lines.empty() ? page->next : page->lines.front().n;
  json::array lines;
  for (auto const& line : page->lines) lines.push_back(to_json(line));
  body["lines"] = std::move(lines);
  body["next"] = page->next <= page->total ? json::value(page->next) : json::value(nullptr);
  body["total"] = page->total;
  body["ended"] = attempt->ended;
  body["size"] = page->size;
  co_return http::Reply::json(200, json::serialize(body));
}

awaitable<http::Reply> search_log(std::shared_ptr<Room> room, Call request) {
  auto const text = bytes_of(request, "q").value_or("");
  if (text.empty() || text.size() > longest_text) refuse("must be 1 to 256 bytes", "q");
  auto const limit = limit_of(request, 1000);
  auto const attempt = co_await find_attempt(*room, request);
  if (!attempt) co_return problem(attempt.error());
  auto& services = room->parts.services;
  LogSearch search(services.state_dir.log(attempt->run.id, attempt->number), text, limit);
  for (bool more = true; more;) {
    auto step = [&search, ended = attempt->ended] { return search.step(ended); };
    auto const done = co_await services.pool.run(std::move(step));
    if (!done) co_return problem(done.error());
    more = *done;
  }
  json::object body;
  body["attempt"] = attempt->number;
  json::array matches;
  for (auto const& match : search.matches()) {
    json::object object;
    object["n"] = match.n;
    object["text"] = as_utf8(match.text);
    matches.push_back(std::move(object));
  }
  body["matches"] = std::move(matches);
  body["total"] = search.total();
  body["complete"] = search.complete();
  co_return http::Reply::json(200, json::serialize(body));
}

}  // namespace

void add_log_line_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  using config::Access;
  add(router, room, Access::read, Reach::run, "GET", "/api/v1/runs/{run}/log/lines", show_lines);
  add(router, room, Access::read, Reach::run, "GET", "/api/v1/runs/{run}/log/search", search_log);
}

}  // namespace api
