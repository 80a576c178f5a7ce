#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "aio/event.hpp"
#include "store/ids.hpp"

namespace orchestrator {

/// What the outside may tell a runner while it works. Owned by the scheduler; loop thread only.
struct ActiveRun {
  ActiveRun(boost::asio::any_io_executor const& executor, store::RunNo run, store::PipelineId of)
      : no(run), pipeline(of), wake(executor) {}
  store::RunNo no;
  store::PipelineId pipeline;
  std::string key = {};    ///< of its input; empty: it has none
  bool cancel = false;     ///< set before `wake`
  bool for_newer = false;  ///< the cancel: data that came meanwhile wants it (`overlap: cancel`)
  aio::Event wake;

  std::int64_t place = 0;   ///< in the queue
  bool admitted = true;     ///< takes one of limits.runs and of its pipeline's max_running; set before `wake`
  bool unkillable = false;  ///< its container does not end though it was killed: it takes none of them any more
  bool over = false;   ///< it has ended; its container is left, which the engine does not remove: so neither does it
  bool ready = false;  ///< waits to be admitted
  bool sent_back = false;  ///< its pipeline starts nothing more: it shall not keep what it has; set before `wake`
  std::function<void()> stir = {};  ///< wakes who admits

  [[nodiscard]] bool takes_slot() const noexcept { return admitted && !unkillable && !over; }
  /// Waits until the run is admitted; false: it was cancelled or sent back before.
  [[nodiscard]] boost::asio::awaitable<bool> admission();
};

}  // namespace orchestrator
