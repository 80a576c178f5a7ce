#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "core/fd.hpp"
#include "core/units.hpp"

namespace orchestrator {

/// What is free on a file system, for an unprivileged user.
struct DiskSpace {
  std::int64_t bytes = -1;         ///< -1: it cannot be told
  std::int64_t inodes = -1;        ///< -1: it cannot be told, or the file system makes them as it needs them
  std::int64_t total_inodes = -1;  ///< likewise

  /// What is short, for people: "3 MB free, storage.min_free is 5 GB"; empty: nothing is.
  [[nodiscard]] std::string shortage(std::int64_t min_bytes, core::PercentOrCount min_inodes) const;
};

/// The daemon's folder: `tidewheel.db`, `attempts/` (0700; files bound into containers), `logs/`, `artifacts/`,
/// `init/` (what every container gets: its PID 1 and its hosts file). Held by one daemon through a lock.
class StateDir {
 public:
  /// Makes what is missing and takes the lock. Throws core::Failure: not writable, or locked (with the holder's pid).
  explicit StateDir(std::filesystem::path root);

  [[nodiscard]] std::filesystem::path const& root() const noexcept { return root_; }
  [[nodiscard]] std::filesystem::path database() const { return root_ / "tidewheel.db"; }
  [[nodiscard]] std::filesystem::path init_binary() const { return root_ / "init" / "tidewheel-init"; }
  /// /etc/hosts of containers without a network.
  [[nodiscard]] std::filesystem::path hosts_file() const { return root_ / "init" / "hosts"; }
  /// Files of one attempt that are bound into its container: argv, record, params, outputs, staged input.
  [[nodiscard]] std::filesystem::path attempt(std::string const& run_id, std::int64_t number) const;
  [[nodiscard]] std::filesystem::path log(std::string const& run_id, std::int64_t number) const;
  /// Where an attempt's artifacts end up, relative to root().
  [[nodiscard]] std::filesystem::path artifacts(std::string const& pipeline, std::string const& run_id,
                                                std::int64_t number) const;
  /// Removes the files of every attempt but those of these runs. Blocking; only before any runner works.
  void remove_attempts_except(std::set<std::string> const& run_ids) const;
  /// Free bytes for an unprivileged user on the state directory's file system; -1 if it cannot be told.
  [[nodiscard]] std::int64_t free_bytes() const { return space().bytes; }
  [[nodiscard]] DiskSpace space() const;

  /// Writes the init that containers run as PID 1 and their hosts file, where they are not there with these bytes
  /// already.
  void install_init(std::string_view binary) const;

 private:
  std::filesystem::path root_;
  core::Fd lock_;
};

}  // namespace orchestrator
