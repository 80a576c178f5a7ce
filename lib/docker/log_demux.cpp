#include "docker/log_demux.hpp"

#include <algorithm>

namespace docker {

namespace {

constexpr std::size_t head_size = 8;

core::Error broken(std::string_view why) {
  return core::Error{core::Errc::protocol, "read log: " + std::string(why), "", ""};
}

/// Length of "2026-11-22T10:00:00.123456789Z"; 0 if the text does not begin with such a stamp and a blank.
std::size_t timestamp_length(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  auto const blank = text.substr(0, 40).find(' ');
  if (blank == text.npos || blank < 20 || text[4] != '-' || text[10] != 'T' || text[blank - 1] != 'Z') return 0;
  return digits.find(text[0]) != digits.npos ? blank : 0;
}

LogFrame make_frame(Stream stream, std::string payload) {
  auto const length = timestamp_length(payload);
  if (length == 0) return LogFrame{stream, {}, std::move(payload)};
  return LogFrame{stream, payload.substr(0, length), payload.substr(length + 1)};
}

}  // namespace

Result<void> LogDemux::read_head() {
  auto const byte = [this](std::size_t at) { return static_cast<unsigned char>(head_[at]); };
  if (byte(1) != 0 || byte(2) != 0 || byte(3) != 0) return broken("not a log stream (does the container have a TTY?)");
  if (byte(0) != 1 && byte(0) != 2) return broken("unknown stream " + std::to_string(byte(0)));
  length_ = std::size_t{byte(4)} << 24U | std::size_t{byte(5)} << 16U | std::size_t{byte(6)} << 8U | byte(7);
  if (length_ > longest_frame) return broken("a frame of " + std::to_string(length_) + " bytes");
  return {};
}

Result<void> LogDemux::feed(std::string_view bytes, std::vector<LogFrame>& frames) {
  while (!bytes.empty()) {
    if (head_.size() < head_size) {
      auto const part = bytes.substr(0, head_size - head_.size());
      head_ += part;
      bytes.remove_prefix(part.size());
      if (head_.size() < head_size) break;
      auto const whole = read_head();
      if (!whole) return whole;
    }
    auto const part = bytes.substr(0, length_ - payload_.size());
    payload_ += part;
    bytes.remove_prefix(part.size());
    if (payload_.size() < length_) break;
    frames.push_back(make_frame(static_cast<Stream>(head_[0]), std::move(payload_)));
    payload_.clear();
    head_.clear();
  }
  return {};
}

Result<void> LogDemux::finish() const {
  if (!head_.empty()) return broken("it ends inside a frame");
  return {};
}

}  // namespace docker
