#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace watch {

/// One event as inotify(7) lays it out. `name` points into the decoded bytes and ends before the first NUL.
struct RawEvent {
  int wd = -1;  ///< -1: IN_Q_OVERFLOW
  std::uint32_t mask = 0;
  std::uint32_t cookie = 0;
  std::string_view name;
};

/// Walks the bytes of one read(2). Pure and safe for any bytes: a record that does not fit ends the walk as malformed,
/// which a caller treats like an overflow.
class InotifyDecoder {
 public:
  explicit InotifyDecoder(std::span<std::byte const> bytes) noexcept : rest_(bytes) {}
  [[nodiscard]] std::optional<RawEvent> next() noexcept;
  [[nodiscard]] bool malformed() const noexcept { return malformed_; }

 private:
  std::span<std::byte const> rest_;
  bool malformed_ = false;
};

}  // namespace watch
