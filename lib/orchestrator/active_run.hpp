#pragma once

#include "aio/event.hpp"
#include "store/ids.hpp"

namespace orchestrator {

/// What the outside may tell a runner while it works. Owned by the scheduler; loop thread only.
struct ActiveRun {
  ActiveRun(boost::asio::any_io_executor const& executor, store::RunNo run, store::PipelineId of)
      : no(run), pipeline(of), wake(executor) {}
  store::RunNo no;
  store::PipelineId pipeline;
  bool cancel = false;  ///< set before `wake`
  aio::Event wake;
};

}  // namespace orchestrator
