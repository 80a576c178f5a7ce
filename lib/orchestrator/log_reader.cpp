#include "orchestrator/log_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace orchestrator {

core::Result<std::optional<LogReader>> LogReader::open(std::filesystem::path const& file, std::uint64_t known) {
  LogReader reader;
  reader.file_ = file;
  reader.fd_ = core::Fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!reader.fd_ && errno == ENOENT) return std::optional<LogReader>();
  if (!reader.fd_) return core::from_errno(errno, "open log", file.string());
  struct stat status {};
  if (::fstat(reader.fd_.get(), &status) != 0) return core::from_errno(errno, "stat log", file.string());
  if (known != 0 && status.st_ino == known) return std::optional<LogReader>();
  reader.inode_ = status.st_ino;
  auto compressed = archive::SeekableReader::open(reader.fd_.get(), file.string());
  if (!compressed) return compressed.error();
  reader.compressed_ = std::move(*compressed);
  return std::optional(std::move(reader));
}

core::Result<std::string> LogReader::read(std::int64_t offset, std::size_t most) {
  if (compressed_) return compressed_->read(fd_.get(), offset, most);
  std::string bytes(most, '\0');
  for (;;) {
    auto const got = ::pread(fd_.get(), bytes.data(), bytes.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::from_errno(errno, "read log", file_.string());
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
}

core::Result<std::int64_t> LogReader::size() const {
  if (compressed_) return compressed_->size();
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return core::from_errno(errno, "stat log", file_.string());
  return static_cast<std::int64_t>(status.st_size);
}

void LogReader::release() {
  if (compressed_) compressed_->release();
}

}  // namespace orchestrator
