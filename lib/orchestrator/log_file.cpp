#include "orchestrator/log_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "core/fd.hpp"

namespace orchestrator {

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

core::Result<void> replace_log(std::filesystem::path const& file, std::filesystem::path const& complete) {
  core::Fd const fd(::open(complete.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
  if (!fd) return core::from_errno(errno, "open", complete.string());
  if (::fsync(fd.get()) != 0) return core::from_errno(errno, "fsync", complete.string());
  if (::rename(complete.c_str(), file.c_str()) != 0) return core::from_errno(errno, "rename", complete.string());
  return {};
}

}  // namespace orchestrator
