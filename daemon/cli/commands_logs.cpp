#include <memory>

#include "command_error.hpp"
#include "commands.hpp"
#include "log_output.hpp"

namespace cli {

namespace {

struct Options {
  std::string run;
  int attempt = 0;
  bool follow = false, timestamps = false;
};

awaitable<int> print_log(Session& session, Options options) {
  auto target = run_target(options.run) + "/log?format=cri";
  if (options.attempt > 0) target += "&attempt=" + std::to_string(options.attempt);
  if (options.follow) target += "&follow=1";
  auto stream = co_await session.daemon.open(std::move(target));
  LogOutput output(session.terminal, session.options.json ? LogStyle::json_lines
                                     : options.timestamps ? LogStyle::stamped
                                                          : LogStyle::plain);
  auto take = [&output](std::string_view piece) -> awaitable<core::Result<void>> {
    output.print(piece);
    co_return core::Result<void>();
  };
  http::BodySink sink = std::move(take);
  auto const read = co_await stream.read(std::move(sink));
  if (!read)
    throw CommandError(unreachable, "the log broke off: " + read.error().operation, "is tidewheeld still running?");
  co_return succeeded;
}

}  // namespace

void add_logs(CLI::App& app, Invocation& invocation) {
  auto* const command = add_command(app, "logs", "Print what a run wrote to stdout and stderr",
                                    "tidewheel logs 42\n"
                                    "tidewheel logs -f 42\n"
                                    "tidewheel logs 42 --attempt 1 --timestamps");
  auto const options = std::make_shared<Options>();
  command->add_option("RUN", options->run, "Its number or id")->required();
  command->add_flag("-f,--follow", options->follow, "Go on until the attempt has ended");
  command->add_option("--attempt", options->attempt, "Which attempt; the newest if not given")
      ->check(CLI::Range(1, 1000));
  command->add_flag("--timestamps", options->timestamps, "Each line's time and stream in front of it");
  command->callback([options, &invocation] {
    invocation.command = [options](Session& session) { return print_log(session, *options); };
  });
}

}  // namespace cli
