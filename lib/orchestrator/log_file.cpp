#include "orchestrator/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>

#include "core/fd.hpp"
#include "orchestrator/attempt_files.hpp"
#include "orchestrator/finished_log.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t longest_cursor = 512;
constexpr std::size_t piece_of_head = std::size_t{256} << 10;

}  // namespace

std::string to_cri(std::vector<docker::LogFrame> const& frames) {
  std::string text;
  for (auto const& frame : frames) {
    std::string_view rest = frame.text;
    while (!rest.empty()) {
      auto const newline = rest.find('\n');
      auto const line = rest.substr(0, newline);
      text += frame.timestamp;
      text += frame.stream == docker::Stream::standard_output ? " stdout " : " stderr ";
      text += newline == std::string_view::npos ? "P " : "F ";
      text += line;
      text += '\n';
      rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
    }
  }
  return text;
}

core::Result<void> append_log(std::filesystem::path const& file, std::string const& text, bool fresh) {
  core::Fd const fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (fresh ? O_TRUNC : O_APPEND), 0640));
  if (!fd) return core::from_errno(errno, "open", file.string());
  for (std::string_view rest = text; !rest.empty();) {
    auto const written = ::write(fd.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return core::from_errno(errno, "write", file.string());
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

LogCursor open_live_log(std::filesystem::path const& file, std::filesystem::path const& cursor_file) {
  auto stored = LogCursor::decode(read_bounded(cursor_file, longest_cursor));
  struct stat status {};
  bool const fits = stored && ::lstat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                    status.st_size >= stored->file_size && ::truncate(file.c_str(), stored->file_size) == 0;
  if (fits) return std::move(stored->cursor);
  (void)append_log(file, {}, true);
  return {};
}

core::Result<void> append_live_log(std::filesystem::path const& file, std::string const& text,
                                   std::filesystem::path const& cursor_file, std::optional<LogCursor> const& cursor,
                                   std::int64_t most) {
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && status.st_size >= most) return {};
  if (auto appended = append_log(file, text, false); !appended) return appended;
  if (::stat(file.c_str(), &status) != 0) return core::from_errno(errno, "stat", file.string());
  if (status.st_size >= most) {
    auto const newest = text.rfind('\n', text.size() - 2);
    auto const begin = newest == std::string::npos ? 0 : newest + 1;
    return append_log(file,
                      text.substr(begin, text.find(' ', begin) - begin) +
                          " stderr F [tidewheel] the log is long: its end is shown when the run has ended\n",
                      false);
  }
  if (!cursor) return {};
  core::Fd const fd(::open(cursor_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return core::from_errno(errno, "open", cursor_file.string());
  // One write over the old one: what a crash cuts has no checksum that fits.
  auto const line = cursor->encode(static_cast<std::int64_t>(status.st_size));
  auto const size = static_cast<ssize_t>(line.size());
  if (::pwrite(fd.get(), line.data(), line.size(), 0) != size || ::ftruncate(fd.get(), size) != 0)
    return core::from_errno(errno, "write", cursor_file.string());
  return {};
}

core::Result<void> keep_live_head(FinishedLog& whole, std::filesystem::path const& live, std::string const& from) {
  std::ifstream in(live, std::ios::binary);
  std::string line, last, text;
  while (std::getline(in, line) && !in.eof()) {  // a last line without an end is half of one
    auto const timestamp = std::string_view(line).substr(0, line.find(' '));
    if (timestamp >= from) break;
    last = timestamp;
    text += line + "\n";
    if (text.size() < piece_of_head) continue;
    if (auto added = whole.add(text); !added) return added;
    text.clear();
  }
  if (last.empty()) return {};
  if (auto added = whole.add(text); !added) return added;
  return whole.gap(last);
}

core::Result<void> replace_log(std::filesystem::path const& file, std::filesystem::path const& complete) {
  core::Fd const fd(::open(complete.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
  if (!fd) return core::from_errno(errno, "open", complete.string());
  if (::fsync(fd.get()) != 0) return core::from_errno(errno, "fsync", complete.string());
  if (::rename(complete.c_str(), file.c_str()) != 0) return core::from_errno(errno, "rename", complete.string());
  return {};
}

}  // namespace orchestrator
