#include "api/log_stream.hpp"

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

core::Result<std::string> LogTail::next() {
  for (;;) {
    if (reader_) {
      auto text = reader_->read(offset_, piece);
      if (!text || !text->empty()) {
        if (text) offset_ += static_cast<std::int64_t>(text->size());
        return text;
      }
    }
    auto newer = orchestrator::LogReader::open(file_, reader_ ? reader_->inode() : 0);
    if (!newer) return newer.error();
    if (!*newer) return std::string();
    reader_ = std::move(*newer);
  }
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
