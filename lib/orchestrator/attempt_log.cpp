#include "orchestrator/attempt_log.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "aio/sleep.hpp"
#include "orchestrator/finished_log.hpp"
#include "orchestrator/log_cursor.hpp"
#include "orchestrator/log_file.hpp"
#include "orchestrator/log_text.hpp"
#include "orchestrator/secrets.hpp"

namespace orchestrator {

namespace {

using namespace std::chrono_literals;
constexpr std::size_t write_size = std::size_t{256} << 10;
constexpr auto before_next_try = 1s;

}  // namespace

awaitable<core::Result<AttemptLog::Mask>> AttemptLog::mask() {
  if (secrets_.empty()) co_return Mask();
  auto make = [this]() -> core::Result<Mask> {
    auto const values = read_laid_secrets(attempt_dir_, secrets_);
    if (!values) return values.error();
    return std::make_shared<domain::SecretMask const>(*values);
  };
  co_return co_await services_.pool.run(std::move(make));
}

awaitable<void> AttemptLog::follow(std::string container_id) {
  auto const mask = co_await this->mask();
  if (!mask) co_return;
  auto const cursor_file = attempt_dir_ / "log-cursor";
  auto open = [this, &cursor_file] { return open_live_log(file_, cursor_file); };
  auto cursor = co_await services_.pool.run(std::move(open));
  LogText log(*mask);
  for (;;) {
    LogResume resume(cursor);
    docker::Engine::FrameSink sink = [&, this](std::vector<docker::LogFrame> frames) -> awaitable<void> {
      frames = resume.rest(std::move(frames));
      cursor.note(frames);
      auto text = log.feed(std::move(frames));
      // What is held back is in no file yet: a later life would not have it.
      auto const mark = log.clear() ? std::optional(cursor) : std::nullopt;
      auto append = [this, &cursor_file, &mark, &text] {
        return append_live_log(file_, text, cursor_file, mark, log_head(limit_));
      };
      (void)co_await services_.pool.run(std::move(append));
    };
    auto const read = co_await services_.engine.logs(container_id, true, std::move(sink));
    if (read || read.error().code == core::Errc::not_found) co_return;
    co_await aio::sleep_for(before_next_try);
  }
}

awaitable<core::Result<void>> AttemptLog::complete(std::string container_id) {
  auto const mask = co_await this->mask();
  if (!mask) co_return mask.error();
  LogText log(*mask);
  FinishedLog whole(file_, limit_);
  std::string text;
  core::Result<void> written{};
  bool first = true;
  docker::Engine::FrameSink sink = [&, this](std::vector<docker::LogFrame> frames) -> awaitable<void> {
    if (!frames.empty() && std::exchange(first, false)) {
      auto const from = frames.front().timestamp;
      auto keep = [this, &whole, &from] { return keep_live_head(whole, file_, from); };
      written = co_await services_.pool.run(std::move(keep));
    }
    text += log.feed(std::move(frames));
    if (text.size() < write_size || !written) co_return;
    auto add = [&whole, part = std::exchange(text, {})] { return whole.add(part); };
    written = co_await services_.pool.run(std::move(add));
  };
  auto const read = co_await services_.engine.logs(std::move(container_id), false, std::move(sink));
  if (!read) co_return read;
  if (!written) co_return written;
  text += log.finish();
  auto finish = [&whole, &text] {
    auto added = whole.add(text);
    return added ? whole.finish() : added;
  };
  co_return co_await services_.pool.run(std::move(finish));
}

}  // namespace orchestrator
