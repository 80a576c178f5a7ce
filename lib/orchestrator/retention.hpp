#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aio/event.hpp"
#include "domain/expectation.hpp"
#include "domain/retention.hpp"
#include "orchestrator/services.hpp"
#include "store/retention.hpp"

namespace orchestrator {

/// What one going through of the leftovers did, or would do.
struct RetentionReport {
  struct Sum {
    std::int64_t runs = 0, bytes = 0;
    std::int64_t pinned = 0, newest = 0;  ///< old enough, and kept for that
  };
  struct Entry {
    std::int64_t run_no = 0;
    std::string run_id, pipeline;
    store::LeftoverKind kind = store::LeftoverKind::log;
    std::int64_t bytes = 0;
    core::Wall finished{};
    bool for_room = false;  ///< not for its age, but because the disk is low
  };
  struct Image {
    std::string reference, id;
    core::Wall used{};
    std::string kept;  ///< why it could not be removed; empty: it was, or would be
  };
  bool dry_run = false;
  Sum logs, artifacts;
  std::vector<Image>
      images;               ///< that we pulled and nobody needs any more, least recently used first; a hundred at most
  std::vector<Entry> list;  ///< the first hundred, oldest first
  std::int64_t free_bytes = -1;  ///< afterwards; -1: unknown
};

/// Removes logs and artifacts of runs that ended long ago, and images that we pulled and that nobody has used for long,
/// as `retention` says: every hour, when the disk is low, and
/// by hand. Files go first and the mark in the run's row last, so that a crash between leaves nothing behind. Results
/// (outputs) and rows stay. While the wall clock is not to be believed it removes nothing. Loop thread only.
class Retention {
 public:
  struct Pace {
    Pace() {}                                  // not an aggregate, see http::Request
    std::chrono::milliseconds first{300'000};  ///< after the start
    std::chrono::milliseconds every{3'600'000};
    std::chrono::milliseconds low_disk{60'000};      ///< at most so often for that
    std::chrono::milliseconds step_hold{3'600'000};  ///< after the wall clock was set
    std::chrono::hours believable{24 * 7};           ///< a clock that ran on further while nobody looked is doubted
    std::chrono::hours doubt{24};                    ///< for so long
  };
  Retention(boost::asio::any_io_executor executor, Services& services, Pace pace = Pace());

  [[nodiscard]] awaitable<void> run();
  /// The disk is low: goes through them soon.
  void disk_is_low() { wake_.set(); }
  /// Now. conflict: it is under way already; unavailable: the clock is not believed (a dry run may always look).
  [[nodiscard]] awaitable<core::Result<RetentionReport>> collect(bool dry_run);
  /// Of this life, for metrics.
  [[nodiscard]] std::int64_t removed_bytes() const noexcept { return removed_bytes_; }

 private:
  struct Sweep;
  [[nodiscard]] awaitable<void> sweep(Sweep sweep, RetentionReport& report);
  [[nodiscard]] awaitable<void> sweep_images(RetentionReport& report);
  /// False: the engine is away.
  [[nodiscard]] awaitable<bool> remove_image(store::PulledImage const& image, RetentionReport& report);
  [[nodiscard]] awaitable<void> make_room(RetentionReport& report);
  [[nodiscard]] awaitable<bool> is_low() const;
  /// Nullopt: the clock is believed; else until when it is not.
  [[nodiscard]] awaitable<std::optional<core::Steady>> doubted();

  Services& services_;
  Pace pace_;
  aio::Event wake_;
  domain::StepGuard guard_;
  std::optional<core::Steady> doubted_until_;  ///< set at the first look
  bool busy_ = false;
  std::int64_t removed_bytes_ = 0;
};

}  // namespace orchestrator
