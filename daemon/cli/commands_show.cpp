#include <memory>

#include "command_error.hpp"
#include "commands.hpp"
#include "core/units.hpp"
#include "core/utf8.hpp"
#include "fields.hpp"
#include "state_text.hpp"
#include "table.hpp"

namespace cli {

namespace {

std::string line(std::string_view name, std::string const& value) {
  if (value.empty()) return {};
  return "  " + std::string(name) + std::string(name.size() < 11 ? 11 - name.size() : 1, ' ') +
         core::to_display(value) + "\n";
}

std::string bytes_text(json::object const& object, std::string_view key) {
  auto const bytes = integer(object, key);
  return bytes ? core::format_bytes(*bytes) : std::string();
}

std::string heading(json::object const& run, Terminal const& terminal) {
  auto const revision = text(run, "revision");
  auto text_of = "Run " + text(run, "run_no") + "  " + state_text(text(run, "state"), terminal) + "  " +
                 core::to_display(text(run, "pipeline")) + (revision.empty() ? "" : ", revision " + revision) + "\n";
  text_of += line("id", text(run, "run_id"));
  text_of += line("why", text(run, "explanation"));
  text_of += line("", text(run, "detail"));
  for (auto const& sentence : array_at(run, "waiting")) text_of += line("waits", as_text(sentence));
  text_of += line("pull", text(run, "progress"));
  text_of +=
      line("trigger", text(run, "trigger") + (text(run, "retry_of").empty() ? "" : " of run " + text(run, "retry_of")));
  if (auto const next = text(run, "replaced_by"); !next.empty()) text_of += line("replaced by", "run " + next);
  for (auto const& value : array_at(run, "inputs")) {
    auto const& input = as_object(value);
    text_of += line("input", path_of(text(input, "uri")));
    auto const hash = text(input, "sha256");
    text_of += line("", bytes_text(input, "size") + (hash.empty() ? "" : ", sha256 " + hash));
  }
  text_of += line("image", text(run, "image"));
  text_of += line("", text(run, "image_digest").empty() ? text(run, "image_id") : text(run, "image_digest"));
  text_of += line("queued", short_time(text(run, "queued_at")));
  text_of += line("started", short_time(text(run, "started_at")));
  auto const took = real(run, "duration_s");
  text_of += line("finished", short_time(text(run, "finished_at")) + (took ? ", took " + for_people(*took) : ""));
  text_of += line("exit code", text(run, "exit_code"));
  text_of +=
      line("memory", bytes_text(run, "max_rss_bytes").empty() ? "" : bytes_text(run, "max_rss_bytes") + " at most");
  if (auto const cpu = real(run, "cpu_s")) text_of += line("cpu", for_people(*cpu));
  if (auto const pinned = text(run, "pinned_at"); !pinned.empty())
    text_of += line("pinned", short_time(pinned) + " by " + text(run, "pinned_by"));
  if (auto const removed = text(run, "log_removed_at"); !removed.empty())
    text_of += line("log", "removed by retention, " + short_time(removed));
  if (flag(run, "oom_killed")) text_of += line("killed", "for using more memory than it may");
  if (flag(run, "input_drifted"))
    text_of += line("note", "the input changed while the run read it; the new version gets a run of its own");
  for (auto const& value : array_at(run, "attempt_list"))
    if (auto const& attempt = as_object(value); flag(attempt, "log_suspect"))
      text_of += line("note", "the engine was away when attempt " + text(attempt, "attempt") +
                                  " ended, so its log may lack the last lines");
  return text_of;
}

std::string section(char const* title, Table const& table, Terminal const& terminal) {
  return table.empty() ? std::string() : std::string("\n") + title + "\n" + table.render(terminal);
}

std::string attempts(json::object const& run, Terminal const& terminal) {
  Table table({{"#", true},
               {"STEP"},
               {"OUTCOME"},
               {"EXIT", true},
               {"STARTED (UTC)"},
               {"WHY", false, true},
               {"CONTAINER", false, true}});
  for (auto const& value : array_at(run, "attempt_list")) {
    auto const& attempt = as_object(value);
    auto const outcome = text(attempt, "outcome");
    table.add({text(attempt, "attempt"), text(attempt, "step"),
               outcome.empty() ? Cell("") : state_cell(outcome, terminal),
               text(attempt, "exit_code").empty() ? text(attempt, "signal") : text(attempt, "exit_code"),
               short_time(text(attempt, "started_at")),
               text(attempt, "detail").empty() ? text(attempt, "reason") : text(attempt, "detail"),
               text(attempt, "container_name")});
  }
  return section("Attempts", table, terminal);
}

std::string stages(json::object const& run, Terminal const& terminal) {
  Table table({{"STAGE"}, {"#", true}, {"BEGAN (UTC)"}, {"TOOK", true}});
  for (auto const& value : array_at(run, "stages")) {
    auto const& stage = as_object(value);
    auto const took = real(stage, "duration_s");
    table.add({text(stage, "stage"), text(stage, "attempt"), short_time(text(stage, "began_at")),
               took ? for_people(*took) : "goes on"});
  }
  return section("Stages", table, terminal);
}

std::string values(json::object const& run, Terminal const& terminal) {
  Table params({{"PARAMETER"}, {"VALUE", false, true}, {"FROM"}});
  for (auto const& value : array_at(run, "params")) {
    auto const& param = as_object(value);
    params.add({text(param, "name"), text(param, "value"), text(param, "origin")});
  }
  Table outputs({{"OUTPUT"}, {"VALUE", false, true}, {"UNIT"}});
  for (auto const& value : array_at(run, "outputs")) {
    auto const& output = as_object(value);
    outputs.add({text(output, "name"), text(output, "value"), text(output, "unit")});
  }
  Table files({{"ARTIFACT", false, true}, {"ROLE"}, {"SIZE", true}, {"PATH", false, true}});
  for (auto const& value : array_at(run, "artifacts")) {
    auto const& file = as_object(value);
    files.add({text(file, "name"), text(file, "role"), bytes_text(file, "size"), text(file, "path")});
  }
  return section("Parameters", params, terminal) + section("Outputs", outputs, terminal) +
         section(text(run, "artifacts_removed_at").empty() ? "Artifacts" : "Artifacts, removed by retention", files,
                 terminal);
}

awaitable<int> show(Session& session, std::string run) {
  auto const answer = co_await session.daemon.get(run_target(run));
  if (session.options.json) {
    session.print_json(answer);
    co_return succeeded;
  }
  session.print(heading(answer, session.terminal) + values(answer, session.terminal) +
                attempts(answer, session.terminal) + stages(answer, session.terminal));
  auto const no = text(answer, "run_no");
  auto const log = array_at(answer, "attempts").empty() ? std::string() : "Log: tidewheel logs " + no + "   ";
  say(log + (has_ended(text(answer, "state")) ? "Again: tidewheel retry " : "Stop it: tidewheel cancel ") + no);
  co_return succeeded;
}

}  // namespace

void add_show(CLI::App& app, Invocation& invocation) {
  auto* const command =
      add_command(app, "show", "Show all about one run: state and why, input, image, outputs, attempts, timings",
                  "tidewheel show 42\ntidewheel show 01K9ZB6X4M8QWERTY0ASDFGHJK --json");
  auto const run = std::make_shared<std::string>();
  command->add_option("RUN", *run, "Its number or id")->required();
  command->callback(
      [run, &invocation] { invocation.command = [run](Session& session) { return show(session, *run); }; });
}

}  // namespace cli
