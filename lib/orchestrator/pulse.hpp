#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "aio/event.hpp"
#include "domain/expectation.hpp"
#include "orchestrator/pulse_step.hpp"
#include "orchestrator/services.hpp"

namespace orchestrator {

/// Follows the feed behind a durable cursor, wakes when data is due, and puts what there is to tell into the outbox.
/// Asleep it costs nothing: commits wake it, and the next deadline. Loop thread only.
class Pulse {
 public:
  struct Pace {
    Pace() {}                                      // not an aggregate, see http::Request
    std::chrono::milliseconds gather{50};          ///< after a commit: what comes meanwhile is one transaction
    std::chrono::milliseconds start_hold{60'000};  ///< nothing becomes overdue: sources first find what came
    std::chrono::milliseconds step_hold{900'000};  ///< the same after the wall clock was set
    std::chrono::milliseconds after_trouble{5'000};
  };
  /// `told`: something lies in the outbox. `ended`: runs that ended, each once in this life.
  Pulse(boost::asio::any_io_executor executor, Services& services, Teller teller, std::function<void()> told,
        std::function<void(std::vector<CountedEnd> const&)> ended, Pace pace = Pace());

  /// To be awaited before anything runs: marks where the telling begins in a database that was never told of, so that
  /// no end after it is taken for history. Throws core::Failure.
  [[nodiscard]] awaitable<void> begin();
  [[nodiscard]] awaitable<void> run();

 private:
  /// Does all that there is to do; returns when the next look is due.
  [[nodiscard]] awaitable<core::Steady> advance();
  /// What the next transaction would have to do.
  struct Peek {
    bool ends = false, due = false;
    std::int64_t last = 0;
    bool more = false;
    std::vector<store::PipelineMark> marks;
    std::optional<core::Wall> next_expected;
  };
  [[nodiscard]] awaitable<Peek> peek();
  [[nodiscard]] awaitable<bool> step(bool judge, bool align);

  Services& services_;
  Teller teller_;
  std::function<void()> told_;
  std::function<void(std::vector<CountedEnd> const&)> ended_;
  Pace pace_;
  aio::Event wake_;
  domain::StepGuard guard_;
  std::shared_ptr<SpecCache> specs_ = std::make_shared<SpecCache>();
  std::int64_t cursor_ = 0;
  std::optional<std::vector<store::PipelineMark>> marks_;  ///< that expectations were last aligned with
  bool troubled_ = false;
};

}  // namespace orchestrator
