#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/pipeline.hpp"
#include "orchestrator/cloud_event.hpp"
#include "store/signals.hpp"

namespace orchestrator {

/// Specifications by revision, so that a burst of ends parses each once. Writer thread only.
class SpecCache {
 public:
  /// Null where it cannot be read (a newer version wrote it).
  [[nodiscard]] std::shared_ptr<domain::PipelineSpec const> find(sql::Connection& db, store::RevisionId revision);

 private:
  std::map<std::int64_t, std::shared_ptr<domain::PipelineSpec const>> known_;
};

/// The end of a run, for those who count.
struct CountedEnd {
  std::string pipeline;
  domain::RunState state = domain::RunState::succeeded;
  std::optional<std::chrono::milliseconds> duration;  ///< from its start; none if it never started
  std::vector<store::StageTime> stages;
};

/// One transaction of the pulse: goes on in the feed behind the durable cursor, and moves health, alerts, expectations,
/// outbox and cursor together. So nothing is told twice, and nothing never, wherever the daemon is killed.
struct PulseStep {
  Teller teller;
  std::vector<std::string> webhooks;  ///< that the configuration has
  core::Wall now{};
  bool judge = true;                ///< deadlines may be judged (the clock is believed)
  bool align = true;                ///< look at every pipeline: rules may have come, changed or gone
  std::int64_t no_ends_before = 0;  ///< entries of the feed up to this one were seen to be no ends
  std::shared_ptr<SpecCache> specs;

  struct Outcome {
    std::vector<CountedEnd> ends;
    std::int64_t cursor = 0;
    bool more = false;  ///< entries of the feed are left
    std::optional<core::Wall> next_expected;
    int told = 0;  ///< notifications put into the outbox
  };
  [[nodiscard]] Outcome run(sql::Connection& db) const;
};

}  // namespace orchestrator
