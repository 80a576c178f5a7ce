#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aio/event.hpp"
#include "aio/task_group.hpp"
#include "domain/pipeline.hpp"
#include "orchestrator/active_run.hpp"
#include "orchestrator/admission.hpp"
#include "orchestrator/images.hpp"
#include "orchestrator/registry_logins.hpp"
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
  /// Those of them that take one of limits.runs.
  [[nodiscard]] std::size_t admitted() const noexcept;
  /// How many of them each pipeline has.
  [[nodiscard]] std::map<store::PipelineId, int> admitted_by_pipeline() const;
  /// Those that fetch their input, or have it and wait for a slot.
  [[nodiscard]] std::size_t seated() const noexcept;
  /// Those whose containers were killed and go on: see Reason::unkillable.
  struct Unkillable {
    store::RunNo run;
    store::PipelineId pipeline;
  };
  [[nodiscard]] std::vector<Unkillable> unkillable() const;
  /// Whether a run has all that it needs but one of limits.runs or of max_running.
  [[nodiscard]] bool awaits_slot(store::RunNo run) const;
  /// Whether as many runs as staging.downloads lets are ahead of the slots.
  [[nodiscard]] bool seats_taken() const { return !services_.config.s3.empty() && room().seats == 0; }
  /// Why nothing starts at all, empty when that is not so: "engine_unavailable: ..." or "disk_low: ...".
  [[nodiscard]] std::string obstacle() const;
  [[nodiscard]] docker::EngineInfo const& engine_info() const noexcept { return engine_info_; }
  /// The pipeline whose run is the next to start and waits for limits.cpus, limits.memory or limits.gpus: nobody goes
  /// ahead of it.
  [[nodiscard]] std::optional<store::PipelineId> first_in_line() const noexcept { return first_in_line_; }
  /// The run that goes on with the same `serialize_by` value; nullopt: none does.
  [[nodiscard]] std::optional<store::RunNo> goes_before(store::PipelineId pipeline, store::RunNo run,
                                                        std::string const& key) const;
  /// What a pipeline may have, and what its runs take; told by the registry.
  void set_share(store::PipelineId pipeline, domain::PipelineSpec const& spec);
  /// Of limits.cpus, limits.memory and limits.gpus: what the runs with a slot use, and what one more of this pipeline
  /// would.
  [[nodiscard]] Resources used() const;
  [[nodiscard]] Resources wanted_by(store::PipelineId pipeline) const;
  [[nodiscard]] Resources limits() const noexcept {
    return {services_.config.limit_cpus, services_.config.limit_memory, services_.config.limit_gpus};
  }

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
  void overtake(store::RunNo run);
  void launch(aio::TaskGroup& runners, Candidate const& run);
  [[nodiscard]] std::set<store::RunNo> active_runs() const;
  /// What pulls ask for, and whom they tell.
  [[nodiscard]] Images::Seams seams();

  boost::asio::any_io_executor executor_;
  Services& services_;
  RegistryLogins logins_;
  Images images_;
  Staging staging_;
  StartSlots slots_;
  aio::Event wake_;
  std::map<store::RunNo, std::unique_ptr<ActiveRun>> active_;
  std::map<store::PipelineId, Share> shares_;
  std::map<store::PipelineId, std::uint64_t> turns_;  ///< when each was last given something
  std::uint64_t turn_ = 0;
  std::optional<store::PipelineId> first_in_line_;
  std::string obstacle_;
  docker::EngineInfo engine_info_;
  bool engine_away_ = true;  ///< as far as is known
  bool strangers_told_ = false;
  core::Steady orphans_due_{};  ///< when containers that nobody expects are looked for
  core::Steady engine_seen_{};  ///< last proof that the engine answers
  core::Steady disk_seen_{};    ///< when free_ was measured
  DiskSpace space_;
};

}  // namespace orchestrator
