#pragma once

#include <optional>
#include <string>

#include "aio/task_group.hpp"
#include "domain/attempt_machine.hpp"
#include "domain/init_protocol.hpp"
#include "domain/pipeline.hpp"
#include "orchestrator/active_run.hpp"
#include "orchestrator/attempt_log.hpp"
#include "orchestrator/images.hpp"
#include "orchestrator/plain_container.hpp"
#include "orchestrator/preparation.hpp"
#include "orchestrator/services.hpp"
#include "orchestrator/staging.hpp"
#include "orchestrator/start_slots.hpp"
#include "orchestrator/verdict.hpp"
#include "store/runs.hpp"

namespace orchestrator {

/// Drives one claimed run through one attempt: prepare, create, start, wait, collect, publish, remove. Every durable
/// step is committed before the Docker call that it announces, so after a crash the same code goes on from the step it
/// finds. Ends when the attempt is over and its container is gone, or when it is cancelled (the daemon stops): the
/// container stays then.
class Runner {
 public:
  Runner(Services& services, Images& images, Staging& staging, StartSlots& slots, ActiveRun& control);
  [[nodiscard]] awaitable<void> run();

 private:
  [[nodiscard]] awaitable<bool> load();
  /// From `pulling` to an open attempt; false when the run does not start now.
  [[nodiscard]] awaitable<bool> begin();
  [[nodiscard]] awaitable<bool> open(Ready ready);
  /// The run waits; with `withdrawn` its open attempt never was.
  [[nodiscard]] awaitable<void> put_back(Waits why, bool withdrawn);

  /// Until the container has ended or is lost; nullopt container: gone.
  [[nodiscard]] awaitable<std::optional<docker::Container>> drive();
  [[nodiscard]] awaitable<core::Result<domain::ContainerState>> look();
  /// Creates the container if it is not there and starts it, under one slot, then waits for its end. An error that can
  /// pass is answered by looking again; a final one is remembered in refused_.
  [[nodiscard]] awaitable<void> launch(bool is_there);
  [[nodiscard]] awaitable<bool> create();  ///< true: it was made
  /// The image went away after it was found: pulls it once more, or says in withdrawn_ why that cannot be.
  [[nodiscard]] awaitable<void> bring_back_image();
  [[nodiscard]] awaitable<bool> start();  ///< true: it runs
  /// A create or a start failed in a way that may pass. Where that goes on though the engine answers questions, the
  /// attempt is taken back (withdrawn_) and the pipeline held, rather than tried for ever.
  [[nodiscard]] awaitable<void> meet_refusal(core::Error error);
  /// Removes a container that was made and never ran; false: that is not so, or cannot be told.
  [[nodiscard]] awaitable<bool> unmake();
  /// Of a container without our init, before a start that may be the second one; false: it must not be sent.
  [[nodiscard]] awaitable<bool> settle();
  /// What the container has to be given before its start by archive.
  [[nodiscard]] awaitable<core::Result<void>> fill();
  /// Start met a conflict: see runner.cpp.
  [[nodiscard]] awaitable<void> meet_orphan(core::Error const& error);
  [[nodiscard]] awaitable<domain::InitRecord> read_record();
  [[nodiscard]] awaitable<void> await_exit();
  [[nodiscard]] awaitable<void> watch_container(aio::TaskGroup& children);
  /// Its container was to end, and does not: says so once, and lets others have its place.
  [[nodiscard]] awaitable<void> give_up_slot();
  /// Notes that the engine did not answer; how long to wait before looking again.
  [[nodiscard]] std::chrono::milliseconds pause_after(core::Error const& error);

  [[nodiscard]] awaitable<void> finish(std::optional<docker::Container> container);
  /// The log, whole. False: it could not be read, now or ever, and what was seen live is all there is.
  [[nodiscard]] awaitable<bool> keep_log();
  /// Of an input that was a URL: removes it, says where it may have been the reason of a failure, and looks whether the
  /// object is another one now.
  [[nodiscard]] awaitable<bool> end_url(domain::AttemptEnd& end);
  [[nodiscard]] awaitable<domain::AttemptEnd> verdict(std::optional<docker::Container> const& container);
  /// Container, files, and then the step that says so.
  [[nodiscard]] awaitable<void> discard();
  /// Removes the attempt's folder.
  [[nodiscard]] awaitable<void> clean_up(std::int64_t attempt);

  [[nodiscard]] awaitable<void> commit_step(domain::Step step);
  /// Seen from a socket that breaks, an answer that never comes or a busy engine: the outcome is unknown, looking
  /// tells.
  [[nodiscard]] static bool may_pass(core::Errc code) noexcept;

  Services& services_;
  Images& images_;
  Staging& staging_;
  StartSlots& slots_;
  ActiveRun& control_;
  store::RunRow run_;
  store::AttemptRow attempt_;
  domain::PipelineSpec pipeline_;
  PlainContainer plain_{services_, control_, attempt_, pipeline_};  ///< for a pipeline with `init: false`
  std::optional<docker::Container> container_;                      ///< as last inspected
  std::optional<std::int64_t> bundle_size_;                         ///< of the sealed bundle, as the record says
  std::optional<core::Error> refused_;                              ///< why the engine will never take this container
  std::optional<core::Error> stuck_;                                ///< why it was given up though it never ran
  Staging::Place place_;                                            ///< of an input that was fetched
  std::optional<core::Wall> url_expires_;                           ///< of an input's URL; unknown after a restart
  std::optional<core::Error> image_gone_;                           ///< what the engine said to the last create
  std::optional<Waits> withdrawn_;  ///< why the attempt is taken back: nothing of it ever ran
  bool image_brought_back_ = false;
  bool open_out_ = false;
  bool ended_in_sight_ = false;  ///< the engine told of the end when it came
  bool ended_unseen_ = false;    ///< the record has its end, whatever the engine says
  int trouble_ = 0;              ///< engine errors in a row
  int refusals_ = 0;             ///< creates and starts that failed in a row, of an engine that answers questions
  int conflicts_ = 0;            ///< starts that met another's task
};

}  // namespace orchestrator
