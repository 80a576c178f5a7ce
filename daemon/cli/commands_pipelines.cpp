#include <algorithm>
#include <memory>

#include "command_error.hpp"
#include "commands.hpp"
#include "fields.hpp"
#include "state_text.hpp"
#include "table.hpp"

namespace cli {

namespace {

std::string count_of(json::object const& counts, std::initializer_list<std::string_view> states) {
  std::int64_t sum = 0;
  for (auto const state : states) sum += integer(counts, state).value_or(0);
  return std::to_string(sum);
}

std::string state_of(json::object const& pipeline) {
  auto const state = text(pipeline, "state");
  return state == "live" && !object_at(pipeline, "paused").empty() ? "paused" : state;
}

awaitable<int> list_pipelines(Session& session) {
  auto const answer = co_await session.daemon.get("/api/v1/pipelines");
  if (session.options.json) {
    session.print_json(answer);
    co_return succeeded;
  }
  Table table({{"PIPELINE"},
               {"STATE"},
               {"REV", true},
               {"WAITING", true},
               {"RUNNING", true},
               {"LAST RUN"},
               {"TITLE", false, true}});
  std::string notes;
  for (auto const& value : array_at(answer, "pipelines")) {
    auto const& pipeline = as_object(value);
    auto const& counts = object_at(pipeline, "counts");
    auto const& last = object_at(pipeline, "last_run");
    table.add({text(pipeline, "name"), state_cell(state_of(pipeline), session.terminal), text(pipeline, "revision"),
               count_of(counts, {"queued", "held", "retry_wait"}),
               count_of(counts, {"pulling", "starting", "running", "collecting"}),
               last.empty() ? std::string("-") : text(last, "run_no") + " " + text(last, "state"),
               text(pipeline, "title")});
    if (auto const& hold = object_at(pipeline, "hold"); !hold.empty())
      notes +=
          "\n" + text(pipeline, "name") + " is held: " + text(hold, "explanation") + " " + text(hold, "detail") + "\n";
    if (auto const& paused = object_at(pipeline, "paused"); !paused.empty() && !flag(paused, "all"))
      notes += "\n" + pause_text(pipeline) + "\n";
    if (auto const problems = text(pipeline, "diagnostics"); !problems.empty())
      notes += "\n" + text(pipeline, "file") + " has errors" +
               (text(pipeline, "revision").empty()
                    ? "; nothing is registered from it"
                    : "; revision " + text(pipeline, "revision") + " of " + text(pipeline, "name") + " stays live") +
               ":\n" + problems;
  }
  if (table.empty())
    say("No pipeline is registered. Put a YAML file into " + text(answer, "pipelines_dir") +
        " and it is taken up at once.");
  else
    session.print(table.render(session.terminal));
  session.print(displayed(notes));
  co_return succeeded;
}

struct ResultOptions {
  std::string pipeline;
  int limit = 20;
  bool history = false;
};

bool is_for_people(std::string const& column) {
  for (auto const* const hidden : {"run_id", "pipeline", "state", "revision", "seq", "input_uri", "data_at"})
    if (column == hidden) return false;
  return true;
}

awaitable<int> show_results(Session& session, ResultOptions options) {
  auto const target = pipeline_target(options.pipeline) + "/results?limit=" + std::to_string(options.limit) +
                      (options.history ? "&history=1" : "");
  auto const answer = co_await session.daemon.get(target);
  if (session.options.json) {
    session.print_json(answer);
    co_return succeeded;
  }
  std::vector<std::string> names;
  std::vector<Table::Column> columns;
  for (auto const& name : array_at(answer, "columns")) {
    auto column = as_text(name);
    if (!is_for_people(column)) continue;
    columns.push_back({column, column == "run_no", column == "input_key"});
    names.push_back(std::move(column));
  }
  Table table(columns);
  for (auto const& value : array_at(answer, "rows")) {
    std::vector<Cell> cells;
    for (auto const& name : names) {
      auto const cell = text(as_object(value), name);
      cells.emplace_back(name == "finished_at" ? short_time(cell) : cell);
    }
    table.add(std::move(cells));
  }
  if (table.empty())
    say("Pipeline " + options.pipeline + " has no results yet. See: tidewheel runs --pipeline " + options.pipeline);
  else
    session.print(table.render(session.terminal));
  if (!text(answer, "next").empty()) say("There are more: --limit N, or read " + text(answer, "view") + " with SQL.");
  co_return succeeded;
}

/// `what` is the route's last word.
awaitable<int> set_paused(Session& session, std::string pipeline, bool all, std::string what) {
  if (all != pipeline.empty())
    throw CommandError(usage, "say which pipeline, or --all", "tidewheel " + what + " --help");
  json::object nothing;
  auto target = all ? "/api/v1/" + what : pipeline_target(pipeline) + "/" + what;
  auto const answer = co_await session.daemon.post(std::move(target), std::move(nothing));
  if (session.options.json)
    session.print_json(answer);
  else if (all)
    say(flag(answer, "paused") ? "all pipelines are paused: what comes waits until `tidewheel resume --all`; runs that "
                                 "have started go on"
                               : "pipelines go on, but for those that were paused by themselves");
  else
    say(flag(answer, "paused") ? "pipeline " + pipeline + " is paused: what comes waits until `tidewheel resume " +
                                     pipeline + "`; runs that have started go on"
                               : "pipeline " + pipeline + " goes on");
  co_return succeeded;
}

void add_pause(CLI::App& app, Invocation& invocation, char const* name, char const* summary,
               std::string const& examples) {
  auto* const command = add_command(app, name, summary, examples);
  auto const pipeline = std::make_shared<std::string>();
  auto const all = std::make_shared<bool>(false);
  command->add_option("PIPELINE", *pipeline, "Its name");
  command->add_flag("--all", *all, "All of them, those that come later too");
  command->callback([pipeline, all, name, &invocation] {
    invocation.command = [pipeline, all, name](Session& session) { return set_paused(session, *pipeline, *all, name); };
  });
}

}  // namespace

void add_pipelines(CLI::App& app, Invocation& invocation) {
  auto* const list = add_command(app, "pipelines", "List the pipelines, and what is wrong with their files",
                                 "tidewheel pipelines\ntidewheel pipelines --json");
  list->callback([&invocation] { invocation.command = list_pipelines; });

  auto* const results = add_command(app, "results", "Show what a pipeline's good runs found: one row an item",
                                    "tidewheel results sensor-qc\n"
                                    "tidewheel results sensor-qc --history --limit 100\n"
                                    "tidewheel results sensor-qc --json");
  auto const options = std::make_shared<ResultOptions>();
  results->add_option("PIPELINE", options->pipeline, "Its name")->required();
  results->add_option("--limit", options->limit, "At most so many rows")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  results->add_flag("--history", options->history, "Every good run, not just the newest of each item");
  results->callback([options, &invocation] {
    invocation.command = [options](Session& session) { return show_results(session, *options); };
  });

  add_pause(app, invocation, "pause", "Let nothing of a pipeline start; what comes waits",
            "tidewheel pause sensor-qc\ntidewheel pause --all");
  add_pause(app, invocation, "resume", "Let a paused pipeline go on",
            "tidewheel resume sensor-qc\ntidewheel resume --all");
}

}  // namespace cli
