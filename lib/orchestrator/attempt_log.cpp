#include "orchestrator/attempt_log.hpp"

#include <utility>

#include "orchestrator/log_file.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t write_size = std::size_t{256} << 10;

}  // namespace

awaitable<void> AttemptLog::follow(std::string container_id) {
  bool fresh = true;
  docker::Engine::FrameSink sink = [this, &fresh](std::vector<docker::LogFrame> frames) -> awaitable<void> {
    auto append = [file = file_, text = to_cri(frames), first = std::exchange(fresh, false)] {
      return append_log(file, text, first);
    };
    (void)co_await services_.pool.run(std::move(append));
  };
  (void)co_await services_.engine.logs(std::move(container_id), true, std::move(sink));
}

awaitable<core::Result<void>> AttemptLog::complete(std::string container_id) {
  auto whole = file_;
  whole += ".complete";
  bool fresh = true;
  std::string text;
  core::Result<void> written{};
  docker::Engine::FrameSink sink = [&, this](std::vector<docker::LogFrame> frames) -> awaitable<void> {
    text += to_cri(frames);
    if (text.size() < write_size) co_return;
    auto append = [&whole, part = std::exchange(text, {}), first = std::exchange(fresh, false)] {
      return append_log(whole, part, first);
    };
    auto result = co_await services_.pool.run(std::move(append));
    if (!result) written = result;
  };
  auto read = co_await services_.engine.logs(std::move(container_id), false, std::move(sink));
  if (!read) co_return read;
  if (!written) co_return written;
  auto finish = [this, &whole, &text, fresh] {
    if (auto last = append_log(whole, text, fresh); !last) return last;
    return replace_log(file_, whole);
  };
  co_return co_await services_.pool.run(std::move(finish));
}

}  // namespace orchestrator
