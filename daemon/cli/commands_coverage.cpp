#include <memory>

#include "command_error.hpp"
#include "commands.hpp"
#include "core/uri.hpp"
#include "fields.hpp"
#include "state_text.hpp"
#include "table.hpp"

namespace cli {

namespace {

struct Options {
  std::string since, pipeline;
};

std::string target_of(Options const& options) {
  std::string target = "/api/v1/coverage?";
  if (!options.since.empty()) target += "since=" + core::percent_encode(options.since) + "&";
  if (!options.pipeline.empty()) target += "pipeline=" + core::percent_encode(options.pipeline);
  return target;
}

std::string unresolved_of(json::object const& answer, Terminal const& terminal) {
  Table table({{"STATE"}, {"PIPELINE"}, {"ITEM", false, true}, {"RUN", true}, {"WHY", false, true}});
  for (auto const& value : array_at(answer, "unresolved")) {
    auto const& item = as_object(value);
    auto const state = text(item, "run_state");
    table.add({state_cell(state.empty() ? text(item, "state") : state, terminal), text(item, "pipeline"),
               path_of(text(item, "uri")), text(item, "run_no"),
               text(item, "reason") == "none" ? "" : text(item, "reason")});
  }
  return table.empty() ? std::string() : "\n" + table.render(terminal);
}

/// Exit code 1 while anything is unresolved, for cron and monitoring.
awaitable<int> show_coverage(Session& session, Options options) {
  auto const answer = co_await session.daemon.get(target_of(options));
  auto const failed = integer(answer, "failed").value_or(0);
  auto const waiting = integer(answer, "waiting").value_or(0);
  auto const status = failed + waiting == 0 ? succeeded : run_failed;
  if (session.options.json) {
    session.print_json(answer);
    co_return status;
  }
  auto const since = text(answer, "since_at");
  std::string line = text(answer, "seen") + " seen" + (since.empty() ? "" : " since " + short_time(since)) + " = ";
  line += text(answer, "succeeded") + " succeeded + " + std::to_string(failed) + " failed + " +
          std::to_string(waiting) + " waiting + " + text(answer, "existing") + " existing before + " +
          text(answer, "ignored") + " ignored\n";
  session.print(line + unresolved_of(answer, session.terminal));
  if (!flag(answer, "complete")) say("There are more: `tidewheel runs --state failed` lists those that failed.");
  co_return status;
}

}  // namespace

void add_coverage(CLI::App& app, Invocation& invocation) {
  auto* const command =
      add_command(app, "coverage", "Say what became of everything seen; 1 while anything is unresolved",
                  "tidewheel coverage\n"
                  "tidewheel coverage --since 1d || mail -s 'data unhandled' ops\n"
                  "tidewheel coverage --pipeline sensor-qc --since 2026-11-01");
  auto const options = std::make_shared<Options>();
  command->add_option("--since", options->since, "Only what was seen since: 24h, 7d, 2026-11-01");
  command->add_option("--pipeline", options->pipeline, "Only what this pipeline decided about");
  command->callback([options, &invocation] {
    invocation.command = [options](Session& session) { return show_coverage(session, *options); };
  });
}

}  // namespace cli
