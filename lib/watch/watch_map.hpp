#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "watch/id_index.hpp"

namespace watch {

/// Which directory a watch descriptor stands for. A directory knows its parent and its own name only, so a path is
/// computed when it is asked for and none can go stale. Directories are named by their prefix: "" is the root, "a/b/"
/// one below. About 60 bytes and the name for each. Pure data; loop thread only.
class WatchMap {
 public:
  WatchMap();

  /// `prefix` is watched by `wd` now (-1: known, but not watched). A directory that had this wd before loses it.
  /// Missing ancestors are added unwatched.
  void add(std::string_view prefix, int wd);

  /// Appends the prefix of the directory of `wd`; false when no live directory has it.
  [[nodiscard]] bool append_prefix(int wd, std::string& out) const;
  [[nodiscard]] bool contains(std::string_view prefix) const { return walk(prefix) != none; }
  [[nodiscard]] int root_wd() const noexcept { return nodes_[0].wd; }

  /// The kernel closed this watch (IN_IGNORED): the directory stays known, unwatched.
  void close(int wd);
  /// Forgets the directory and everything below; returns the live wds, for inotify_rm_watch. The root is only emptied.
  std::vector<int> remove(std::string_view prefix);

  /// Marks the start of a full scan; remove_unseen() then forgets the directories that no add() named since.
  void begin_scan() noexcept { ++epoch_; }
  std::vector<int> remove_unseen();

  /// Directories with a live watch.
  [[nodiscard]] std::int64_t watched() const noexcept { return watched_; }
  /// Bytes in memory, the allocator's own not counted.
  [[nodiscard]] std::size_t memory() const noexcept;

 private:
  using Id = std::uint32_t;
  static constexpr Id none = IdIndex::none;

  struct Node {
    std::unique_ptr<char[]> name;
    Id parent = none, first_child = none, next = none, previous = none;
    int wd = -1;
    std::uint16_t name_length = 0;
    std::uint8_t epoch = 0;
  };

  [[nodiscard]] std::string_view name_of(Id id) const { return {nodes_[id].name.get(), nodes_[id].name_length}; }
  [[nodiscard]] static std::size_t hash_child(Id parent, std::string_view name) noexcept;
  [[nodiscard]] static std::size_t hash_wd(int wd) noexcept;
  [[nodiscard]] Id by_wd(int wd) const;
  [[nodiscard]] Id child(Id parent, std::string_view name) const;
  [[nodiscard]] Id walk(std::string_view prefix) const;
  Id make_child(Id parent, std::string_view name);
  void set_wd(Id id, int wd);
  void unlink(Id id);
  void destroy_below(Id top, std::vector<int>& wds);
  void release(Id id, std::vector<int>& wds);

  std::vector<Node> nodes_;
  Id free_ = none;  ///< chained by `next`
  IdIndex children_, wds_;
  std::int64_t watched_ = 0;
  std::uint8_t epoch_ = 0;
};

}  // namespace watch
