#include "orchestrator/signals.hpp"

#include "aio/task_group.hpp"

namespace orchestrator {

Signals::Signals(boost::asio::any_io_executor executor, Services& services, Teller teller, Pulse::Pace pulse,
                 Webhooks::Pace webhooks)
    : webhooks_(executor, services, teller, webhooks),
      pulse_(
          executor, services, std::move(teller), [this] { webhooks_.stir(); },
          [this](std::vector<CountedEnd> const& ends) { counts_.add(ends); }, pulse) {}

awaitable<void> Signals::run() {
  auto body = [this](aio::TaskGroup& tasks) -> awaitable<void> {
    tasks.spawn([this] { return pulse_.run(); });
    tasks.spawn([this] { return webhooks_.run(); });
    co_await tasks.join();
  };
  co_await aio::with_task_group(std::move(body));
}

}  // namespace orchestrator
