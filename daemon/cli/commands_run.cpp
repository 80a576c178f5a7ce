#include <filesystem>
#include <memory>

#include "command_error.hpp"
#include "commands.hpp"
#include "commands_bulk.hpp"
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

/// Which runs are meant, where it is not one by its number.
struct Filter {
  std::string run, pipeline, state, query, since;
  bool all = false, dry_run = false, follow = false;

  [[nodiscard]] bool is_empty() const {
    return pipeline.empty() && state.empty() && query.empty() && since.empty() && !all;
  }
  [[nodiscard]] json::object body() const {
    json::object object;
    auto words = query;
    if (!since.empty()) words += (words.empty() ? "since:" : " since:") + since;
    if (!words.empty()) object["q"] = words;
    if (!pipeline.empty()) object["pipeline"] = pipeline;
    if (!state.empty()) object["state"] = state;
    if (all) object["all"] = true;
    return object;
  }
};

awaitable<int> repeat(Session& session, std::string how, Filter filter) {
  bool const one = !filter.run.empty();
  if (one && filter.dry_run)
    throw CommandError(usage, "--dry-run is for filters: of one run it is known what " + how + " does",
                       "tidewheel show " + filter.run);
  if (one && !filter.is_empty())
    throw CommandError(usage, "say which run, or a filter, not both", "tidewheel " + how + " --help");
  if (one) co_return co_await repeat_run(session, filter.run, how, filter.follow);
  if (filter.is_empty())
    throw CommandError(usage, "say which runs are meant",
                       "tidewheel " + how + " 42, or --pipeline NAME, --state STATE, --since 3d, --query FILTER; " +
                           "--all means all of them");
  if (filter.follow) throw CommandError(usage, "--follow is for one run", "tidewheel " + how + " 42 --follow");
  BulkCommand command;
  command.verb = how;
  command.past = how == "retry" ? "retried" : "reran";
  command.target = "/api/v1/runs/" + how;
  command.body = filter.body();
  command.dry_run = filter.dry_run;
  co_return co_await run_bulk(session, std::move(command));
}

void add_repeat(CLI::App& app, Invocation& invocation, char const* name, char const* summary,
                std::string const& examples) {
  auto* const command = add_command(app, name, summary, examples);
  auto const filter = std::make_shared<Filter>();
  command->add_option("RUN", filter->run, "Its number or id");
  command->add_flag("-f,--follow", filter->follow, "Show its states and its log until it has ended");
  command->add_option("--pipeline", filter->pipeline, "All runs of this pipeline")->type_name("NAME");
  command->add_option("--state", filter->state, "All that ended in this state")->type_name("STATE");
  command->add_option("--since", filter->since, "All that were queued since: 3d, 2026-11-01")->type_name("TIME");
  command->add_option("-q,--query", filter->query, "All that this filter finds; docs/api.md has its words")
      ->type_name("FILTER");
  command->add_flag("--all", filter->all, "All there are");
  command->add_flag("-n,--dry-run", filter->dry_run, "Only show which those are");
  command->callback([filter, &invocation, how = std::string(name)] {
    invocation.command = [filter, how](Session& session) { return repeat(session, how, *filter); };
  });
}

awaitable<int> backfill(Session& session, Filter filter) {
  BulkCommand command;
  command.verb = "backfill";
  command.past = "backfilled";
  command.backfill = true;
  command.target = pipeline_target(filter.pipeline) + "/backfill";
  if (!filter.since.empty()) command.body["since"] = filter.since;
  command.dry_run = filter.dry_run;
  co_return co_await run_bulk(session, std::move(command));
}

void add_backfill(CLI::App& app, Invocation& invocation) {
  auto* const command = add_command(app, "backfill", "Run a pipeline on everything that is there and was never run",
                                    "tidewheel backfill sensor-qc --dry-run\n"
                                    "tidewheel backfill sensor-qc --since 2026-11-01");
  auto const filter = std::make_shared<Filter>();
  command->add_option("PIPELINE", filter->pipeline, "Its name")->required();
  command->add_option("--since", filter->since, "Only what was last written since: 30d, 2026-11-01")->type_name("TIME");
  command->add_flag("-n,--dry-run", filter->dry_run, "Only show what that is");
  command->callback([filter, &invocation] {
    invocation.command = [filter](Session& session) { return backfill(session, *filter); };
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
             "tidewheel retry 42 --follow\n"
             "tidewheel retry --pipeline sensor-qc --state failed --since 3d --dry-run\n"
             "tidewheel retry --query 'reason:timeout since:24h'");
  add_repeat(app, invocation, "rerun", "Run it again: same input, same parameters, the pipeline as it is now",
             "tidewheel rerun 42 --follow\n"
             "tidewheel rerun --pipeline sensor-qc --state succeeded --since 30d --dry-run");
  add_backfill(app, invocation);
}

}  // namespace cli
