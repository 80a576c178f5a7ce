#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aio/task_group.hpp"
#include "watch/shard_listing.hpp"

namespace watch {

/// One pass: its shards are listed side by side, more of them as long as the server keeps up and fewer as soon as it
/// asks for fewer requests. Loop thread only; the references outlive it.
class S3Pass {
 public:
  S3Pass(Bucket& bucket, PassLedger& ledger, S3Settings const& settings, core::Clock const& clock, std::string prefix,
         KeyScope scope, ListingMode mode, domain::S3Pass const& state);

  /// Lists all shards that are due. Ends with the first error of a listing, once the other shards have finished the
  /// page that they are at; the next call goes on. Without an error it ends at the end, or before a last shard that is
  /// held.
  [[nodiscard]] awaitable<core::Result<void>> run();
  [[nodiscard]] bool at_end() const noexcept { return waiting_.empty() && workers_ == 0; }
  /// The shard at the end of the keys is not begun, or gone on with, while this is set: somebody else looks there.
  void hold_last(bool held) noexcept { last_held_ = held; }
  /// Changes how pages are asked for. False: this pass cannot go on that way.
  [[nodiscard]] bool change_mode(ListingMode mode);

  [[nodiscard]] std::int64_t number() const noexcept { return site_.number; }
  /// Objects met so far.
  [[nodiscard]] std::int64_t listed() const;
  /// Pages compared in this life.
  [[nodiscard]] std::int64_t pages() const noexcept { return pages_; }
  /// How long no answer has come.
  [[nodiscard]] core::Steady::duration silence() const { return site_.clock.steady() - last_page_; }
  /// The shard at the end of the keys is being listed now.
  [[nodiscard]] bool at_last_shard() const;

  [[nodiscard]] AsideKeys& aside() noexcept { return site_.aside; }
  [[nodiscard]] AsideKeys const& aside() const noexcept { return site_.aside; }

 private:
  [[nodiscard]] awaitable<void> work(aio::TaskGroup& group);
  void begin_workers(aio::TaskGroup& group);
  [[nodiscard]] ShardListing* take();
  /// One page more went through: additive increase, multiplicative decrease.
  void adapt();

  PassSite site_;
  std::int64_t listed_before_ = 0;  ///< by shards that were at their end when this life began
  std::vector<std::unique_ptr<ShardListing>> shards_;
  std::deque<ShardListing*> waiting_;  ///< not at their end, and nobody works on them
  std::int64_t pages_ = 0;
  core::Steady last_page_;
  double limit_;
  int workers_ = 0;
  bool last_held_ = false;
  std::int64_t slow_downs_ = 0;
  std::optional<core::Error> error_;
};

}  // namespace watch
