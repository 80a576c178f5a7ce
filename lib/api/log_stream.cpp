#include "api/log_stream.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "aio/sleep.hpp"
#include "domain/cri_log.hpp"
#include "store/runs.hpp"

namespace api {

namespace {

using namespace std::chrono_literals;
constexpr auto look_again = 200ms;
constexpr std::size_t piece = std::size_t{64} << 10;

}  // namespace

AttemptProgress progress_of(sql::Connection& db, store::RunNo no, std::int64_t wanted) {
  AttemptProgress progress;
  auto const run = store::load_run(db, no);
  if (!run) return {0, true};
  progress.attempts = run->attempts;
  auto const number = wanted > 0 ? wanted : run->attempts;
  auto const attempt = number > 0 ? store::load_attempt(db, no, number) : std::nullopt;
  progress.ended = attempt ? attempt->step >= domain::Step::collected : domain::is_end(run->state);
  return progress;
}

core::Result<bool> LogTail::open_newer() {
  core::Fd fd(::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT) return false;
  if (!fd) return core::from_errno(errno, "open log", file_.string());
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return core::from_errno(errno, "stat log", file_.string());
  if (fd_ && status.st_ino == inode_) return false;
  fd_ = std::move(fd);
  inode_ = status.st_ino;
  return true;
}

core::Result<std::string> LogTail::next() {
  std::string text(piece, '\0');
  for (bool newer = true; newer;) {
    if (fd_) {
      auto const got = ::pread(fd_.get(), text.data(), text.size(), offset_);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return core::from_errno(errno, "read log", file_.string());
      if (got > 0) {
        text.resize(static_cast<std::size_t>(got));
        offset_ += got;
        return text;
      }
    }
    auto const opened = open_newer();
    if (!opened) return opened.error();
    newer = *opened;
  }
  return std::string();
}

awaitable<void> stream_log(orchestrator::Services& services, LogRequest request, StreamPass pass,
                           http::BodyWriter& writer) {
  for (;;) {  // until there is an attempt
    auto query = [request](sql::Connection& db) { return progress_of(db, request.run, request.attempt); };
    auto const progress = co_await services.database.read(std::move(query));
    if (progress.attempts > 0 && request.attempt == 0) request.attempt = progress.attempts;
    if (request.attempt > 0 && (progress.attempts >= request.attempt || progress.ended)) break;
    if (progress.ended || !request.follow) co_return;
    co_await aio::sleep_for(look_again);
    bool const may_stay = co_await pass.holds();
    if (!may_stay) co_return;
  }
  LogTail tail(services.state_dir.log(request.run_id, request.attempt));
  domain::CriText text(domain::CriText::Style::plain);
  for (bool ended = !request.follow;;) {
    auto read = [&tail] { return tail.next(); };
    auto const got = co_await services.pool.run(std::move(read));
    if (!got) throw core::Failure(got.error());
    if (!got->empty()) {
      auto const shown = request.raw ? *got : text.convert(*got);
      if (shown.empty()) continue;
      auto const taken = co_await writer.write(shown);
      if (!taken) co_return;
      continue;
    }
    if (ended) co_return;
    auto query = [request](sql::Connection& db) { return progress_of(db, request.run, request.attempt); };
    auto const progress = co_await services.database.read(std::move(query));
    ended = progress.ended;  // one more look at the file comes after it
    if (ended) continue;
    co_await aio::sleep_for(look_again);
    bool const may_stay = co_await pass.holds();
    if (!may_stay) co_return;
  }
}

}  // namespace api
