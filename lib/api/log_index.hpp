#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "domain/log_lines.hpp"
#include "orchestrator/log_reader.hpp"

namespace api {

struct LogPage {
  std::vector<domain::LogLine> lines;
  std::int64_t next = 0;   ///< the line to go on from
  std::int64_t total = 0;  ///< lines that are there so far
  std::int64_t size = 0;   ///< bytes of its text
};

/// Where the lines of one attempt's log begin: a mark every few hundred KiB, made while the file is read and kept for
/// the next question. Follows a file that grows, and begins anew when it was replaced by a shorter one. Each call
/// blocks for one bounded piece of work: worker threads only, any of them.
class LogIndex {
 public:
  explicit LogIndex(std::filesystem::path file) : file_(std::move(file)) {}

  /// Reads up to 8 MiB more; true: all that is there has been read. With `ended` nothing more will be written, and a
  /// last line without an end counts too.
  [[nodiscard]] core::Result<bool> advance(bool ended);

  struct Range {
    std::int64_t from = 1;  ///< negative: counted from the end
    std::size_t limit = 500;
    std::optional<bool> is_stderr;  ///< nullopt: both streams
  };
  /// Lines of what advance() has read; fewer than asked for when they are large, or when few are of the stream.
  [[nodiscard]] core::Result<LogPage> read(Range range, bool ended);

 private:
  struct Mark {
    std::int64_t line, offset;
  };
  [[nodiscard]] core::Result<bool> open();
  [[nodiscard]] core::Result<bool> advance_open(bool ended);
  void start_over();

  std::mutex mutex_;
  std::filesystem::path file_;
  std::optional<orchestrator::LogReader> reader_;
  std::int64_t size_ = 0, read_ = 0;
  bool finished_ = false;
  domain::LogLines lines_;
  std::vector<Mark> marks_{{1, 0}};
};

/// The indexes of the logs that were read last. Loop thread only.
class LogIndexes {
 public:
  [[nodiscard]] std::shared_ptr<LogIndex> of(std::filesystem::path const& file);

 private:
  struct Entry {
    std::filesystem::path file;
    std::shared_ptr<LogIndex> index;
  };
  std::list<Entry> entries_;  ///< the last used one first
};

/// Reads a whole log for lines that contain a text. One step is one bounded piece of blocking work.
class LogSearch {
 public:
  LogSearch(std::filesystem::path file, std::string text, std::size_t limit);

  struct Match {
    std::int64_t n = 0;
    std::string text;
  };
  /// False: there is no more to read, or enough has been read.
  [[nodiscard]] core::Result<bool> step(bool ended);
  [[nodiscard]] std::vector<Match> const& matches() const noexcept { return matches_; }
  [[nodiscard]] std::int64_t total() const noexcept { return total_; }
  /// The whole log was read, and every match is in matches().
  [[nodiscard]] bool complete() const noexcept {
    return at_end_ && static_cast<std::int64_t>(matches_.size()) == total_;
  }

 private:
  void look_at(domain::LogLine const& line);

  std::filesystem::path file_;
  std::string text_;  ///< in lower case
  std::size_t limit_;
  std::optional<orchestrator::LogReader> reader_;
  std::int64_t read_ = 0, total_ = 0;
  bool at_end_ = false;
  domain::LogLines lines_;
  std::vector<Match> matches_;
};

}  // namespace api
