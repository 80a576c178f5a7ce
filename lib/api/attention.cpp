#include "api/attention.hpp"

#include <algorithm>

#include "api/json.hpp"
#include "core/uri.hpp"
#include "core/utf8.hpp"
#include "domain/run_state.hpp"

namespace api {

namespace {

using Severity = Notice::Severity;

Notice about(store::PipelineRow const& row, std::string kind, Severity severity, std::string title) {
  Notice notice;
  notice.kind = std::move(kind);
  notice.severity = severity;
  notice.title = std::move(title);
  notice.pipeline = row.name;
  notice.href = "/pipelines/" + row.name;
  return notice;
}

void add_signals(store::PipelineRow const& row, store::PipelineSignals const& signals, Attention& attention) {
  if (signals.failing_since) {
    auto notice = about(row, "pipeline_failing", Severity::error, row.name + " fails");
    notice.since = signals.failing_since;
    notice.run = signals.failing_run;
    if (notice.run) notice.href = "/runs/" + std::to_string(notice.run->value);
    notice.detail = "No run has succeeded since.";
    attention.push_back(std::move(notice));
  }
  if (signals.overdue_since) {
    auto notice = about(row, "pipeline_overdue", Severity::error, row.name + " waits for overdue data");
    notice.since = signals.overdue_since;
    notice.detail = signals.good_at ? "The last good result is of " + core::to_rfc3339(*signals.good_at) + "."
                                    : "There has been no good result yet.";
    attention.push_back(std::move(notice));
  }
  for (auto const& alert : signals.alerts) {
    auto notice = about(row, "alert", Severity::warning,
                        row.name + ": " + alert.output + " = " + domain::to_argument(alert.value) + " is " +
                            alert.bound + " its bound");
    notice.since = alert.since;
    notice.run = alert.run;
    notice.href = "/runs/" + std::to_string(alert.run.value);
    attention.push_back(std::move(notice));
  }
}

std::string_view to_string(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "info";
}

}  // namespace

Attention pipelines_to_look_at(std::vector<store::PipelineRow> const& pipelines,
                               std::map<std::string, store::PipelineSignals> const& signals, core::Wall now) {
  Attention attention;
  for (auto const& row : pipelines) {
    if (row.state == "retired") continue;
    if (auto const known = signals.find(row.name); known != signals.end()) add_signals(row, known->second, attention);
    if (row.hold != domain::Reason::none && (!row.hold_until || *row.hold_until > now)) {
      auto notice = about(row, "pipeline_held", Severity::error, row.name + " is held");
      notice.detail = std::string(domain::explain(row.hold)) + (row.hold_detail.empty() ? "" : " " + row.hold_detail);
      attention.push_back(std::move(notice));
    }
    if (row.paused) {
      auto notice = about(row, "pipeline_paused", Severity::info, row.name + " is paused");
      notice.detail = "By " + row.paused_by + ". Changes are noticed and queued meanwhile.";
      notice.since = row.paused;
      attention.push_back(std::move(notice));
    }
  }
  return attention;
}

void add_invalid_files(std::vector<store::PipelineFile> const& files, Attention& attention) {
  for (auto const& file : files) {
    if (file.diagnostics.empty()) continue;
    Notice notice;
    notice.kind = "pipeline_invalid";
    notice.severity = Severity::error;
    notice.title = file.file.substr(file.file.rfind('/') + 1) + " has errors";
    notice.detail = file.diagnostics;
    notice.pipeline = file.pipeline;
    auto const called = file.pipeline.empty() ? file.file.substr(file.file.rfind('/') + 1) : file.pipeline;
    notice.href = "/pipelines/" + core::percent_encode_path(called) + "#yaml";
    notice.since = file.read;
    attention.push_back(std::move(notice));
  }
}

void add_obstacle(std::string const& obstacle, Attention& attention) {
  if (obstacle.empty()) return;
  auto const colon = obstacle.find(": ");
  Notice notice;
  notice.kind = obstacle.starts_with("disk") ? "disk" : "engine";
  notice.severity = Severity::error;
  notice.title = "Nothing starts at present";
  notice.detail = colon == std::string::npos ? obstacle : obstacle.substr(colon + 2);
  if (auto const reason = domain::parse_reason(obstacle.substr(0, colon)))
    notice.detail += ". " + std::string(domain::explain(*reason));
  notice.href = "/system";
  attention.push_back(std::move(notice));
}

void add_unkillable(std::vector<orchestrator::Scheduler::Unkillable> const& runs,
                    std::vector<store::PipelineRow> const& pipelines, Attention& attention) {
  for (auto const& [run, pipeline] : runs) {
    auto const row = std::ranges::find(pipelines, pipeline, &store::PipelineRow::id);
    if (row == pipelines.end()) continue;
    auto const number = std::to_string(run.value);
    auto notice = about(*row, "run_unkillable", Severity::error, "Run " + number + " cannot be stopped");
    notice.run = run;
    notice.href = "/runs/" + number;
    notice.detail = domain::explain(domain::Reason::unkillable);
    attention.push_back(std::move(notice));
  }
}

void add_sources(std::vector<orchestrator::Sources::Status> const& sources, Attention& attention) {
  using State = watch::SourceHealth::State;
  for (auto const& [root, health, changes, runs, decisions] : sources) {
    if (health.state != State::degraded && health.state != State::offline && health.hints.warning.empty()) continue;
    Notice notice;
    notice.kind = "source";
    notice.severity = health.state == State::offline ? Severity::error : Severity::warning;
    notice.title = root + (health.state == State::offline ? " cannot be read" : " is watched with trouble");
    notice.detail = health.state == State::watching ? health.hints.warning : health.reason;
    notice.href = "/system";
    attention.push_back(std::move(notice));
  }
}

Attention sorted(Attention attention) {
  std::ranges::sort(attention, [](Notice const& left, Notice const& right) {
    if (left.severity != right.severity) return left.severity < right.severity;
    return left.since.value_or(core::Wall{}) > right.since.value_or(core::Wall{});
  });
  return attention;
}

json::object to_json(Notice const& notice) {
  json::object object;
  object["kind"] = notice.kind;
  object["severity"] = to_string(notice.severity);
  object["title"] = core::to_display(notice.title);
  object["detail"] = as_utf8(notice.detail);
  object["pipeline"] = notice.pipeline.empty() ? json::value(nullptr) : json::value(as_utf8(notice.pipeline));
  object["run_no"] = notice.run ? json::value(notice.run->value) : json::value(nullptr);
  object["href"] = notice.href.empty() ? json::value(nullptr) : json::value(as_utf8(notice.href));
  object["since_at"] = to_json(notice.since);
  return object;
}

}  // namespace api
