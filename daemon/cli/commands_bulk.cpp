#include "commands_bulk.hpp"

#include <unistd.h>

#include <map>

#include "command_error.hpp"
#include "core/time.hpp"
#include "core/ulid.hpp"
#include "fields.hpp"
#include "table.hpp"

namespace cli {

namespace {

/// So many runs are asked for at a time: between two answers the progress is shown.
constexpr int runs_a_request = 1000;
constexpr std::size_t most_listed = 20;

std::string counted(std::int64_t count, std::string const& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

/// What all answers say together.
struct Sum {
  std::int64_t runs = 0;
  std::map<std::string, std::int64_t> pipelines, left_out;
  json::array list;
  std::string next;

  void add(json::object const& answer) {
    runs += integer(answer, "runs").value_or(0);
    for (auto const& entry : object_at(answer, "pipelines"))
      pipelines[entry.key()] += entry.value().to_number<std::int64_t>();
    for (auto const& entry : object_at(answer, "left_out"))
      left_out[entry.key()] += entry.value().to_number<std::int64_t>();
    for (auto const& entry : array_at(answer, "list"))
      if (list.size() < 100) list.push_back(entry);
    next = text(answer, "next");
  }

  [[nodiscard]] json::object to_json(bool dry_run) const {
    json::object object;
    object["dry_run"] = dry_run;
    object["runs"] = runs;
    json::object by_pipeline;
    for (auto const& [name, count] : pipelines) by_pipeline[name] = count;
    object["pipelines"] = std::move(by_pipeline);
    json::object reasons;
    for (auto const& [name, count] : left_out) reasons[name] = count;
    object["left_out"] = std::move(reasons);
    object["list"] = list;
    object["complete"] = true;
    return object;
  }
};

/// Why some were left out, for people.
std::string reason_text(std::string const& reason) {
  if (reason == "not_ended") return "have not ended";
  if (reason == "repeated_already") return "have been repeated already";
  if (reason == "newer_data") return "were on data that has a newer version with a run of its own";
  if (reason == "pipeline_retired") return "are of a retired pipeline";
  if (reason == "handled") return "have been handled";
  return reason;
}

void show(Session& session, BulkCommand const& command, Sum const& sum) {
  if (sum.runs > 0) {
    Table table({{"PIPELINE"}, {"INPUT", false, true}, {"OF", true}, {"RUN", true}});
    std::size_t shown = 0;
    for (auto const& value : sum.list) {
      if (shown++ == most_listed) break;
      auto const& row = as_object(value);
      table.add({text(row, "pipeline"), text(row, "key"), text(row, "of"), text(row, "run_no")});
    }
    session.print(table.render(session.terminal));
    if (static_cast<std::size_t>(sum.runs) > most_listed)
      session.print("… and " + std::to_string(sum.runs - static_cast<std::int64_t>(most_listed)) + " more\n");
  }
  auto line = (command.dry_run ? "would " + command.verb : command.past) + " " +
              counted(sum.runs, command.backfill ? "item" : "run");
  if (sum.pipelines.size() > 1)
    line += " of " + counted(static_cast<std::int64_t>(sum.pipelines.size()), "pipeline");
  else if (!sum.pipelines.empty())
    line += " of " + sum.pipelines.begin()->first;
  session.print(line + "\n");
  for (auto const& [reason, count] : sum.left_out)
    say("left out: " + std::to_string(count) + " that " + reason_text(reason));
}

}  // namespace

awaitable<int> run_bulk(Session& session, BulkCommand command) {
  bool const tells = ::isatty(STDERR_FILENO) == 1 && !session.options.json;
  // Each request has a key of its own, so that an answer that was lost on its way can be asked for again.
  auto const key = core::make_ulid(core::SystemClock().wall());
  Sum sum;
  int requests = 0;
  do {
    auto body = command.body;
    body["dry_run"] = command.dry_run;
    body["limit"] = runs_a_request;
    if (!sum.next.empty()) body["after"] = sum.next;
    auto target = command.target;
    auto once = command.dry_run ? std::string() : key + "-" + std::to_string(++requests);
    auto const answer = co_await session.daemon.post(std::move(target), std::move(body), std::move(once));
    sum.add(answer);
    if (tells && !sum.next.empty()) say(counted(sum.runs, "run") + " so far");
  } while (!sum.next.empty());
  if (session.options.json)
    session.print_json(sum.to_json(command.dry_run));
  else
    show(session, command, sum);
  co_return succeeded;
}

}  // namespace cli
