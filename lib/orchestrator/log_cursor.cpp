#include "orchestrator/log_cursor.hpp"

#include <algorithm>
#include <charconv>

#include "core/sha256.hpp"

namespace orchestrator {

namespace {

constexpr std::string_view kind = "log-cursor-1";
constexpr std::size_t checksum_size = 16;

std::size_t index_of(docker::LogFrame const& frame) {
  return frame.stream == docker::Stream::standard_error ? 1 : 0;
}

/// Engines write UTC with as many digits as it takes, so that without the Z a beginning is the earlier one.
std::string_view comparable(std::string_view timestamp) {
  if (timestamp.ends_with('Z')) timestamp.remove_suffix(1);
  return timestamp;
}

std::string_view next_word(std::string_view& text) {
  auto const blank = text.find(' ');
  auto const word = text.substr(0, blank);
  text.remove_prefix(blank == text.npos ? text.size() : blank + 1);
  return word;
}

std::optional<std::int64_t> number(std::string_view word) {
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

void LogCursor::note(std::vector<docker::LogFrame> const& frames) {
  for (auto const& frame : frames) {
    auto& place = places_[index_of(frame)];
    if (place.at != frame.timestamp) place = {frame.timestamp, 0};
    ++place.count;
  }
}

std::string LogCursor::since() const {
  return comparable(places_[0].at) < comparable(places_[1].at) ? places_[0].at : places_[1].at;
}

std::string LogCursor::encode(std::int64_t file_size) const {
  auto text = std::string(kind) + " " + std::to_string(file_size);
  for (auto const& place : places_)
    text += " " + (place.at.empty() ? "-" : place.at) + " " + std::to_string(place.count);
  return text + " " + core::sha256_hex(text).substr(0, checksum_size) + "\n";
}

std::optional<LogCursor::Stored> LogCursor::decode(std::string_view text) {
  if (!text.ends_with('\n') || text.size() < checksum_size + 2) return std::nullopt;
  text.remove_suffix(1);
  auto const sum = text.substr(text.size() - checksum_size);
  text.remove_suffix(checksum_size + 1);
  if (std::string_view(core::sha256_hex(text)).substr(0, checksum_size) != sum) return std::nullopt;
  if (next_word(text) != kind) return std::nullopt;
  Stored stored;
  auto const size = number(next_word(text));
  if (!size) return std::nullopt;
  stored.file_size = *size;
  for (auto& place : stored.cursor.places_) {
    auto const at = next_word(text);
    auto const count = number(next_word(text));
    if (at.empty() || !count) return std::nullopt;
    if (at != "-") place.at = at;
    place.count = *count;
  }
  return stored;
}

bool LogResume::is_known(docker::LogFrame const& frame) {
  auto& place = cursor_.places_[index_of(frame)];
  if (place.at.empty()) return false;
  if (frame.timestamp == place.at && place.count > 0) {
    --place.count;
    return true;
  }
  if (comparable(frame.timestamp) < comparable(place.at)) return true;
  place = {};
  return false;
}

std::vector<docker::LogFrame> LogResume::rest(std::vector<docker::LogFrame> frames) {
  std::erase_if(frames, [this](docker::LogFrame const& frame) { return is_known(frame); });
  return frames;
}

}  // namespace orchestrator
