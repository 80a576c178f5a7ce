#include "api/file_reply.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "api/problem.hpp"
#include "core/fd.hpp"
#include "http/range.hpp"

namespace api {

namespace {

constexpr std::uint64_t piece = std::uint64_t{64} << 10U;

core::Result<core::Fd> open_published(std::filesystem::path const& file, std::int64_t size) {
  core::Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT)
    return core::Error{core::Errc::not_found, "the file is not kept any more", file.filename().string(),
                       "retention, or somebody, removed it; the run's record stays"};
  if (!fd) return core::from_errno(errno, "open artifact", file.string());
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return core::from_errno(errno, "stat artifact", file.string());
  if (!S_ISREG(status.st_mode) || status.st_size != size)
    return core::Error{core::Errc::corrupt, "it is not the file any more that was published", file.filename().string(),
                       "its recorded size is " + std::to_string(size) + " bytes"};
  return fd;
}

core::Result<std::string> read_piece(core::Fd const& fd, std::uint64_t offset, std::uint64_t size) {
  std::string bytes(size, '\0');
  for (;;) {
    auto const got = ::pread(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::from_errno(errno, "read artifact", {});
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
}

awaitable<void> send(orchestrator::Services& services, std::shared_ptr<core::Fd> file, http::ByteRange range,
                     http::BodyWriter& writer) {
  for (std::uint64_t sent = 0; sent < range.size;) {
    auto read = [file, offset = range.first + sent, size = std::min(piece, range.size - sent)] {
      return read_piece(*file, offset, size);
    };
    auto const bytes = co_await services.pool.run(std::move(read));
    if (!bytes) throw core::Failure(bytes.error());
    if (bytes->empty()) co_return;  // cut meanwhile: the peer sees fewer bytes than were promised
    auto const taken = co_await writer.write(*bytes);
    if (!taken) co_return;
    sent += bytes->size();
  }
}

}  // namespace

awaitable<http::Reply> file_reply(orchestrator::Services& services, http::RequestContext const& request,
                                  std::filesystem::path file, std::int64_t size, std::string media_type,
                                  http::Validators now) {
  if (http::is_not_modified(request.headers, now)) {
    http::Reply unchanged(304);
    http::set_validators(unchanged.headers, now);
    co_return unchanged;
  }
  auto open = [file = std::move(file), size] { return open_published(file, size); };
  auto opened = co_await services.pool.run(std::move(open));
  if (!opened) co_return problem(opened.error());
  auto const range = http::select_range(request.headers, static_cast<std::uint64_t>(size), now);
  auto held = std::make_shared<core::Fd>(std::move(*opened));
  auto producer = [&services, held, range](http::BodyWriter& writer) { return send(services, held, range, writer); };
  auto reply = http::Reply::stream(200, media_type, std::move(producer));
  http::set_range(reply, range);
  http::set_validators(reply.headers, now);
  co_return reply;
}

}  // namespace api
