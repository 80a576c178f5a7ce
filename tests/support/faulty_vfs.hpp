#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace support {

/// What becomes of a step of SQLite on its files.
enum class DiskFault : std::uint8_t { write_fails, disk_is_full, write_is_short, sync_fails };

/// The default VFS of this process while it lives: passes all on to the operating system's, until a fault is due.
/// One at a time, and no connection may be open when it is made or destroyed.
class FaultyVfs {
 public:
  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(FaultyVfs const&) = delete;
  FaultyVfs& operator=(FaultyVfs const&) = delete;

  /// The nth write (for sync_fails: sync) from now on fails, and with `for_ever` all that come after it.
  void fail(DiskFault fault, std::int64_t nth, bool for_ever);
  /// All is well again, and steps are counted from 0.
  void heal();
  /// Since the last fail() or heal().
  [[nodiscard]] std::int64_t writes() const;
  [[nodiscard]] std::int64_t syncs() const;
  /// A fault has happened since fail().
  [[nodiscard]] bool failed() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace support
