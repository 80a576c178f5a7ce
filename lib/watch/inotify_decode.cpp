#include "watch/inotify_decode.hpp"

#include <sys/inotify.h>

#include <cstring>

namespace watch {

std::optional<RawEvent> InotifyDecoder::next() noexcept {
  if (rest_.empty()) return std::nullopt;
  // struct inotify_event has a flexible array member, so the fixed part is copied field by field.
  constexpr std::size_t header = sizeof(::inotify_event);
  std::uint32_t length = 0;
  if (rest_.size() >= header) std::memcpy(&length, rest_.data() + offsetof(::inotify_event, len), sizeof length);
  if (rest_.size() < header || length > rest_.size() - header) {
    malformed_ = true;
    rest_ = {};
    return std::nullopt;
  }
  RawEvent event;
  std::memcpy(&event.wd, rest_.data() + offsetof(::inotify_event, wd), sizeof event.wd);
  std::memcpy(&event.mask, rest_.data() + offsetof(::inotify_event, mask), sizeof event.mask);
  std::memcpy(&event.cookie, rest_.data() + offsetof(::inotify_event, cookie), sizeof event.cookie);
  auto const* const name = reinterpret_cast<char const*>(rest_.data() + header);
  event.name = std::string_view(name, ::strnlen(name, length));
  rest_ = rest_.subspan(header + length);
  return event;
}

}  // namespace watch
