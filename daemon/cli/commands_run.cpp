#include <filesystem>
#include <memory>

#include "command_error.hpp"
#include "commands.hpp"
#include "core/utf8.hpp"
#include "fields.hpp"
#include "follow.hpp"
#include "input_path.hpp"
#include "state_text.hpp"

namespace cli {

namespace {

struct Options {
  std::string pipeline, input;
  std::vector<std::string> params;
  bool follow = false;
};

json::object params_of(std::vector<std::string> const& words) {
  json::object params;
  for (auto const& word : words) {
    auto const equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      throw CommandError(usage, "a parameter is given as NAME=VALUE, not as '" + word + "'",
                         "for example: -p threshold=3");
    if (!core::is_utf8(word)) throw CommandError(usage, "a parameter must be UTF-8 text: '" + word + "'");
    params[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return params;
}

awaitable<int> announce(Session& session, json::object answer, bool follow) {
  auto const no = text(answer, "run_no");
  if (follow) {
    say("run " + no + " of " + text(answer, "pipeline"));
    co_return co_await follow_run(session, no);
  }
  if (session.options.json)
    session.print_json(answer);
  else
    session.print("run " + no + "\n");
  say("Watch it: tidewheel logs -f " + no + "   All about it: tidewheel show " + no);
  co_return succeeded;
}

awaitable<int> start_run(Session& session, Options options) {
  json::object body;
  if (!options.input.empty()) {
    auto const path = absolute_input(options.input);
    std::error_code error;
    bool const here = path.starts_with("s3://") || std::filesystem::exists(path, error);
    if (!here && error != std::errc::permission_denied)
      throw CommandError(no_input, "there is no file " + path,
                         "the path is taken from the current folder unless it starts with /");
    put_path(body, "input", path);
  }
  body["params"] = params_of(options.params);
  auto answer = co_await session.daemon.post(pipeline_target(options.pipeline) + "/runs", std::move(body));
  co_return co_await announce(session, std::move(answer), options.follow);
}

awaitable<int> repeat_run(Session& session, std::string run, std::string how, bool follow) {
  json::object body;
  auto answer = co_await session.daemon.post(run_target(run) + "/" + how, std::move(body));
  co_return co_await announce(session, std::move(answer), follow);
}

awaitable<int> cancel_run(Session& session, std::string run) {
  json::object body;
  auto const answer = co_await session.daemon.post(run_target(run) + "/cancel", std::move(body));
  auto const state = text(answer, "state");
  if (session.options.json)
    session.print_json(answer);
  else if (state == "cancelled")
    session.print("run " + run + " is cancelled\n");
  else if (has_ended(state))
    session.print("run " + run + " had ended already: " + state_text(state, session.terminal) + "\n");
  else
    session.print("run " + run + " is being stopped; it ends within the pipeline's stop_grace_period\n");
  co_return succeeded;
}

void add_repeat(CLI::App& app, Invocation& invocation, char const* name, char const* summary,
                std::string const& examples) {
  auto* const command = add_command(app, name, summary, examples);
  auto const options = std::make_shared<Options>();
  command->add_option("RUN", options->input, "Its number or id")->required();
  command->add_flag("-f,--follow", options->follow, "Show its states and its log until it has ended");
  command->callback([options, &invocation, how = std::string(name)] {
    invocation.command = [options, how](Session& session) {
      return repeat_run(session, options->input, how, options->follow);
    };
  });
}

}  // namespace

void add_run(CLI::App& app, Invocation& invocation) {
  auto* const run = add_command(app, "run", "Run a pipeline now, on one of its files",
                                "tidewheel run sensor-qc --input /srv/data/sensors/a.csv\n"
                                "tidewheel run sensor-qc --input a.csv -p threshold=3 -p label=test --follow");
  auto const options = std::make_shared<Options>();
  run->add_option("PIPELINE", options->pipeline, "Its name")->required();
  run->add_option("-i,--input", options->input, "A file below a path that the pipeline watches")->type_name("FILE");
  run->add_option("-p,--param", options->params, "A parameter, instead of its default")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  run->add_flag("-f,--follow", options->follow,
                "Show its states and its log until it has ended; exit 0 if it succeeded");
  run->callback([options, &invocation] {
    invocation.command = [options](Session& session) { return start_run(session, *options); };
  });

  auto* const cancel = add_command(app, "cancel", "Stop a run", "tidewheel cancel 42");
  auto const cancelled = std::make_shared<std::string>();
  cancel->add_option("RUN", *cancelled, "Its number or id")->required();
  cancel->callback([cancelled, &invocation] {
    invocation.command = [cancelled](Session& session) { return cancel_run(session, *cancelled); };
  });

  add_repeat(app, invocation, "retry", "Run it again: same input, same parameters, the same revision of the pipeline",
             "tidewheel retry 42\ntidewheel retry 42 --follow");
  add_repeat(app, invocation, "rerun", "Run it again: same input, same parameters, the pipeline as it is now",
             "tidewheel rerun 42\ntidewheel rerun 42 --follow");
}

}  // namespace cli
