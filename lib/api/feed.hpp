#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "aio/event.hpp"
#include "orchestrator/services.hpp"
#include "store/read_models.hpp"

namespace api {

using boost::asio::awaitable;

/// The journal of runs, read once for everybody who follows it: woken by commits, it keeps the newest entries with
/// their JSON. Whoever is behind those reads pages of the database from their own place, so a slow follower costs no
/// memory. Reads nothing while nobody follows. Loop thread only.
class Feed {
 public:
  struct Entry {
    std::int64_t seq = 0;
    store::RunNo run;
    std::string pipeline;
    std::string json;  ///< {"seq", "at", "event", "run_no", "run_id", "pipeline", "state"}
  };
  using EntryPtr = std::shared_ptr<Entry const>;

  /// `active` says how many runs are going on.
  Feed(boost::asio::any_io_executor executor, orchestrator::Services& services, std::function<std::size_t()> active);
  Feed(Feed const&) = delete;
  Feed& operator=(Feed const&) = delete;

  /// Reads for the followers until it is cancelled.
  [[nodiscard]] awaitable<void> run();

  /// Somebody who wants news, as long as it lives.
  class Follower {
   public:
    explicit Follower(Feed& feed);
    ~Follower();
    Follower(Follower const&) = delete;
    Follower& operator=(Follower const&) = delete;
    /// True once there may be news; false at the deadline.
    [[nodiscard]] awaitable<bool> wait_until(std::chrono::steady_clock::time_point deadline) {
      return news_.wait_until(deadline);
    }

   private:
    friend class Feed;
    Feed& feed_;
    aio::Event news_;
    std::list<Follower*>::iterator place_;
  };

  /// Wakes all followers although there is no news: each looks whether it may stay.
  void wake_followers() {
    for (auto* const follower : followers_) follower->news_.set();
  }

  /// Entries behind `seq` in their order, at most `limit`; empty when there are none yet.
  [[nodiscard]] awaitable<std::vector<EntryPtr>> after(std::int64_t seq, std::size_t limit);
  [[nodiscard]] awaitable<store::FeedBounds> bounds();
  /// {"active", "waiting", "now"} as last read for a follower; changes only when one of the two counts does.
  [[nodiscard]] std::shared_ptr<std::string const> const& status() const noexcept { return status_; }

 private:
  [[nodiscard]] awaitable<bool> read_entries();
  [[nodiscard]] awaitable<bool> read_status();

  boost::asio::any_io_executor executor_;
  orchestrator::Services& services_;
  std::function<std::size_t()> active_;
  aio::Event wake_;
  std::list<Follower*> followers_;
  std::deque<EntryPtr> kept_;  ///< the newest ones, without a gap
  std::shared_ptr<std::string const> status_;
  std::size_t shown_active_ = 0;
  std::int64_t shown_waiting_ = -1;
  std::chrono::steady_clock::time_point next_status_{};
};

}  // namespace api
