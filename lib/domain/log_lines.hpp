#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace domain {

/// One line as the container wrote it.
struct LogLine {
  std::int64_t n = 0;  ///< from 1
  std::string at;      ///< RFC 3339 with nanoseconds; empty where the log does not say
  bool is_stderr = false;
  std::string text;  ///< bytes, at most LogLines::longest
  bool cut = false;  ///< it was longer
};

/// Takes a log file (see CriReader) apart into numbered lines, piece by piece as it is read. A line that was written in
/// several records is one, unless the other stream broke in. Holds one line at most.
class LogLines {
 public:
  static constexpr std::size_t longest = std::size_t{64} << 10;
  using Sink = std::function<void(LogLine const&)>;

  /// `next` is the number of the line that begins with the first byte fed, which lies at `offset` of the file.
  explicit LogLines(std::int64_t next = 1, std::int64_t offset = 0) : next_(next), offset_(offset) {}

  /// Calls `sink` for each line that ends in these bytes, from line `from` on: what lies before is only counted.
  void feed(std::string_view bytes, std::int64_t from, Sink const& sink);
  /// Nothing will follow: a line that has no end yet ends here.
  void finish(std::int64_t from, Sink const& sink);

  /// The number of the next line, if the reading could begin anew at offset(); nullopt inside of a line.
  [[nodiscard]] std::optional<std::int64_t> boundary() const noexcept;
  /// Behind the last whole record.
  [[nodiscard]] std::int64_t offset() const noexcept { return offset_; }
  /// Lines that have ended.
  [[nodiscard]] std::int64_t count() const noexcept { return line_ ? line_->n - 1 : next_ - 1; }

 private:
  void take(std::string_view record, bool cut, std::int64_t from, Sink const& sink);
  void end_line(std::int64_t from, Sink const& sink);

  std::int64_t next_, offset_;
  std::string record_;        ///< the beginning of one that has no end yet
  std::int64_t skipped_ = 0;  ///< bytes of it that are not kept
  std::optional<LogLine> line_;
};

}  // namespace domain
