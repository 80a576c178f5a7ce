#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace api {

/// The log that an event stream follows, and how much of it the client has.
struct LogCursor {
  std::string run;  ///< number or ULID
  std::int64_t attempt = 0;
  std::int64_t line = 0;  ///< the last one that it has
};
/// Where an event stream is; the text is the `id:` of its events, which a browser sends again as Last-Event-ID.
struct EventCursor {
  std::string feed_id;
  std::int64_t seq = 0;
  std::optional<LogCursor> log;
};

/// "RUN.ATTEMPT:LINE", or "RUN.ATTEMPT" for line 0. nullopt if not so. Pure, as all below.
[[nodiscard]] std::optional<LogCursor> parse_log_cursor(std::string_view text);
/// "FEED_ID:SEQ" or "FEED_ID:SEQ;RUN.ATTEMPT:LINE".
[[nodiscard]] std::optional<EventCursor> parse_event_cursor(std::string_view text);
[[nodiscard]] std::string to_string(EventCursor const& cursor);

}  // namespace api
