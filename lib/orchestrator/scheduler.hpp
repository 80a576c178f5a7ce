#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "aio/event.hpp"
#include "aio/task_group.hpp"
#include "orchestrator/active_run.hpp"
#include "orchestrator/admission.hpp"
#include "orchestrator/images.hpp"
#include "orchestrator/services.hpp"
#include "orchestrator/staging.hpp"
#include "orchestrator/start_slots.hpp"

namespace orchestrator {

/// Decides which waiting run starts now, and owns the runners. Woken by whoever changes a run, and when the next wait
/// is over; polls nothing.
class Scheduler {
 public:
  Scheduler(boost::asio::any_io_executor executor, Services& services);

  /// First takes up what an earlier life of the daemon left unfinished, then schedules until it is cancelled. Runners
  /// are cancelled with it; their containers go on.
  [[nodiscard]] awaitable<void> run();

  /// Something may be startable now, or a run that a runner works on has changed.
  void wake() { wake_.set(); }
  /// Tells the runner of this run, if there is one, that a cancel is wished for. False: no runner has it.
  bool cancel(store::RunNo run);
  [[nodiscard]] Images const& images() const noexcept { return images_; }
  [[nodiscard]] Staging const& staging() const noexcept { return staging_; }
  [[nodiscard]] std::size_t active() const noexcept { return active_.size(); }
  /// Those of them that take one of limits.runs; the others fetch their input, or have it and wait for one.
  [[nodiscard]] std::size_t admitted() const noexcept;
  /// How many of them each pipeline has.
  [[nodiscard]] std::map<store::PipelineId, int> admitted_by_pipeline() const;
  /// Whether a run has all that it needs but one of limits.runs or of max_running.
  [[nodiscard]] bool awaits_slot(store::RunNo run) const;
  /// Whether as many runs as staging.downloads lets are ahead of the slots.
  [[nodiscard]] bool seats_taken() const { return !services_.config.s3.empty() && room().seats == 0; }
  /// Why nothing starts at all, empty when that is not so: "engine_unavailable: ..." or "disk_low: ...".
  [[nodiscard]] std::string const& obstacle() const noexcept { return obstacle_; }
  [[nodiscard]] docker::EngineInfo const& engine_info() const noexcept { return engine_info_; }
  /// Concurrent runs a pipeline may have (its `max_running`); told by the registry.
  void set_limit(store::PipelineId pipeline, int max_running) { limits_[pipeline] = max_running; }

 private:
  [[nodiscard]] awaitable<void> recover(aio::TaskGroup& runners);
  [[nodiscard]] awaitable<void> loop(aio::TaskGroup& runners);
  /// Claims and starts what may start; returns when the next look is due.
  [[nodiscard]] awaitable<core::Steady> schedule(aio::TaskGroup& runners);
  [[nodiscard]] awaitable<bool> may_start();
  [[nodiscard]] Room room() const;
  [[nodiscard]] std::vector<Candidate> ready_runs() const;
  void admit(store::RunNo run);
  void send_back(store::RunNo run);
  void launch(aio::TaskGroup& runners, Candidate const& run);
  [[nodiscard]] std::set<store::RunNo> active_runs() const;
  [[nodiscard]] awaitable<void> report_orphans();

  boost::asio::any_io_executor executor_;
  Services& services_;
  Images images_;
  Staging staging_;
  StartSlots slots_;
  aio::Event wake_;
  std::map<store::RunNo, std::unique_ptr<ActiveRun>> active_;
  std::map<store::PipelineId, int> limits_;
  std::string obstacle_;
  docker::EngineInfo engine_info_;
  core::Steady engine_seen_{};  ///< last proof that the engine answers
  core::Steady disk_seen_{};    ///< when free_ was measured
  std::int64_t free_ = -1;      ///< bytes; -1: unknown
};

}  // namespace orchestrator
