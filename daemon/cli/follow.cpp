#include "follow.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "command_error.hpp"
#include "core/utf8.hpp"
#include "fields.hpp"
#include "log_output.hpp"
#include "state_text.hpp"

namespace cli {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr auto look_again = 200ms;

class Follower {
 public:
  Follower(Session& session, std::string run) : session_(session), run_(std::move(run)) {}

  /// Until the run has ended.
  awaitable<int> watch() {
    for (;;) {
      auto const run = co_await session_.daemon.get(run_target(run_));
      auto const state = text(run, "state");
      tell(run, state);
      // While an attempt is starting there is nothing to read, and more to say than its log would.
      auto const readable = integer(run, "attempts").value_or(0) - (state == "starting" ? 1 : 0);
      if (shown_ < readable) {
        ++shown_;
        if (shown_ > 1) say("attempt " + std::to_string(shown_));
        co_await show_log(shown_);
        continue;  // its end is news already
      }
      if (has_ended(state)) co_return finish(run, state);
      co_await aio::sleep_for(look_again);
    }
  }
  void leave() const {
    say("\nRun " + run_ + " goes on without you.\n  See it again: tidewheel logs -f " + run_ +
        "\n  Stop it:      tidewheel cancel " + run_);
  }

 private:
  void tell(json::object const& run, std::string const& state) {
    auto const progress = text(run, "progress");
    std::string line;
    if (state != state_)
      line = "run " + text(run, "run_no") + " " + state_cell(state, session_.terminal).text;
    else if (progress != progress_ && !progress.empty())
      line = "  " + progress;
    std::string why;
    for (auto const& sentence : array_at(run, "waiting")) why += "\n  " + as_text(sentence);
    if (why != why_) line += (line.empty() ? "still " + state : "") + why;
    if (!line.empty()) say(line);
    state_ = state;
    progress_ = progress;
    why_ = why;
  }

  awaitable<void> show_log(std::int64_t attempt) {
    auto target = run_target(run_) + "/log?format=cri&follow=1&attempt=" + std::to_string(attempt);
    auto stream = co_await session_.daemon.open(std::move(target));
    LogOutput output(session_.terminal, session_.options.json ? LogStyle::json_lines : LogStyle::plain);
    auto take = [&output](std::string_view piece) -> awaitable<core::Result<void>> {
      output.print(piece);
      co_return core::Result<void>();
    };
    http::BodySink sink = std::move(take);
    auto const read = co_await stream.read(std::move(sink));
    if (!read)
      throw CommandError(unreachable, "the log broke off: " + read.error().operation,
                         "the run goes on; is tidewheeld still running?");
  }

  int finish(json::object const& run, std::string const& state) const {
    if (session_.options.json) session_.print_json(run);
    auto const why = text(run, "detail").empty() ? text(run, "explanation") : text(run, "detail");
    if (state != "succeeded") say("run " + text(run, "run_no") + " " + state + ": " + why);
    if (auto const next = text(run, "replaced_by"); !next.empty() && state == "outdated")
      say("run " + next + " took its place: tidewheel show " + next);
    for (auto const& value : array_at(run, "outputs")) {
      auto const& output = as_object(value);
      say("  " + text(output, "name") + " = " + text(output, "value") +
          (text(output, "unit").empty() ? "" : " " + text(output, "unit")));
    }
    say("All about it: tidewheel show " + text(run, "run_no"));
    return state == "succeeded" ? succeeded : run_failed;
  }

  Session& session_;
  std::string run_, state_, progress_, why_;
  std::int64_t shown_ = 0;  ///< newest attempt whose log has been printed
};

}  // namespace

awaitable<int> follow_run(Session& session, std::string run) {
  int code = interrupted;
  Follower follower(session, std::move(run));
  auto body = [&](aio::TaskGroup& group) -> awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    asio::signal_set signals(executor, SIGINT);
    bool ended = false;
    auto watch = [&]() -> awaitable<void> {
      code = co_await follower.watch();
      ended = true;
      signals.cancel();
    };
    auto stop = [&]() -> awaitable<void> {
      auto const [error, number] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
      if (!ended && !error) group.stop();
    };
    group.spawn(std::move(watch));
    group.spawn(std::move(stop));
    co_await group.join();
  };
  co_await aio::with_task_group(std::move(body));
  if (code == interrupted) follower.leave();
  co_return code;
}

}  // namespace cli
