#include "orchestrator/attempt_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/fd.hpp"
#include "core/read_bounded.hpp"
#include "orchestrator/upload.hpp"

namespace orchestrator {

namespace {

core::Result<void> write_file(std::filesystem::path const& file, std::string_view bytes, mode_t mode, int flags) {
  core::Fd const fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
  if (!fd) return core::from_errno(errno, "open", file.string());
  while (!bytes.empty()) {
    auto const written = ::write(fd.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return core::from_errno(errno, "write", file.string());
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  // chmod, since the umask would narrow the mode that open() is given.
  if (::fchmod(fd.get(), mode) != 0) return core::from_errno(errno, "chmod", file.string());
  return {};
}

}  // namespace

core::Result<void> make_attempt_folder(std::filesystem::path const& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return core::from_errno(errno, "mkdir", folder.string());
  return {};
}

core::Result<void> lay_out(std::filesystem::path const& folder, ContainerPlan const& plan) {
  if (auto made = make_attempt_folder(folder); !made) return made;
  if (auto written = write_file(folder / "params.json", plan.params_json, 0644, O_TRUNC); !written) return written;
  if (auto written = write_file(folder / "outputs", {}, 0666, 0); !written) return written;
  if (!plan.uploads.empty())
    if (auto written = write_file(folder / "uploads", encode_uploads(plan.uploads), 0600, O_TRUNC); !written)
      return written;
  if (plan.command_file.empty()) return {};
  if (auto written = write_file(folder / "command", plan.command_file, 0644, O_TRUNC); !written) return written;
  if (auto written = write_file(folder / "bundle", {}, 0666, 0); !written) return written;
  return write_file(folder / "record", {}, 0666, 0);
}

core::Result<void> lay_secret(std::filesystem::path const& file, std::string_view bytes) {
  if (auto made = make_attempt_folder(file.parent_path()); !made) return made;
  ::unlink(file.c_str());  // an earlier life's, which may not be written to
  return write_file(file, bytes, 0444, O_EXCL);
}

core::Result<void> keep_fetched(std::filesystem::path const& file, std::string_view bytes) {
  return write_file(file, bytes, 0600, O_TRUNC);
}

std::string read_bounded(std::filesystem::path const& file, std::size_t limit) {
  core::Fd const fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  return core::read_bounded(fd.get(), limit).value_or(std::string());
}

}  // namespace orchestrator
