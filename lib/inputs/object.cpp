#include "inputs/object.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/base64.hpp"
#include "core/boot_id.hpp"
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

/// A file that grows on the pool and is hashed as it grows, under a name for its beginning until it is whole.
class HashedFile {
 public:
  HashedFile(aio::Worker& pool, std::filesystem::path path, std::filesystem::path part)
      : pool_(pool), path_(std::move(path)), part_(std::move(part)), resumable_(!part_.empty()) {
    if (!resumable_) part_ = path_.string() + ".part";
  }

  /// Takes up what is there where that can be; size() tells how much that is. A file of `most` bytes or more is begun
  /// anew: there would be nothing to ask the server for.
  awaitable<Result<void>> open(std::int64_t most) {
    auto work = [this, most]() -> Result<void> {
      ::unlink(path_.c_str());
      if (resumable_ && take_up(most)) return {};
      return begin();
    };
    co_return co_await pool_.run(std::move(work));
  }
  awaitable<Result<void>> write(std::string_view piece) {
    waiting_.append(piece);
    if (waiting_.size() < piece_size) co_return Result<void>();
    auto work = [this] { return put_out(); };
    co_return co_await pool_.run(std::move(work));
  }
  /// The last bytes, and the file's own name.
  awaitable<Result<void>> finish() {
    auto work = [this]() -> Result<void> {
      if (auto put = put_out(); !put) return put;
      if (::rename(part_.c_str(), path_.c_str()) != 0) return core::from_errno(errno, "rename", shown());
      return {};
    };
    co_return co_await pool_.run(std::move(work));
  }
  [[nodiscard]] core::Sha256Digest digest() { return hash_.finish(); }
  /// Of what was written or taken up.
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  awaitable<void> remove() {
    auto work = [this] {
      ::unlink(part_.c_str());
      ::unlink(path_.c_str());
    };
    co_await pool_.run(std::move(work));
  }

 private:
  [[nodiscard]] std::string shown() const { return core::to_display(path_.string()); }
  Result<void> begin() {
    hash_ = core::Sha256();
    size_ = 0;
    ::unlink(part_.c_str());
    fd_ = core::Fd(::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!fd_) return core::from_errno(errno, "create", shown());
    // Whatever the umask: any user of any image has to be able to read it.
    if (::fchmod(fd_.get(), 0644) != 0) return core::from_errno(errno, "chmod", shown());
    return {};
  }
  /// Hashes what is there; false: nothing that could be gone on with.
  bool take_up(std::int64_t most) {
    fd_ = core::Fd(::open(part_.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    struct stat info {};
    if (!fd_ || ::fstat(fd_.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size >= most) return false;
    std::string buffer(piece_size, '\0');
    for (;;) {
      auto const got = ::read(fd_.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return false;
      if (got == 0) break;
      hash_.update(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
      size_ += got;
    }
    return size_ < most && ::fchmod(fd_.get(), 0644) == 0;
  }
  Result<void> put_out() {
    hash_.update(std::string_view(waiting_));
    for (std::string_view rest = waiting_; !rest.empty();) {
      auto const wrote = ::write(fd_.get(), rest.data(), rest.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return core::from_errno(errno, "write", shown());
      rest.remove_prefix(static_cast<std::size_t>(wrote));
    }
    size_ += static_cast<std::int64_t>(waiting_.size());
    waiting_.clear();
    return {};
  }

  aio::Worker& pool_;
  std::filesystem::path path_, part_;
  bool resumable_;
  core::Fd fd_;
  core::Sha256 hash_;
  std::int64_t size_ = 0;
  std::string waiting_;
};

Fetched failed(Fetched::Outcome outcome, Error error) {
  Fetched fetched;
  fetched.outcome = outcome;
  fetched.error = std::move(error);
  return fetched;
}

Fetched::Outcome outcome_of(Error const& error) {
  if (error.code == Errc::conflict) return Fetched::Outcome::changed;
  return error.code == Errc::not_found ? Fetched::Outcome::gone : Fetched::Outcome::unreadable;
}

s3::GetOptions options_for(domain::Version const& expected) {
  s3::GetOptions options;
  options.version_id = expected.version_id;
  if (expected.etag != domain::unknown_etag) options.if_match = expected.etag;
  options.expected_size = expected.size;
  return options;
}

/// The server's own SHA-256 of the object, where it keeps one, has to be that of the bytes that came.
Fetched checked(s3::ObjectInfo const& info, core::Sha256Digest const& digest, std::string const& key) {
  std::string_view const bytes(reinterpret_cast<char const*>(digest.data()), digest.size());
  if (!info.sha256_base64.empty() && info.sha256_base64 != core::to_base64(bytes))
    return failed(Fetched::Outcome::unreadable,
                  Error{Errc::corrupt, "the bytes that came are not those of the server's checksum",
                        core::to_display(key), "it is fetched again; see whether a proxy changes what it passes on"});
  Fetched fetched;
  fetched.outcome = Fetched::Outcome::matches;
  fetched.hash = digest;
  fetched.version = version_of(info);
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

std::filesystem::path part_file(std::filesystem::path const& file, std::string_view key,
                                domain::Version const& version) {
  if (version.etag == domain::unknown_etag) return {};
  auto const boot = core::boot_id();
  if (boot.empty()) return {};
  std::string name;
  for (auto const& part : {std::string(key), version.etag, version.version_id, std::to_string(version.size), boot})
    name += std::to_string(part.size()) + ":" + part;
  return file.string() + "." + core::sha256_hex(name).substr(0, 32) + ".part";
}

awaitable<Fetched> fetch_object(s3::Client& client, aio::Worker& pool, FetchRequest request) {
  using Outcome = Fetched::Outcome;
  HashedFile target(pool, request.file, part_file(request.file, request.key, request.expected));
  auto opened = co_await target.open(request.expected.size);
  if (!opened) co_return failed(Outcome::no_room, opened.error());
  auto options = options_for(request.expected);
  auto here = target.size();
  if (here > 0) options.range = s3::ByteRange{here, std::nullopt};
  std::optional<Error> unwritten;
  bool given_up = false;
  http::BodySink sink = [&](std::string_view piece) -> awaitable<Result<void>> {
    here += static_cast<std::int64_t>(piece.size());
    given_up = request.arrived && !request.arrived(here);
    if (given_up) co_return Error{Errc::conflict, "given up", core::to_display(request.key), {}};
    auto written = co_await target.write(piece);
    if (!written) unwritten = written.error();
    co_return written;
  };
  auto got = co_await client.get(request.key, std::move(options), std::move(sink));
  if (got) {
    auto finished = co_await target.finish();
    if (!finished) unwritten = finished.error();
  }
  if (got && !unwritten) {
    auto fetched = checked(*got, target.digest(), request.key);
    if (fetched.outcome != Outcome::matches) co_await target.remove();
    co_return fetched;
  }
  co_await target.remove();
  if (given_up) co_return failed(Outcome::given_up, got.error());
  if (unwritten) co_return failed(Outcome::no_room, std::move(*unwritten));
  co_return failed(outcome_of(got.error()), got.error());
}

awaitable<Fetched> look_at_object(s3::Client& client, std::string key, domain::Version expected) {
  auto const info = co_await client.head(key, expected.version_id);
  if (!info) co_return failed(outcome_of(info.error()), info.error());
  Fetched seen;
  seen.version = version_of(*info);
  // As a download is pinned: by the ETag, and where the server gives none by the time.
  bool const same = seen.version.size == expected.size && seen.version.etag == expected.etag &&
                    (expected.etag != domain::unknown_etag || seen.version.mtime_ns == expected.mtime_ns);
  seen.outcome = same ? Fetched::Outcome::matches : Fetched::Outcome::changed;
  co_return seen;
}

std::string mount_name(std::string_view key) {
  auto const slash = key.rfind('/');
  auto const name = slash == std::string_view::npos ? key : key.substr(slash + 1);
  bool const plain = !name.empty() && name != "." && name != ".." && name.size() <= longest_name &&
                     name.find('\0') == std::string_view::npos && core::is_utf8(name);
  return plain ? std::string(name) : safe_name(name);
}

}  // namespace inputs
