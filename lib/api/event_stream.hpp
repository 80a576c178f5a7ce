#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/event_cursor.hpp"
#include "api/log_index.hpp"
#include "api/routes.hpp"

namespace api {

/// What one client of /api/v1/events is sent (Server-Sent Events, html.spec.whatwg.org 9.2): entries of the feed, one
/// attempt's log, the progress of its pull and the daemon's counts, from the client's own place on. A client that reads
/// slowly is sent what it has missed when it comes to it; nothing is queued for it.
class EventStream {
 public:
  /// `run` is the one whose log the cursor names.
  EventStream(std::shared_ptr<Room> room, Principal who, EventCursor cursor, std::optional<store::RunRow> run,
              http::BodyWriter& writer);
  /// Until the client is gone or the stream is cancelled.
  [[nodiscard]] awaitable<void> run();

 private:
  struct Log {
    Log() {}  // optional<Log> asks before the initializers below are read

    store::RunSummary run;
    std::string run_id;
    std::shared_ptr<LogIndex> index;
    bool look = true;   ///< the run has moved since it was looked at
    bool over = false;  ///< nothing more will be written
    std::string progress;
  };
  [[nodiscard]] awaitable<void> begin();
  /// True: there may be more at once.
  [[nodiscard]] awaitable<bool> add_feed();
  [[nodiscard]] awaitable<bool> add_log();
  [[nodiscard]] awaitable<void> look_at_run();
  void add_status();
  void add_progress();
  void add_event(std::string_view name, std::string_view json, bool with_id);
  [[nodiscard]] awaitable<bool> flush();

  std::shared_ptr<Room> room_;
  Principal who_;
  EventCursor cursor_;
  http::BodyWriter& writer_;
  StreamPass pass_;
  std::optional<Log> log_;
  std::shared_ptr<std::string const> status_;  ///< as last sent
  std::string out_;
};

}  // namespace api
