#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "watch/broadcast.hpp"
#include "watch/ledger.hpp"

namespace watch {

/// Hands settled observations to the ledger in batches, two of them under way at most. Bounded: who pushes waits for
/// room.
class Committer {
 public:
  static constexpr std::size_t batch_size = 256;
  static constexpr std::size_t lanes = 2;

  /// `on_done` gets the keys of each durable batch.
  Committer(asio::any_io_executor executor, Ledger& ledger,
            std::function<void(std::vector<std::string> const&)> on_done);

  /// Returns when there is room in the queue.
  [[nodiscard]] awaitable<void> push(Observation observation);
  /// Returns when all that was pushed before is durable.
  [[nodiscard]] awaitable<void> drain();
  /// Commits until cancelled; `lanes` of these run.
  [[nodiscard]] awaitable<void> run_lane();

 private:
  [[nodiscard]] std::uint64_t durable_up_to() const;

  Ledger& ledger_;
  std::function<void(std::vector<std::string> const&)> on_done_;
  Broadcast changed_;
  std::deque<Observation> queue_;
  std::uint64_t pushed_ = 0;
  std::set<std::uint64_t> under_way_;  ///< number of the first observation of each batch
};

}  // namespace watch
