#include "orchestrator/active_run.hpp"

namespace orchestrator {

boost::asio::awaitable<bool> ActiveRun::admission() {
  if (!admitted) {
    ready = true;
    if (stir) stir();
  }
  while (!admitted && !cancel && !sent_back) co_await wake.wait();
  co_return admitted;
}

}  // namespace orchestrator
