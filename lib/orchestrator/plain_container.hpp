#pragma once

#include <optional>

#include "domain/acceptance.hpp"
#include "domain/attempt_end.hpp"
#include "domain/pipeline.hpp"
#include "orchestrator/active_run.hpp"
#include "orchestrator/services.hpp"
#include "store/plain_attempts.hpp"
#include "store/runs.hpp"

namespace orchestrator {

/// What the runner has to do itself for a container without our init: settle a start whose answer never came, keep the
/// timeout, and find out how it ended. Loop thread only.
class PlainContainer {
 public:
  PlainContainer(Services& services, ActiveRun& control, store::AttemptRow& attempt,
                 domain::PipelineSpec const& pipeline)
      : services_(services), control_(control), attempt_(attempt), pipeline_(pipeline) {}

  /// What an earlier life of the daemon knew of the attempt.
  void take_up(store::PlainAttempt known) { known_ = std::move(known); }

  /// A start was sent, nobody knows what became of it, and the container is `created`. nullopt: it is so no more.
  [[nodiscard]] awaitable<core::Result<std::optional<domain::Settled>>> settle();
  /// Before a start is sent: the engine that gets it is the one whose word will count.
  [[nodiscard]] awaitable<core::Result<void>> note_engine();
  /// Why a start was refused: a code of the container tells of a command that is not there.
  [[nodiscard]] awaitable<domain::Reason> why_refused();
  /// It was seen to run: the time of its timeout begins, and an engine that came in between is the one that counts.
  [[nodiscard]] awaitable<void> is_running();
  /// It ran longer than it may: noted on disk, it may be stopped.
  [[nodiscard]] awaitable<bool> overdue();
  /// The timeout's end, if that comes before `at`.
  [[nodiscard]] core::Steady or_deadline(core::Steady at) const;
  /// The engine does not know that it ran: looks for its processes on this machine, and waits a while for their end.
  [[nodiscard]] awaitable<void> prove_ended(domain::AttemptEnd& end);
  /// `container`: as it was seen last; nullopt: it is gone. Looks again, for as long as no engine answers.
  [[nodiscard]] awaitable<domain::AttemptEnd> judge(std::optional<docker::Container> container);
  /// After everything was taken out of it: a success is one only where nobody has started it again meanwhile.
  [[nodiscard]] awaitable<void> confirm(domain::AttemptEnd& end);

 private:
  /// All from one life of the engine.
  [[nodiscard]] awaitable<core::Result<domain::PlainEnd>> examine();
  /// The same, however long the engine is away.
  [[nodiscard]] awaitable<domain::PlainEnd> examine_when_there();
  [[nodiscard]] domain::AttemptEnd end_of(domain::PlainEnd const& seen) const;
  [[nodiscard]] static bool is_away(core::Error const& error) noexcept;

  Services& services_;
  ActiveRun& control_;
  store::AttemptRow& attempt_;
  domain::PipelineSpec const& pipeline_;
  store::PlainAttempt known_;
  std::optional<core::Steady> deadline_;
  std::optional<docker::Container> container_;  ///< as last examined
};

}  // namespace orchestrator
