#include "api/event_stream.hpp"

#include <boost/json/serialize.hpp>

#include "api/json.hpp"
#include "api/log_stream.hpp"

namespace api {

namespace {

using namespace std::chrono_literals;
using Moment = std::chrono::steady_clock;

constexpr auto heartbeat = 15s;
constexpr auto look_again = 200ms;
constexpr std::size_t entries_at_once = 256;
constexpr std::size_t lines_at_once = 500;

}  // namespace

EventStream::EventStream(std::shared_ptr<Room> room, Principal who, EventCursor cursor,
                         std::optional<store::RunRow> run, http::BodyWriter& writer)
    : room_(std::move(room)),
      who_(std::move(who)),
      cursor_(std::move(cursor)),
      writer_(writer),
      pass_(room_->access.bearers, who_) {
  if (!run || !cursor_.log) return;
  log_.emplace();
  log_->run.no = run->no;
  log_->run.pipeline = run->pipeline_name;
  log_->run_id = run->id;
  log_->index = room_->logs.of(room_->parts.services.state_dir.log(run->id, cursor_.log->attempt));
}

awaitable<void> EventStream::run() {
  Feed::Follower follower(room_->parts.feed);
  co_await begin();
  auto next_beat = Moment::now() + heartbeat;
  for (;;) {
    bool more = co_await add_feed();
    if (log_) {
      bool const more_log = co_await add_log();
      more = more || more_log;
      add_progress();
    }
    add_status();
    if (!out_.empty()) next_beat = Moment::now() + heartbeat;
    bool const taken = co_await flush();
    if (!taken) co_return;
    if (more) continue;
    bool const watches_log = log_ && !log_->over;
    auto const deadline = watches_log ? std::min<Moment::time_point>(next_beat, Moment::now() + look_again) : next_beat;
    (void)co_await follower.wait_until(deadline);
    bool const may_stay = co_await pass_.holds();
    if (!may_stay) co_return;
    if (Moment::now() >= next_beat) out_ += ":\n\n";
  }
}

awaitable<void> EventStream::begin() {
  auto const bounds = co_await room_->parts.feed.bounds();
  out_ += "retry: 1000\n";
  bool const other_feed = !cursor_.feed_id.empty() && cursor_.feed_id != bounds.id;
  auto const known = cursor_.seq >= 0;
  bool const lost = other_feed || (known && !bounds.can_follow(cursor_.seq));
  if (lost || !known) cursor_.seq = bounds.end;
  cursor_.feed_id = bounds.id;
  // An id without data moves the browser's Last-Event-ID, so that a cut before the first event loses nothing.
  out_ += "id: " + to_string(cursor_) + "\n\n";
  if (!lost) co_return;
  json::object reset;
  reset["feed_id"] = bounds.id;
  add_event("reset", json::serialize(reset), true);
}

awaitable<bool> EventStream::add_feed() {
  auto const entries = co_await room_->parts.feed.after(cursor_.seq, entries_at_once);
  for (auto const& entry : entries) {
    cursor_.seq = entry->seq;
    if (log_ && entry->run == log_->run.no) log_->look = true;
    if (who_.may_see(entry->pipeline)) add_event("feed", entry->json, true);
  }
  co_return entries.size() == entries_at_once;
}

awaitable<void> EventStream::look_at_run() {
  struct Seen {
    std::optional<store::RunRow> run;
    AttemptProgress progress;
  };
  log_->look = false;
  auto query = [no = log_->run.no, attempt = cursor_.log->attempt](sql::Connection& db) {
    Seen seen;
    seen.run = store::load_run(db, no);
    seen.progress = progress_of(db, no, attempt);
    return seen;
  };
  auto const seen = co_await room_->parts.services.database.read(std::move(query));
  log_->over = seen.progress.ended;
  if (!seen.run) co_return;
  log_->run.state = seen.run->state;
  log_->run.image = seen.run->image;
}

awaitable<bool> EventStream::add_log() {
  auto& log = *log_;
  if (log.over && log.index == nullptr) co_return false;  // all of it has been sent
  if (log.look) co_await look_at_run();
  auto work = [index = log.index, ended = log.over,
               from = cursor_.log->line + 1]() -> core::Result<std::pair<bool, LogPage>> {
    auto const whole = index->advance(ended);
    if (!whole) return whole.error();
    LogIndex::Range range;
    range.from = from;
    range.limit = lines_at_once;
    auto page = index->read(range, ended);
    if (!page) return page.error();
    return std::pair(*whole, std::move(*page));
  };
  auto const read = co_await room_->parts.services.pool.run(std::move(work));
  if (!read) throw core::Failure(read.error());
  auto const& [whole, page] = *read;
  bool const last = log.over && whole && page.next > page.total;
  if (page.lines.empty() && !last) co_return !whole;
  cursor_.log->line = std::max(cursor_.log->line, page.next - 1);
  json::object event;
  event["run_no"] = log.run.no.value;
  event["attempt"] = cursor_.log->attempt;
  json::array lines;
  for (auto const& line : page.lines) lines.push_back(to_json(line));
  event["lines"] = std::move(lines);
  event["ended"] = last;
  add_event("log", json::serialize(event), true);
  if (last) log.index.reset();
  co_return !last && page.next <= page.total;
}

void EventStream::add_progress() {
  auto const text = room_->why.pull_progress(log_->run);
  if (text.empty() || text == log_->progress) return;
  log_->progress = text;
  json::object event;
  event["run_no"] = log_->run.no.value;
  event["text"] = text;
  event["layers"] = to_json(room_->why.pull_layers(log_->run));
  add_event("progress", json::serialize(event), false);
}

void EventStream::add_status() {
  auto const& status = room_->parts.feed.status();
  // The counts are of the whole daemon.
  if (!status || status == status_ || who_.pipelines) return;
  status_ = status;
  add_event("status", *status, false);
}

void EventStream::add_event(std::string_view name, std::string_view json, bool with_id) {
  out_ += "event: ";
  out_ += name;
  if (with_id) out_ += "\nid: " + to_string(cursor_);
  out_ += "\ndata: ";
  out_ += json;
  out_ += "\n\n";
}

awaitable<bool> EventStream::flush() {
  if (out_.empty()) co_return true;
  auto const text = std::exchange(out_, {});
  auto const taken = co_await writer_.write(text);
  co_return taken.has_value();
}

}  // namespace api
