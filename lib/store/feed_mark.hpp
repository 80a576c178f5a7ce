#pragma once

#include <filesystem>
#include <string>

#include "core/time.hpp"
#include "sql/connection.hpp"

namespace store {

/// Notices that an older copy of the database was put in its place, so that consumers of the feed are told to begin
/// anew (another feed_id) instead of waiting for numbers that mean other things now. Two witnesses: the inode of the
/// file, which a copy does not share, and a mark beside it ("<file>-feed") of how far the feed had come, for a copy
/// written over the same inode. Writer thread, or before there is one.
class FeedMark {
 public:
  explicit FeedMark(std::filesystem::path database) : database_(std::move(database)) {}

  /// At the start, in a transaction of its own; after prepare_schema(). True: the feed begins anew.
  bool begin(sql::Connection& db);
  /// After a commit: writes the mark, at most every ten seconds. What it cannot write it leaves.
  void note(sql::Connection& db, core::Steady now);
  /// At the end.
  void write(sql::Connection& db);

 private:
  [[nodiscard]] std::filesystem::path mark() const { return database_.string() + "-feed"; }

  std::filesystem::path database_;
  core::Steady due_{};
};

}  // namespace store
