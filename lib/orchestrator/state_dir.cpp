#include "orchestrator/state_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "core/result.hpp"

namespace orchestrator {

namespace {

void make_directory(std::filesystem::path const& path, mode_t mode) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    throw core::Failure(core::from_errno(error.value(), "create directory", path.string(),
                                         "state_dir must be writable by the daemon's user"));
  ::chmod(path.c_str(), mode);
}

core::Fd take_lock(std::filesystem::path const& path) {
  core::Fd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
  if (!lock)
    throw core::Failure(
        core::from_errno(errno, "open lock", path.string(), "state_dir must be writable by the daemon's user"));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 32> pid{};
    auto const got = ::pread(lock.get(), pid.data(), pid.size() - 1, 0);
    std::string holder(pid.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    throw core::Failure(
        core::Error{core::Errc::conflict, "the state directory is in use by another tidewheeld, pid " + holder,
                    path.parent_path().string(), "stop it, or give this daemon a state_dir of its own"});
  }
  auto const text = std::to_string(::getpid()) + "\n";
  // In this order a full disk has room for it, and a file without the pid locks as well.
  if (::pwrite(lock.get(), text.data(), text.size(), 0) > 0)
    (void)!::ftruncate(lock.get(), static_cast<off_t>(text.size()));
  return lock;
}

/// What dockerd writes for a container that has only its loopback interface.
constexpr std::string_view hosts =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n";

void install(std::filesystem::path const& target, std::string_view bytes, mode_t mode) {
  if (std::ifstream old(target, std::ios::binary); old) {
    std::string const there((std::istreambuf_iterator<char>(old)), std::istreambuf_iterator<char>());
    if (there == bytes) return;
  }
  // A running container may have the old file bound: replace, never overwrite.
  auto const fresh = target.string() + ".new";
  core::Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!file) throw core::Failure(core::from_errno(errno, "write", fresh));
  for (auto rest = bytes; !rest.empty();) {
    auto const written = ::write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw core::Failure(core::from_errno(errno, "write", fresh));
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0 || ::rename(fresh.c_str(), target.c_str()) != 0)
    throw core::Failure(core::from_errno(errno, "install", target.string()));
}

}  // namespace

StateDir::StateDir(std::filesystem::path root) : root_(std::move(root)) {
  make_directory(root_, 0750);
  lock_ = take_lock(root_ / "lock");
  make_directory(root_ / "attempts", 0700);
  for (auto const* const name : {"logs", "artifacts", "init"}) make_directory(root_ / name, 0750);
}

std::filesystem::path StateDir::attempt(std::string const& run_id, std::int64_t number) const {
  return root_ / "attempts" / (run_id + "-a" + std::to_string(number));
}

std::filesystem::path StateDir::log(std::string const& run_id, std::int64_t number) const {
  return root_ / "logs" / (run_id + "-a" + std::to_string(number) + ".log");
}

std::filesystem::path StateDir::artifacts(std::string const& pipeline, std::string const& run_id,
                                          std::int64_t number) const {
  return std::filesystem::path("artifacts") / pipeline / (run_id + "-a" + std::to_string(number));
}

void StateDir::remove_attempts_except(std::set<std::string> const& run_ids) const {
  std::error_code error;
  for (auto const& entry : std::filesystem::directory_iterator(root_ / "attempts", error)) {
    auto const name = entry.path().filename().string();
    if (run_ids.contains(name.substr(0, name.rfind("-a")))) continue;
    std::error_code ignored;
    std::filesystem::remove_all(entry.path(), ignored);
  }
}

std::string DiskSpace::shortage(std::int64_t min_bytes, core::PercentOrCount min_inodes) const {
  if (bytes >= 0 && bytes < min_bytes)
    return core::format_bytes(bytes) + " free, storage.min_free is " + core::format_bytes(min_bytes);
  auto const least = min_inodes.of(total_inodes);
  if (inodes < 0 || inodes >= least) return {};
  return std::to_string(inodes) + " inodes free, storage.min_free_inodes is " + std::to_string(least) +
         " here (many small files take them: `df -i`)";
}

DiskSpace StateDir::space() const {
  struct statvfs info {};
  DiskSpace space;
  if (::statvfs(root_.c_str(), &info) != 0) return space;
  space.bytes = static_cast<std::int64_t>(info.f_bavail) * static_cast<std::int64_t>(info.f_frsize);
  if (info.f_files == 0) return space;  // btrfs and its like
  space.inodes = static_cast<std::int64_t>(info.f_favail);
  space.total_inodes = static_cast<std::int64_t>(info.f_files);
  return space;
}

void StateDir::install_init(std::string_view binary) const {
  install(init_binary(), binary, 0755);
  install(hosts_file(), hosts, 0644);
}

}  // namespace orchestrator
