#include "api/event_cursor.hpp"

#include <algorithm>
#include <charconv>

namespace api {

namespace {

constexpr std::size_t longest_name = 64;

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0 ? std::optional(value) : std::nullopt;
}

bool is_name(std::string_view text) {
  auto const plain = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && text.size() <= longest_name && std::ranges::all_of(text, plain);
}

}  // namespace

std::optional<LogCursor> parse_log_cursor(std::string_view text) {
  auto const dot = text.find('.');
  if (dot == std::string_view::npos || !is_name(text.substr(0, dot))) return std::nullopt;
  auto const rest = text.substr(dot + 1);
  auto const colon = rest.find(':');
  auto const attempt = number(rest.substr(0, colon));
  auto const line = colon == std::string_view::npos ? std::optional<std::int64_t>(0) : number(rest.substr(colon + 1));
  if (!attempt || *attempt == 0 || !line) return std::nullopt;
  return LogCursor{std::string(text.substr(0, dot)), *attempt, *line};
}

std::optional<EventCursor> parse_event_cursor(std::string_view text) {
  auto const semicolon = text.find(';');
  auto const feed = text.substr(0, semicolon);
  auto const colon = feed.find(':');
  if (colon == std::string_view::npos || !is_name(feed.substr(0, colon))) return std::nullopt;
  auto const seq = number(feed.substr(colon + 1));
  if (!seq) return std::nullopt;
  EventCursor cursor{std::string(feed.substr(0, colon)), *seq, std::nullopt};
  if (semicolon == std::string_view::npos) return cursor;
  cursor.log = parse_log_cursor(text.substr(semicolon + 1));
  return cursor.log ? std::optional(cursor) : std::nullopt;
}

std::string to_string(EventCursor const& cursor) {
  auto text = cursor.feed_id + ":" + std::to_string(cursor.seq);
  if (cursor.log)
    text += ";" + cursor.log->run + "." + std::to_string(cursor.log->attempt) + ":" + std::to_string(cursor.log->line);
  return text;
}

}  // namespace api
