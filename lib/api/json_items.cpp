#include "api/json.hpp"
#include "core/uri.hpp"
#include "core/utf8.hpp"
#include "domain/source_root.hpp"
#include "domain/spec_json.hpp"

namespace api {

namespace {

std::string_view name_of(watch::SourceHealth::State state) noexcept {
  using State = watch::SourceHealth::State;
  switch (state) {
    case State::starting:
      return "starting";
    case State::scanning:
      return "scanning";
    case State::watching:
      return "watching";
    case State::degraded:
      return "degraded";
    case State::offline:
      return "offline";
  }
  return "degraded";
}

json::value paused_of(store::PipelineRow const& row) {
  if (!row.paused) return nullptr;
  json::object paused;
  paused["at"] = to_json(row.paused);
  paused["by"] = as_utf8(row.paused_by);
  paused["all"] = row.paused_with_all;
  return paused;
}

json::value hold_of(store::PipelineRow const& row) {
  if (row.hold == domain::Reason::none) return nullptr;
  json::object hold;
  hold["reason"] = domain::to_string(row.hold);
  hold["explanation"] = domain::explain(row.hold);
  hold["detail"] = as_utf8(row.hold_detail);
  hold["until"] = to_json(row.hold_until);
  hold["count"] = row.hold_count;
  return hold;
}

json::object hints_of(watch::HintHealth const& hints) {
  json::object object;
  object["received"] = hints.received;
  object["last_at"] = hints.last == core::Wall{} ? json::value(nullptr) : to_json(std::optional(hints.last));
  object["waiting"] = hints.waiting;
  object["alive"] = hints.alive;
  object["changes"] = hints.changes;
  object["misses"] = hints.misses;
  object["miss_ratio"] = hints.miss_ratio;
  object["warning"] = hints.warning.empty() ? json::value(nullptr) : json::value(as_utf8(hints.warning));
  return object;
}

}  // namespace

json::object to_json(store::PipelineRow const& row) {
  json::object object;
  object["name"] = row.name;
  object["state"] = row.state;
  object["revision"] = row.revision_number > 0 ? json::value(row.revision_number) : json::value(nullptr);
  object["first_seen_at"] = to_json(std::optional(row.first_seen));
  object["hold"] = hold_of(row);
  object["paused"] = paused_of(row);
  object["title"] = nullptr;
  if (auto const spec = domain::spec_from_json(row.spec)) {
    if (!spec->title.empty()) object["title"] = spec->title;
    object["image"] = spec->image;
    json::array watched;
    for (auto const& watch : spec->watch) watched.push_back(json::value(as_utf8(domain::root_of(watch))));
    object["watch"] = std::move(watched);
  }
  return object;
}

json::object to_json(store::ResultTable const& table) {
  json::object object;
  json::array columns;
  for (auto const& column : table.columns) columns.push_back(json::value(column.name));
  json::array rows;
  for (auto const& values : table.rows) {
    json::object row;
    for (std::size_t i = 0; i < values.size(); ++i)
      row[table.columns[i].name] = to_json(values[i], table.columns[i].type);
    rows.push_back(std::move(row));
  }
  object["columns"] = std::move(columns);
  object["rows"] = std::move(rows);
  object["next"] = table.next
                       ? json::value(std::to_string(table.next->first) + "." + std::to_string(table.next->second.value))
                       : json::value(nullptr);
  return object;
}

json::object to_json(store::FeedRow const& entry) {
  json::object object;
  object["seq"] = entry.seq;
  object["at"] = to_json(std::optional(entry.at));
  object["event"] = entry.event;
  object["run_no"] = entry.run.value;
  object["run_id"] = entry.run_id;
  object["pipeline"] = entry.pipeline;
  object["state"] = domain::to_string(entry.state);
  return object;
}

json::object to_json(orchestrator::Sources::Status const& status) {
  auto const& health = status.health;
  json::object object;
  auto const s3 = domain::parse_s3_root(status.root);
  object["kind"] = s3 ? "s3" : "local";
  object["uri"] = s3 ? domain::s3_uri(s3->bucket, s3->prefix) : core::file_uri(status.root);
  object["root"] = as_utf8(status.root);
  object["state"] = name_of(health.state);
  object["reason"] = as_utf8(health.reason);
  object["items"] = health.items;
  object["directories"] = health.directories;
  object["settling"] = health.settling;
  object["unreadable"] = health.unreadable;
  object["overflows"] = health.overflows;
  object["scans"] = health.scans;
  if (s3) {
    object["listed"] = health.listed;
    object["missing"] = health.missing;
    object["requests"] = health.requests;
    object["lists"] = health.lists;
    object["pass_lists"] = health.pass_lists;
    object["lists_per_day"] = health.lists_per_day;
    object["lag_ms"] = health.lag ? json::value(health.lag->count()) : json::value(nullptr);
    object["shards"] = health.shards;
    object["shards_rested"] = health.rested;
    object["hints"] = hints_of(health.hints);
    object["complete_as_of"] =
        health.complete_as_of == core::Wall{} ? json::value(nullptr) : to_json(std::optional(health.complete_as_of));
  }
  object["last_scan_at"] =
      health.last_scan == core::Wall{} ? json::value(nullptr) : to_json(std::optional(health.last_scan));
  return object;
}

json::object to_json(orchestrator::Finding const& finding) {
  json::object object;
  object["verdict"] = orchestrator::to_string(finding.verdict);
  object["reason"] = domain::to_string(finding.reason);
  object["pipeline"] = finding.pipeline.empty() ? json::value(nullptr) : json::value(finding.pipeline);
  object["run_no"] = finding.run ? json::value(finding.run->value) : json::value(nullptr);
  object["state"] = finding.state ? json::value(domain::to_string(*finding.state)) : json::value(nullptr);
  object["sentence"] = core::to_display(finding.sentence);
  return object;
}

json::array sentences_of(std::vector<orchestrator::Finding> const& findings) {
  json::array sentences;
  for (auto const& finding : findings) sentences.push_back(json::value(core::to_display(finding.sentence)));
  return sentences;
}

json::object to_json(std::vector<orchestrator::Finding> const& findings) {
  json::object object;
  object["sentences"] = sentences_of(findings);
  json::array list;
  for (auto const& finding : findings) list.push_back(to_json(finding));
  object["findings"] = std::move(list);
  return object;
}

}  // namespace api
