#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "api/bearers.hpp"
#include "http/reply.hpp"
#include "orchestrator/log_reader.hpp"
#include "orchestrator/services.hpp"
#include "store/ids.hpp"

namespace api {

using boost::asio::awaitable;

/// Reads a log file that may grow, be made later, or be replaced by its complete version (same bytes, and more).
/// Blocking calls: worker threads only, one at a time.
class LogTail {
 public:
  explicit LogTail(std::filesystem::path file) : file_(std::move(file)) {}
  /// The next piece, at most 64 KiB; empty: nothing more for now.
  [[nodiscard]] core::Result<std::string> next();

 private:
  std::filesystem::path file_;
  std::optional<orchestrator::LogReader> reader_;
  std::int64_t offset_ = 0;
};

struct LogRequest {
  store::RunNo run;
  std::string run_id;
  std::int64_t attempt = 0;  ///< 0: the first that comes
  bool follow = false, raw = false;
};

/// How far an attempt is.
struct AttemptProgress {
  std::int64_t attempts = 0;  ///< that the run has had
  bool ended = false;         ///< nothing more will be written
};
/// Of the attempt, or of the newest one (0).
[[nodiscard]] AttemptProgress progress_of(sql::Connection& db, store::RunNo run, std::int64_t attempt);

/// Writes an attempt's log; with `follow` until the attempt has ended. Needs the same memory for a log of any size.
/// Ends before where its reader's pass does.
[[nodiscard]] awaitable<void> stream_log(orchestrator::Services& services, LogRequest request, StreamPass pass,
                                         http::BodyWriter& writer);

}  // namespace api
