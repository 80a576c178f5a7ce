#include <memory>

#include "command_error.hpp"
#include "commands.hpp"
#include "core/units.hpp"
#include "fields.hpp"
#include "table.hpp"

namespace cli {

namespace {

constexpr std::size_t most_listed = 20;

std::string bytes_of(json::object const& object, std::string_view key) {
  return core::format_bytes(integer(object, key).value_or(0));
}

std::string age_text(json::object const& rules, std::string_view key) {
  auto const seconds = real(rules, key);
  return seconds ? core::format_duration(std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1000)))
                 : std::string("never");
}

void show_sum(Session& session, json::object const& answer, std::string const& what, std::string_view rule) {
  auto const& sum = object_at(answer, what);
  auto const& kept = object_at(sum, "kept");
  std::string line = (flag(answer, "dry_run") ? "would remove the " : "removed the ") + what + " of " +
                     text(sum, "runs") + " runs, " + bytes_of(sum, "bytes") + "  (retention." + what + ": " +
                     age_text(object_at(answer, "rules"), rule) + ")\n";
  auto const kept_for = [&kept, &line](std::string_view key, std::string const& why) {
    if (integer(kept, key).value_or(0) > 0) line += "  kept for " + text(kept, key) + " " + why + "\n";
  };
  kept_for("pinned", "pinned runs");
  kept_for("newest", "runs that are of the newest good ones of their pipelines (retention.keep_last)");
  session.print(line);
}

void show_images(Session& session, json::object const& answer) {
  std::size_t gone = 0;
  std::string lines;
  for (auto const& value : array_at(answer, "images")) {
    auto const& image = as_object(value);
    auto const kept = text(image, "kept");
    gone += kept.empty() ? 1 : 0;
    lines += "  " + text(image, "reference") + ", last used " + short_time(text(image, "used_at")) +
             (kept.empty() ? "" : ", stays: " + kept) + "\n";
  }
  session.print((flag(answer, "dry_run") ? "would remove " : "removed ") + std::to_string(gone) +
                " images that were pulled here and are not needed  (retention.images: " +
                age_text(object_at(answer, "rules"), "images_s") + ")\n" + lines);
}

awaitable<int> collect(Session& session, bool dry_run) {
  json::object body;
  body["dry_run"] = dry_run;
  auto const answer = co_await session.daemon.post("/api/v1/gc", std::move(body));
  if (session.options.json) {
    session.print_json(answer);
    co_return succeeded;
  }
  Table table({{"RUN", true}, {"PIPELINE"}, {"WHAT"}, {"SIZE", true}, {"FINISHED"}, {"WHY"}});
  std::size_t shown = 0;
  auto const& list = array_at(answer, "list");
  for (auto const& value : list) {
    if (shown++ == most_listed) break;
    auto const& row = as_object(value);
    table.add({text(row, "run_no"), text(row, "pipeline"), text(row, "what"), bytes_of(row, "bytes"),
               short_time(text(row, "finished_at")), text(row, "why") == "age" ? "old enough" : "the disk is low"});
  }
  if (!table.empty()) session.print(table.render(session.terminal));
  if (list.size() > most_listed) session.print("…\n");
  show_sum(session, answer, "logs", "logs_s");
  show_sum(session, answer, "artifacts", "artifacts_s");
  show_images(session, answer);
  if (integer(answer, "free_bytes")) session.print(bytes_of(answer, "free_bytes") + " free\n");
  co_return succeeded;
}

awaitable<int> set_pin(Session& session, std::string run, bool pinned) {
  json::object body;
  auto const answer = co_await session.daemon.post(run_target(run) + (pinned ? "/pin" : "/unpin"), std::move(body));
  auto const log = text(answer, "log_removed_at");
  auto const artifacts = text(answer, "artifacts_removed_at");
  if (session.options.json)
    session.print_json(answer);
  else
    session.print("run " + run +
                  (pinned ? " is pinned: its log and artifacts stay\n" : " is no longer pinned: retention counts\n"));
  if (pinned && !log.empty()) say("Its log is gone already, since " + short_time(log));
  if (pinned && !artifacts.empty()) say("Its artifacts are gone already, since " + short_time(artifacts));
  co_return succeeded;
}

void add_pin_command(CLI::App& app, Invocation& invocation, bool pinned) {
  auto* const command =
      pinned ? add_command(app, "pin", "Keep a run's log and artifacts whatever their age", "tidewheel pin 42")
             : add_command(app, "unpin", "Let retention count for a run again", "tidewheel unpin 42");
  auto const run = std::make_shared<std::string>();
  command->add_option("RUN", *run, "Its number or id")->required();
  command->callback([run, &invocation, pinned] {
    invocation.command = [run, pinned](Session& session) { return set_pin(session, *run, pinned); };
  });
}

}  // namespace

void add_retention(CLI::App& app, Invocation& invocation) {
  auto* const gc = add_command(app, "gc", "Remove the logs, artifacts and images that `retention` no longer keeps, now",
                               "tidewheel gc --dry-run\n"
                               "tidewheel gc --json | jq .artifacts.bytes");
  auto const dry_run = std::make_shared<bool>(false);
  gc->add_flag("-n,--dry-run", *dry_run, "Only show what that is, and why the rest stays");
  gc->callback([dry_run, &invocation] {
    invocation.command = [dry_run](Session& session) { return collect(session, *dry_run); };
  });
  add_pin_command(app, invocation, true);
  add_pin_command(app, invocation, false);
}

}  // namespace cli
