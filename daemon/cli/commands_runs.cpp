#include <memory>

#include "command_error.hpp"
#include "commands.hpp"
#include "core/uri.hpp"
#include "domain/nearest.hpp"
#include "domain/run_state.hpp"
#include "fields.hpp"
#include "state_text.hpp"
#include "table.hpp"

namespace cli {

namespace {

struct Options {
  std::string pipeline, state, query;
  int limit = 20;
};

constexpr int last_state = static_cast<int>(domain::RunState::skipped);

std::vector<std::string> state_names() {
  std::vector<std::string> names;
  for (int i = 0; i <= last_state; ++i) names.emplace_back(domain::to_string(static_cast<domain::RunState>(i)));
  return names;
}

std::string query_of(Options const& options) {
  std::string query = "?limit=" + std::to_string(options.limit);
  if (!options.pipeline.empty()) query += "&pipeline=" + core::percent_encode(options.pipeline);
  if (!options.state.empty()) query += "&state=" + core::percent_encode(options.state);
  if (!options.query.empty()) query += "&q=" + core::percent_encode(options.query);
  return query;
}

/// A search that gave up for now is gone on with until there are enough, or no more.
awaitable<json::object> find_runs(Session& session, Options options) {
  json::object all;
  json::array runs;
  for (std::string before;;) {
    auto target = "/api/v1/runs" + query_of(options) + (before.empty() ? "" : "&before=" + before);
    all = co_await session.daemon.get(std::move(target));
    for (auto const& run : array_at(all, "runs")) runs.push_back(run);
    before = text(all, "next");
    options.limit -= static_cast<int>(array_at(all, "runs").size());
    if (before.empty() || options.limit <= 0 || flag(all, "complete") || !all.contains("complete")) break;
  }
  all["runs"] = std::move(runs);
  co_return all;
}

void check_state(std::string const& state) {
  if (state.empty() || domain::parse_run_state(state)) return;
  auto const names = state_names();
  std::string all;
  for (auto const& name : names) all += (all.empty() ? "" : ", ") + name;
  auto const guess = domain::did_you_mean(state, names);
  throw CommandError(usage, "there is no state '" + state + "'", guess.empty() ? "states: " + all : guess);
}

awaitable<int> list_runs(Session& session, Options options) {
  check_state(options.state);
  auto const answer = co_await find_runs(session, options);
  if (session.options.json) {
    session.print_json(answer);
    co_return succeeded;
  }
  Table table({{"RUN", true},
               {"STATE"},
               {"PIPELINE"},
               {"INPUT", false, true},
               {"QUEUED (UTC)"},
               {"TOOK", true},
               {"WHY", false, true}});
  for (auto const& value : array_at(answer, "runs")) {
    auto const& run = as_object(value);
    auto const took = real(run, "duration_s");
    auto const reason = text(run, "reason");
    auto const detail = text(run, "detail");
    table.add({text(run, "run_no"), state_cell(text(run, "state"), session.terminal), text(run, "pipeline"),
               text(object_at(run, "input"), "key"), short_time(text(run, "queued_at")), took ? for_people(*took) : "",
               detail.empty() ? (reason == "none" || reason == "exit_zero" ? "" : reason) : detail});
  }
  if (table.empty())
    say("There are no such runs.");
  else
    session.print(table.render(session.terminal));
  if (!text(answer, "next").empty()) say("There are more: --limit N");
  co_return succeeded;
}

}  // namespace

void add_runs(CLI::App& app, Invocation& invocation) {
  auto* const command = add_command(app, "runs", "List runs, newest first",
                                    "tidewheel runs\n"
                                    "tidewheel runs --pipeline sensor-qc --state failed\n"
                                    "tidewheel runs --query 'out.outliers>50 since:24h -trigger:manual'\n"
                                    "tidewheel runs --limit 200 --json");
  auto const options = std::make_shared<Options>();
  command->add_option("--pipeline", options->pipeline, "Only runs of this pipeline")->type_name("NAME");
  command->add_option("--state", options->state, "Only runs in this state")->type_name("STATE");
  command->add_option("-q,--query", options->query, "Only runs that this filter finds; docs/api.md has its words")
      ->type_name("FILTER");
  command->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, 1000))->capture_default_str();
  command->callback([options, &invocation] {
    invocation.command = [options](Session& session) { return list_runs(session, *options); };
  });
}

}  // namespace cli
