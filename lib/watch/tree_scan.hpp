#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/version.hpp"
#include "watch/root.hpp"

namespace watch {

class Inotify;

struct ScanEntry {
  enum class Kind : std::uint8_t {
    file,
    directory,     ///< key ends with '/'; it was armed before it was read
    unknown,       ///< nothing is known of this key
    unknown_tree,  ///< key ends with '/'; nothing is known of all that starts with it
  };
  Kind kind = Kind::file;
  std::string key;
  domain::Version version;  ///< of a file
  int wd = -1;              ///< of a directory; -1 when it is not watched
};

/// What a scan met so far.
struct ScanTotals {
  std::int64_t files = 0, directories = 0;
  std::int64_t unreadable = 0;    ///< entries with an error: their rows are left alone, and the scan is tried again
  std::int64_t other_mounts = 0;  ///< directories that are mount points: left alone, no error
  std::int64_t unwatched = 0;     ///< directories that inotify refused
  int watch_error = 0;            ///< errno of the last refusal
  bool absent = false;            ///< the start is proven to be no directory
  bool empty = false;             ///< the start has no entry at all
};

struct ScanBatch {
  std::vector<ScanEntry> entries;
  ScanTotals totals;
  bool done = false;
};

/// Walks a subtree on worker threads, a batch at a time, in byte order of keys (a directory counts as its name and
/// '/'), so that it merges with the pages of a ledger. Each directory is opened, then armed with inotify, then read to
/// its end, then its entries are looked at: whatever happens after the arming is told by an event, all before it by the
/// reading. Memory: one open descriptor and the names of one directory for each level.
class TreeScan {
 public:
  static constexpr std::size_t batch_size = 1000;

  /// `inotify` may be null: then nothing is armed. `prefix` is "" or ends with '/'.
  TreeScan(Root const& root, Inotify const* inotify, std::string prefix);

  /// The next batch; at most batch_size entries. Blocking. Not to be called after `done`.
  [[nodiscard]] ScanBatch next();

 private:
  struct Name {
    std::uint32_t offset;  ///< into Level::text: the name, then '/' for a directory, then NUL
    std::uint16_t length;  ///< with the '/'
    unsigned char type;    ///< DT_REG, DT_DIR, or DT_UNKNOWN: it could not be looked at
  };
  struct Level {
    core::Fd fd;
    std::size_t prefix_length = 0;
    std::string text;
    std::vector<Name> names;
    std::size_t next = 0;
  };

  void begin(ScanBatch& batch);
  void step(ScanBatch& batch);
  void take_file(Level const& level, char const* name, ScanBatch& batch);
  void descend(int parent_fd, std::string const& name, ScanBatch& batch);
  void enter(core::Fd fd, ScanBatch& batch);
  void refused(int error, ScanBatch& batch);
  [[nodiscard]] int read_names(Level& level) const;
  void add_name(Level& level, char const* name, unsigned char type) const;
  void put(ScanBatch& batch, ScanEntry::Kind kind, std::string key) const;

  Root const& root_;
  Inotify const* inotify_;
  std::string path_;  ///< prefix of the innermost level
  std::vector<Level> levels_;
  ScanTotals totals_;
  bool begun_ = false;
};

}  // namespace watch
