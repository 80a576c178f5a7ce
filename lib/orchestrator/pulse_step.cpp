#include "orchestrator/pulse_step.hpp"

#include <algorithm>
#include <set>

#include "core/ulid.hpp"
#include "domain/spec_json.hpp"
#include "store/outbox.hpp"
#include "store/pipelines.hpp"
#include "store/read_models.hpp"

namespace orchestrator {

namespace {

using store::Health;
using store::PipelineId;
using store::PipelineMark;
using store::RunEnd;

constexpr std::size_t page = 1000;        // entries of the feed in one transaction
constexpr std::size_t most_specs = 1000;  // remembered

/// The rule as text, to see whether it is another one.
std::string rule_of(domain::PipelineSpec const& spec) {
  return spec.expect ? domain::to_text(*spec.expect) : std::string();
}

class Mover {
 public:
  Mover(PulseStep const& step, sql::Connection& db) : step_(step), db_(db) {}

  PulseStep::Outcome run() {
    auto const cursor = store::notify_cursor(db_);
    if (!cursor) {
      begin();
    } else {
      auto const found = store::run_ends(db_, std::max(*cursor, step_.no_ends_before), page);
      outcome_.cursor = found.last;
      outcome_.more = found.more;
      for (auto const& end : found.ends) ended(end);
      if (found.last != *cursor) store::set_notify_cursor(db_, found.last);
    }
    // With the rest of the feed the data may have come: what is late is judged when all of it has been read.
    if (!outcome_.more) look_at_expectations();
    outcome_.next_expected = store::next_expected(db_);
    return std::move(outcome_);
  }

 private:
  /// The first time of all: what has been is not told, but it is where everything begins.
  void begin() {
    for (auto const& mark : store::pipeline_marks(db_)) {
      auto health = store::load_health(db_, mark.id);
      if (auto const good = store::newest_good_run(db_, mark.id)) {
        auto const facts = store::run_facts(db_, *good);
        health.good_seq = facts->seq;
        health.good_run = *good;
        health.good_at = facts->finished;
        auto const spec = facts->revision ? step_.specs->find(db_, *facts->revision) : nullptr;
        if (spec)
          for (auto const& crossing : domain::crossings(spec->outputs, values_of(*facts), {}))
            store::set_alert(db_, mark.id, crossing.output.name, crossing.bound, *good,
                             facts->finished.value_or(step_.now));
      }
      auto const newest = store::newest_telling_end(db_, mark.id);
      if (newest && domain::is_failure(newest->state)) {
        health.failing_run = newest->run;
        health.failing_at = newest->at;
      }
      store::save_health(db_, health);
    }
    outcome_.cursor = store::feed_end(db_);
    store::set_notify_cursor(db_, outcome_.cursor);
  }

  static std::map<std::string, domain::Value> values_of(store::RunFacts const& facts) {
    std::map<std::string, domain::Value> values;
    for (auto const& output : facts.outputs) values.emplace(output.name, output.value);
    return values;
  }

  /// Of the revision that is current now: who changes `notify` means what comes.
  std::shared_ptr<domain::PipelineSpec const> current(PipelineId pipeline) {
    auto const mark = store::pipeline_mark(db_, pipeline);
    return mark ? step_.specs->find(db_, mark->revision) : nullptr;
  }

  void ended(RunEnd const& end) {
    auto const facts = store::run_facts(db_, end.run);
    auto const spec = current(end.pipeline);
    if (!facts || !spec) return;
    count(*spec, end, *facts);
    auto health = store::load_health(db_, end.pipeline);
    bool failing = health.failing_run.has_value();
    switch (domain::on_end(failing, end.state)) {
      case domain::HealthNews::failed:
        health.failing_run = end.run;
        health.failing_at = end.at;
        tell(*spec, end.pipeline, run_failed(step_.teller, spec->name, end.run, *facts), end.at, end.seq);
        break;
      case domain::HealthNews::recovered:
        tell(*spec, end.pipeline,
             run_recovered(step_.teller, spec->name, end.run, *facts, *health.failing_run,
                           health.failing_at.value_or(end.at)),
             end.at, end.seq);
        health.failing_run.reset();
        health.failing_at.reset();
        break;
      case domain::HealthNews::none:
        break;
    }
    if (end.state == domain::RunState::succeeded) {
      health.good_at = end.at;
      succeeded_.insert(end.pipeline);
      // The newest is the newest by its data: a run of March that is done again says nothing of today.
      if (std::pair(facts->seq, end.run) > std::pair(health.good_seq, health.good_run)) {
        health.good_seq = facts->seq;
        health.good_run = end.run;
        cross(*spec, end, *facts);
      }
    }
    store::save_health(db_, health);
  }

  void count(domain::PipelineSpec const& spec, RunEnd const& end, store::RunFacts const& facts) {
    CountedEnd counted{spec.name, end.state, {}, store::stage_times(db_, end.run)};
    if (facts.started) counted.duration = facts.finished.value_or(end.at) - *facts.started;
    outcome_.ends.push_back(std::move(counted));
  }

  /// By the bounds of the run's own revision.
  void cross(domain::PipelineSpec const& spec, RunEnd const& end, store::RunFacts const& facts) {
    auto const own = facts.revision ? step_.specs->find(db_, *facts.revision) : nullptr;
    auto open = store::open_alerts(db_, end.pipeline);
    for (auto const& crossing : domain::crossings(own ? own->outputs : spec.outputs, values_of(facts), open)) {
      open.erase(crossing.output.name);
      store::set_alert(db_, end.pipeline, crossing.output.name, crossing.bound, end.run, end.at);
      tell(spec, end.pipeline, output_crossed(step_.teller, spec.name, end.run, facts, crossing), end.at, end.seq);
    }
    // Bounds that were taken away are over without a word.
    for (auto const& [name, bound] : open) {
      auto const& outputs = own ? own->outputs : spec.outputs;
      auto const bounded = std::ranges::any_of(outputs, [&name](domain::OutputSpec const& output) {
        return output.name == name && (output.alert_above || output.alert_below);
      });
      if (!bounded) store::set_alert(db_, end.pipeline, name, std::nullopt, end.run, end.at);
    }
  }

  void look_at_expectations() {
    std::set<PipelineId> due(succeeded_);
    if (step_.align)
      for (auto const& mark : store::pipeline_marks(db_)) due.insert(mark.id);
    if (step_.judge)
      for (auto const pipeline : store::due_pipelines(db_, step_.now)) due.insert(pipeline);
    for (auto const pipeline : due) expect(pipeline);
  }

  void expect(PipelineId pipeline) {
    auto const mark = store::pipeline_mark(db_, pipeline);
    auto const spec = mark ? step_.specs->find(db_, mark->revision) : nullptr;
    auto health = store::load_health(db_, pipeline);
    auto const before = health;
    bool const live = spec && mark->live;
    auto const rule = live ? rule_of(*spec) : std::string();
    if (!live) store::clear_alerts(db_, pipeline);  // nobody waits for it any more
    if (rule != health.rule) {
      health.rule = rule;
      health.expectation = {};
      if (!rule.empty()) health.expectation = domain::expect_from(*spec->expect, step_.now);
    }
    if (!rule.empty()) judge(*spec, health);
    if (health.rule != before.rule || health.expectation.expected != before.expectation.expected ||
        health.expectation.overdue != before.expectation.overdue)
      store::save_health(db_, health);
  }

  void judge(domain::PipelineSpec const& spec, Health& health) {
    auto state = health.expectation;
    auto const newest = store::nth_newest_arrival(db_, health.pipeline, spec.expect->min);
    auto const news = domain::look(*spec.expect, state, newest, step_.now);
    if (news == domain::ExpectNews::overdue && !step_.judge) return;  // the clock is not to be believed now
    auto const since = health.expectation.overdue;
    health.expectation = state;
    auto const sequence = outcome_.cursor;
    if (news == domain::ExpectNews::overdue)
      tell(spec, health.pipeline, data_overdue(step_.teller, spec.name, *spec.expect, state), step_.now, sequence);
    if (news == domain::ExpectNews::recovered)
      tell(spec, health.pipeline, data_recovered(step_.teller, spec.name, *spec.expect, state, since.value()),
           step_.now, sequence);
  }

  void tell(domain::PipelineSpec const& spec, PipelineId pipeline, News const& news, core::Wall at,
            std::int64_t sequence) {
    std::set<std::string> hooks;
    for (auto const& entry : spec.notify)
      if (std::ranges::find(entry.events, news.event) != entry.events.end() &&
          std::ranges::find(step_.webhooks, entry.webhook) != step_.webhooks.end())
        hooks.insert(entry.webhook);
    if (hooks.empty()) return;
    auto const id = "evt_" + core::make_ulid(step_.now);
    auto const body = cloud_event(step_.teller, id, spec.name, news, at, sequence);
    for (auto const& hook : hooks) {
      store::put_notification(db_, {id, hook, pipeline, news.type, body}, step_.now);
      ++outcome_.told;
    }
  }

  PulseStep const& step_;
  sql::Connection& db_;
  PulseStep::Outcome outcome_;
  std::set<PipelineId> succeeded_;
};

}  // namespace

std::shared_ptr<domain::PipelineSpec const> SpecCache::find(sql::Connection& db, store::RevisionId revision) {
  auto const known = known_.find(revision.value);
  if (known != known_.end()) return known->second;
  if (known_.size() >= most_specs) known_.clear();
  std::shared_ptr<domain::PipelineSpec const> spec;
  if (auto const text = store::revision_spec(db, revision))
    if (auto parsed = domain::spec_from_json(*text)) spec = std::make_shared<domain::PipelineSpec>(std::move(*parsed));
  known_.emplace(revision.value, spec);
  return spec;
}

PulseStep::Outcome PulseStep::run(sql::Connection& db) const {
  return Mover(*this, db).run();
}

}  // namespace orchestrator
