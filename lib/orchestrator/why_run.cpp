#include <algorithm>

#include "core/units.hpp"
#include "domain/value.hpp"
#include "orchestrator/why.hpp"

namespace orchestrator {

using domain::Reason;
using domain::RunState;
using Verdict = Finding::Verdict;

namespace {

Finding wait(store::RunSummary const& run, Reason reason, std::string sentence) {
  return {Verdict::waits, reason, std::move(sentence), run.pipeline, run.no, run.state};
}

std::string with_detail(Reason reason, std::string const& detail) {
  return std::string(domain::explain(reason)) + (detail.empty() ? "" : " (" + detail + ")");
}

std::string clock_time(core::Wall at) {
  return core::to_rfc3339(at);
}

std::string short_number(double number) {
  return domain::to_argument(domain::Value{number});
}

/// "engine_unavailable: no answer" -> its reason and the words behind it.
std::pair<Reason, std::string> parse_obstacle(std::string const& obstacle) {
  auto const colon = obstacle.find(": ");
  auto const reason = domain::parse_reason(obstacle.substr(0, colon));
  return {reason.value_or(Reason::none), colon == std::string::npos ? obstacle : obstacle.substr(colon + 2)};
}

Finding pipeline_wait(store::RunSummary const& run, store::PipelineRow const& row) {
  if (row.state == "retired")
    return wait(run, Reason::pipeline_retired, std::string(domain::explain(Reason::pipeline_retired)));
  if (row.state == "disabled")
    return wait(run, Reason::pipeline_disabled, std::string(domain::explain(Reason::pipeline_disabled)));
  auto sentence = "Pipeline " + row.name + " is held";
  if (row.hold_until) sentence += " until " + clock_time(*row.hold_until);
  return wait(run, row.hold, sentence + ". " + with_detail(row.hold, row.hold_detail));
}

Finding paused_wait(store::RunSummary const& run, store::PipelineRow const& row) {
  return wait(run, Reason::pipeline_paused,
              (row.paused_with_all ? "All pipelines have" : "Pipeline " + row.name + " has") + " been paused since " +
                  clock_time(*row.paused) + " by " + row.paused_by + ". Nothing new starts until `tidewheel resume " +
                  (row.paused_with_all ? "--all" : row.name) + "`.");
}

}  // namespace

std::string Why::pull_progress(store::RunSummary const& run) const {
  if (run.state != RunState::pulling) return {};
  if (auto fetch = scheduler_.staging().progress(run.no); !fetch.empty()) return fetch;
  return scheduler_.images().progress(image_of(run));
}

std::vector<Images::LayerProgress> Why::pull_layers(store::RunSummary const& run) const {
  if (run.state != RunState::pulling) return {};
  return scheduler_.images().layers(image_of(run));
}

/// The row names the image only once it is here.
std::string Why::image_of(store::RunSummary const& run) const {
  auto const live = registry_.live().find(run.pipeline);
  return run.image.empty() && live != registry_.live().end() ? live->second.spec.image : run.image;
}

/// One sentence for what limits.cpus, limits.memory and limits.gpus leave too little of.
void Why::tell_resources(store::RunSummary const& run, store::PipelineId pipeline, std::vector<Finding>& found) const {
  auto const wanted = scheduler_.wanted_by(pipeline);
  auto const limits = scheduler_.limits();
  auto const used = scheduler_.used();
  auto const words = [&](Resources const& what) {
    auto const gpus = limits.gpus > 0 ? ", " + std::to_string(what.gpus) + " GPUs" : std::string();
    return short_number(what.cpus) + " CPUs" + gpus + " and " + core::format_bytes(what.memory);
  };
  auto const of_all = "limits.cpus is " + (limits.cpus > 0 ? short_number(limits.cpus) : "not set") +
                      (limits.gpus > 0 ? ", limits.gpus is " + std::to_string(limits.gpus) : std::string()) +
                      " and limits.memory is " +
                      (limits.memory > 0 ? core::format_bytes(limits.memory) : std::string("not set"));
  if (exceeds(wanted, limits))
    found.push_back(wait(run, Reason::larger_than_limits,
                         "A run of " + run.pipeline + " takes " + words(wanted) + ", and " + of_all + ". " +
                             std::string(domain::explain(Reason::larger_than_limits))));
  else if (exceeds(used + wanted, limits))
    found.push_back(wait(run, Reason::limit_resources,
                         "It takes " + words(wanted) + ", the runs that go on have " + words(used) + ", and " + of_all +
                             "; it starts when enough of them have ended."));
  else if (auto const first = scheduler_.first_in_line(); first && *first != pipeline)
    found.push_back(
        wait(run, Reason::limit_resources,
             "A run of another pipeline is before it and waits for more of limits.cpus, limits.memory or limits.gpus; "
             "nobody goes ahead of that one, so that large runs are not starved."));
}

std::vector<Finding> Why::waits_for(store::RunSummary const& run,
                                    std::vector<store::PipelineRow> const& pipelines) const {
  std::vector<Finding> found;
  if (domain::is_end(run.state)) return found;
  if (domain::is_active(run.state)) {
    if (run.reason == Reason::unkillable)
      found.push_back(wait(run, Reason::unkillable, with_detail(run.reason, run.detail)));
    if (auto const progress = pull_progress(run); !progress.empty())
      found.push_back(wait(run, Reason::none, "It is being prepared: " + progress + "."));
    if (auto sentence = scheduler_.staging().waits_for(run.no); !sentence.empty())
      found.push_back(wait(run, Reason::staging_full, std::move(sentence)));
    if (!scheduler_.awaits_slot(run.no)) return found;
  }
  if (auto const obstacle = scheduler_.obstacle(); !obstacle.empty()) {
    auto const [reason, words] = parse_obstacle(obstacle);
    found.push_back(
        wait(run, reason, "Nothing starts at present: " + words + ". " + std::string(domain::explain(reason))));
  }
  auto const row =
      std::find_if(pipelines.begin(), pipelines.end(), [&](auto const& p) { return p.name == run.pipeline; });
  auto const now = services_.clock.wall();
  if (row != pipelines.end()) {
    auto const held = row->hold != Reason::none && (!row->hold_until || *row->hold_until > now);
    if (row->state != "live" || held) found.push_back(pipeline_wait(run, *row));
    if (row->paused) found.push_back(paused_wait(run, *row));
    auto const counts = scheduler_.admitted_by_pipeline();
    auto const active = counts.find(row->id);
    auto const live = registry_.live().find(run.pipeline);
    if (active != counts.end() && live != registry_.live().end() && active->second >= live->second.spec.max_running)
      found.push_back(wait(run, Reason::limit_pipeline,
                           std::to_string(active->second) + " runs of " + run.pipeline +
                               " are active and max_running is " + std::to_string(live->second.spec.max_running) +
                               "; it starts when one of them ends."));
  }
  if (row != pipelines.end()) {
    if (auto const other = scheduler_.goes_before(row->id, run.no, run.input_key);
        other && !domain::is_active(run.state))
      found.push_back(wait(run, Reason::serialized,
                           "Run " + std::to_string(other->value) +
                               " has the same value of `serialize_by` and goes on; it starts after that one."));
    tell_resources(run, row->id, found);
  }
  if (scheduler_.admitted() >= static_cast<std::size_t>(services_.config.runs))
    found.push_back(wait(run, Reason::limit_runs,
                         std::to_string(scheduler_.admitted()) + " runs are active and limits.runs is " +
                             std::to_string(services_.config.runs) + "; it starts when one of them ends."));
  if (run.state == RunState::queued && run.input_uri.starts_with("s3://") && scheduler_.seats_taken())
    found.push_back(wait(run, Reason::staging_full,
                         std::to_string(scheduler_.seated()) +
                             " runs fetch their inputs, or have them and wait for a start, and staging.downloads is " +
                             std::to_string(services_.config.downloads) + "; it goes on when one of them starts."));
  if (run.not_before && *run.not_before > now) {
    // A run in retry_wait has its last attempt's reason, which reads as if that had been the end.
    auto const reason = run.state == RunState::retry_wait ? Reason::backoff
                        : run.reason == Reason::none      ? Reason::settling
                                                          : run.reason;
    bool const told = std::ranges::find(found, reason, &Finding::reason) != found.end();  // by the pipeline's hold
    found.push_back(wait(run, reason,
                         "It does not start before " + clock_time(*run.not_before) + ", in " +
                             core::format_duration(std::chrono::ceil<std::chrono::seconds>(*run.not_before - now)) +
                             (told ? "." : ". " + with_detail(reason, run.detail))));
  } else if (run.state == RunState::held) {
    found.push_back(wait(run, run.reason, with_detail(run.reason, run.detail)));
  }
  if (found.empty()) found.push_back(wait(run, Reason::none, "Nothing stands in its way: it starts within moments."));
  return found;
}

void Why::tell_run(store::RunSummary const& run, std::vector<store::PipelineRow> const& pipelines,
                   std::vector<Finding>& findings) const {
  auto sentence = "Run " + std::to_string(run.no.value) + " of " + run.pipeline + " is " +
                  std::string(domain::to_string(run.state));
  if (domain::is_active(run.state) && run.started) sentence += " since " + clock_time(*run.started);
  if (run.finished) sentence += " since " + clock_time(*run.finished);
  sentence += ".";
  if (domain::is_end(run.state)) sentence += " " + with_detail(run.reason, run.detail);
  if (run.replaced_by && run.state == RunState::outdated)
    sentence += " Its successor is run " + std::to_string(run.replaced_by->value) + ".";
  findings.push_back({Verdict::fact, run.reason, std::move(sentence), run.pipeline, run.no, run.state});
  if (run.cancel_requested && !domain::is_end(run.state))
    findings.push_back({Verdict::fact, Reason::cancelled_by_user, "A cancel was asked for; it is being stopped.",
                        run.pipeline, run.no, run.state});
  for (auto& finding : waits_for(run, pipelines)) findings.push_back(std::move(finding));
}

awaitable<core::Result<std::vector<Finding>>> Why::about_run(std::string run) {
  struct Answer {
    std::optional<store::RunDetail> detail;
    std::vector<store::PipelineRow> pipelines;
  };
  auto query = [run](sql::Connection& db) {
    Answer answer;
    if (auto const row = store::load_run_by_id(db, run)) answer.detail = store::run_detail(db, row->no);
    answer.pipelines = store::list_pipelines(db);
    return answer;
  };
  auto const answer = co_await services_.database.read(std::move(query));
  if (!answer.detail)
    co_return core::Error{core::Errc::not_found, "there is no such run", run, "`tidewheel runs` lists them"};
  std::vector<Finding> findings;
  tell_run(answer.detail->run, answer.pipelines, findings);
  auto const& summary = answer.detail->run;
  if (summary.trigger == "change" || summary.trigger == "existing")
    findings.push_back({Verdict::fact, Reason::none,
                        summary.trigger == "change"
                            ? "It was made for change " + std::to_string(summary.seq) + " of " + summary.input_key + "."
                            : "It was made because `existing` asks for runs on files that were there before.",
                        summary.pipeline, summary.no, summary.state});
  else if (summary.retry_of)
    findings.push_back({Verdict::fact, Reason::none,
                        "It is a " + summary.trigger + " of run " + std::to_string(summary.retry_of->value) + ".",
                        summary.pipeline, summary.no, summary.state});
  co_return findings;
}

}  // namespace orchestrator
