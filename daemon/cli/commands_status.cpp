#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "command_error.hpp"
#include "commands.hpp"
#include "core/units.hpp"
#include "fields.hpp"
#include "state_text.hpp"
#include "table.hpp"

namespace cli {

namespace {

std::string headline(json::object const& status) {
  auto const& engine = object_at(status, "engine");
  auto const& limits = object_at(status, "limits");
  std::string text_of = "tidewheeld " + text(status, "version") + ", instance " + text(status, "instance") + "\n";
  auto const& obstacle = object_at(status, "obstacle");
  if (!obstacle.empty())
    text_of += "NOTHING STARTS: " + text(obstacle, "detail") + "\n  " + text(obstacle, "explanation") + "\n";
  else if (!text(engine, "engine_version").empty())
    text_of += "engine  Docker " + text(engine, "engine_version") + ", API " + text(engine, "api_version") + ", " +
               text(engine, "os_arch") + "\n";
  auto const& paused = object_at(status, "paused");
  if (!paused.empty())
    text_of += "PAUSED by " + text(paused, "by") + " since " + short_time(text(paused, "at")) +
               ": nothing starts until `tidewheel resume --all`\n";
  text_of += "runs    " + text(status, "active") + " of " + text(limits, "runs") + " active, " +
             text(status, "waiting") + " waiting" + (flag(status, "idle") ? "; idle" : "") + "\n";
  return text_of;
}

std::string counts_line(json::object const& counts, Terminal const& terminal) {
  std::string line;
  for (auto const& entry : counts)
    if (as_text(entry.value()) != "0")
      line += (line.empty() ? "" : ",  ") + as_text(entry.value()) + " " + state_cell(entry.key(), terminal).text;
  return line.empty() ? "" : "totals  " + line + "\n";
}

std::string held_runs(json::object const& status) {
  std::string lines;
  for (auto const& value : array_at(status, "held")) {
    auto const& held = as_object(value);
    auto const first = text(held, "first_run_no");
    auto const others = text(held, "runs") == "1" ? "" : " (and others, " + text(held, "runs") + " in all)";
    lines += "  run " + first + others + " is held: " + text(held, "explanation");
    if (!text(held, "detail").empty()) lines += "\n    " + text(held, "detail");
    lines += "\n    tidewheel why " + first + "\n";
  }
  return lines;
}

/// "1204, 2 missed": push hints, and the changes of the last day that came without one.
std::string hints_cell(json::object const& hints) {
  auto const received = text(hints, "received");
  if (received.empty() || received == "0") return "";
  return received + (text(hints, "misses") == "0" ? "" : ", " + text(hints, "misses") + " missed");
}

std::string sources(json::object const& status, Terminal const& terminal) {
  Table table({{"SOURCE", false, true},
               {"STATE"},
               {"FILES", true},
               {"FOLDERS", true},
               {"SETTLING", true},
               {"UNREADABLE", true},
               {"HINTS", true},
               {"WHY", false, true}});
  for (auto const& value : array_at(status, "sources")) {
    auto const& source = as_object(value);
    auto const& hints = object_at(source, "hints");
    bool const calm = text(source, "state") == "watching" && text(hints, "warning").empty();
    table.add({path_of(text(source, "uri")), state_cell(text(source, "state"), terminal), text(source, "items"),
               text(source, "directories"), text(source, "settling"), text(source, "unreadable"), hints_cell(hints),
               calm ? "" : text(source, "reason")});
  }
  return table.empty() ? "No folder is watched.\n" : "\n" + table.render(terminal);
}

/// "1234" of 0.005 dollars for a thousand, which is what AWS takes for LIST.
std::string dollars(std::string const& lists) {
  double const price = std::strtod(lists.c_str(), nullptr) * 0.005 / 1000;
  std::array<char, 32> digits;
  std::snprintf(digits.data(), digits.size(), "%.*f", price < 1 ? 4 : 2, price);
  return digits.data();
}

std::string buckets(json::object const& status, Terminal const& terminal) {
  Table table({{"BUCKET", false, true},
               {"KNOWN UP TO"},
               {"OBJECTS MISSING", true},
               {"LISTS OF A PASS", true},
               {"LISTS A DAY", true},
               {"$ A DAY*", true}});
  for (auto const& value : array_at(status, "sources")) {
    auto const& source = as_object(value);
    if (text(source, "kind") != "s3") continue;
    auto const lag = std::chrono::seconds(std::strtoll(text(source, "lag_ms").c_str(), nullptr, 10) / 1000);
    auto const known =
        text(source, "lag_ms").empty() ? std::string("not listed yet") : core::format_duration(lag) + " ago";
    table.add({path_of(text(source, "uri")), known, text(source, "missing"), text(source, "pass_lists"),
               text(source, "lists_per_day"), dollars(text(source, "lists_per_day"))});
  }
  return table.empty() ? "" : "\n" + table.render(terminal) + "* at AWS's 0.005 for a thousand LISTs\n";
}

std::string pipelines(json::object const& status) {
  auto const& all = object_at(status, "pipelines");
  std::string text_of = "\npipelines  " + text(all, "live") + " live";
  for (auto const* const state : {"disabled", "retired"})
    if (text(all, state) != "0" && !text(all, state).empty()) text_of += ", " + text(all, state) + " " + state;
  text_of += "\n";
  for (auto const& value : array_at(all, "held")) {
    auto const& held = as_object(value);
    text_of += "  " + text(held, "name") + " is held: " + text(object_at(held, "hold"), "detail") + "\n";
  }
  for (auto const& value : array_at(all, "paused")) text_of += "  " + pause_text(as_object(value)) + "\n";
  for (auto const& value : array_at(all, "invalid"))
    text_of += "  " + text(as_object(value), "file") + " has errors: see tidewheel pipelines\n";
  return text_of;
}

awaitable<int> show_status(Session& session) {
  auto const status = co_await session.daemon.get("/api/v1/status");
  if (session.options.json) {
    session.print_json(status);
    co_return succeeded;
  }
  session.print(displayed(headline(status) + counts_line(object_at(status, "counts"), session.terminal)));
  session.print(displayed(held_runs(status)));
  session.print(sources(status, session.terminal));
  session.print(buckets(status, session.terminal));
  session.print(displayed(pipelines(status)));
  co_return succeeded;
}

}  // namespace

void add_status(CLI::App& app, Invocation& invocation) {
  auto* const command = add_command(app, "status", "Say how the daemon is: engine, sources, queue, pipelines",
                                    "tidewheel status\ntidewheel status --json");
  command->callback([&invocation] { invocation.command = show_status; });
}

}  // namespace cli
