#include "inputs/object.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "core/fd.hpp"
#include "core/sha256.hpp"
#include "core/utf8.hpp"
#include "inputs/input.hpp"

namespace inputs {

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using core::Errc;
using core::Error;
using core::Result;

constexpr std::size_t piece_size = std::size_t{1} << 20;  // a hop to the pool for every 64 KiB would cost more
constexpr std::size_t longest_name = 255;                 // NAME_MAX

/// A file that grows on the pool and is hashed as it grows.
class HashedFile {
 public:
  HashedFile(aio::Worker& pool, std::filesystem::path path) : pool_(pool), path_(std::move(path)) {}

  awaitable<Result<void>> open() {
    auto work = [this]() -> Result<void> {
      ::unlink(path_.c_str());
      fd_ = core::Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
      if (!fd_) return core::from_errno(errno, "create", shown());
      // Whatever the umask: any user of any image has to be able to read it.
      if (::fchmod(fd_.get(), 0644) != 0) return core::from_errno(errno, "chmod", shown());
      return {};
    };
    co_return co_await pool_.run(std::move(work));
  }
  awaitable<Result<void>> write(std::string_view piece) {
    waiting_.append(piece);
    if (waiting_.size() < piece_size) co_return Result<void>();
    co_return co_await flush();
  }
  awaitable<Result<void>> flush() {
    auto work = [this] { return put_out(); };
    co_return co_await pool_.run(std::move(work));
  }
  [[nodiscard]] core::Sha256Digest digest() { return hash_.finish(); }
  awaitable<void> remove() {
    auto work = [this] { ::unlink(path_.c_str()); };
    co_await pool_.run(std::move(work));
  }

 private:
  [[nodiscard]] std::string shown() const { return core::to_display(path_.string()); }
  Result<void> put_out() {
    hash_.update(std::string_view(waiting_));
    for (std::string_view rest = waiting_; !rest.empty();) {
      auto const wrote = ::write(fd_.get(), rest.data(), rest.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return core::from_errno(errno, "write", shown());
      rest.remove_prefix(static_cast<std::size_t>(wrote));
    }
    waiting_.clear();
    return {};
  }

  aio::Worker& pool_;
  std::filesystem::path path_;
  core::Fd fd_;
  core::Sha256 hash_;
  std::string waiting_;
};

Fetched failed(Fetched::Outcome outcome, Error error) {
  Fetched fetched;
  fetched.outcome = outcome;
  fetched.error = std::move(error);
  return fetched;
}

}  // namespace

domain::Version object_version(std::int64_t size, std::optional<core::Wall> last_modified, std::string etag,
                               std::string version_id) {
  domain::Version version;
  version.size = size;
  if (last_modified) {
    auto const second = std::chrono::floor<std::chrono::seconds>(*last_modified);
    version.mtime_ns = std::chrono::nanoseconds(second.time_since_epoch()).count();
  }
  version.etag = etag.empty() ? std::string(domain::unknown_etag) : std::move(etag);
  version.version_id = std::move(version_id);
  return version;
}

domain::Version version_of(s3::ObjectInfo const& info) {
  return object_version(info.size, info.last_modified, info.etag, info.version_id);
}

awaitable<Fetched> fetch_object(s3::Client& client, aio::Worker& pool, std::string key, domain::Version expected,
                                std::filesystem::path file) {
  using Outcome = Fetched::Outcome;
  HashedFile target(pool, std::move(file));
  auto opened = co_await target.open();
  if (!opened) co_return failed(Outcome::no_room, opened.error());
  s3::GetOptions options;
  options.version_id = expected.version_id;
  if (expected.etag != domain::unknown_etag) options.if_match = expected.etag;
  options.expected_size = expected.size;
  std::optional<Error> unwritten;
  http::BodySink sink = [&target, &unwritten](std::string_view piece) -> awaitable<Result<void>> {
    auto written = co_await target.write(piece);
    if (!written) unwritten = written.error();
    co_return written;
  };
  auto got = co_await client.get(std::move(key), std::move(options), std::move(sink));
  if (got) {
    auto flushed = co_await target.flush();
    if (!flushed) unwritten = flushed.error();
  }
  if (got && !unwritten) {
    Fetched fetched;
    fetched.outcome = Outcome::matches;
    fetched.hash = target.digest();
    fetched.version = version_of(*got);
    co_return fetched;
  }
  co_await target.remove();
  if (unwritten) co_return failed(Outcome::no_room, std::move(*unwritten));
  auto const code = got.error().code;
  co_return failed(code == Errc::conflict    ? Outcome::changed
                   : code == Errc::not_found ? Outcome::gone
                                             : Outcome::unreadable,
                   got.error());
}

std::string mount_name(std::string_view key) {
  auto const slash = key.rfind('/');
  auto const name = slash == std::string_view::npos ? key : key.substr(slash + 1);
  bool const plain = !name.empty() && name != "." && name != ".." && name.size() <= longest_name &&
                     name.find('\0') == std::string_view::npos && core::is_utf8(name);
  return plain ? std::string(name) : safe_name(name);
}

}  // namespace inputs
