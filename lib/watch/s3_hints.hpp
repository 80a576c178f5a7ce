#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "aio/event.hpp"
#include "core/time.hpp"
#include "watch/bucket.hpp"
#include "watch/hint_ledger.hpp"
#include "watch/ledger.hpp"
#include "watch/miss_ratio.hpp"

namespace watch {

/// The source whose listings go on while keys are looked at by themselves.
class LookSite {
 public:
  virtual ~LookSite() = default;
  /// Before the HEAD of a key: from now on until end_look() the pass under way, and one that begins meanwhile, leave
  /// the key alone, since of a page and a HEAD that are under way at once nobody knows which is newer. False: not now.
  [[nodiscard]] virtual bool begin_look(std::string const& key) = 0;
  /// What was seen is committed, or nothing was.
  virtual void end_look(std::string const& key) = 0;
  virtual void request_scan(std::string reason) = 0;
};

struct HintSettings {
  using Wait = std::chrono::milliseconds;
  std::size_t page = 64;  ///< hints that are handled together
  std::size_t lanes = 6;  ///< HEADs at one time
  Wait retry_first{1000}, retry_last{60'000};
  Wait crowded{500};            ///< when the pass under way leaves no key to look at by itself
  Wait between_passes{60'000};  ///< at least, between two that hints ask for
};

/// Takes stored hints, of this life of the daemon or an earlier one, and looks at each key: what a HEAD finds different
/// is committed as a pass would. A 404 removes nothing: absence is for the passes to prove, so one is asked for. A hint
/// whose HEAD got no answer stays and is tried again with growing pauses. Loop thread only.
class S3Hints {
 public:
  /// All outlive run().
  struct Parts {
    Bucket& bucket;
    Ledger& ledger;
    HintLedger& hints;
    LookSite& site;
    MissRatio& misses;
    core::Clock const& clock;
  };
  S3Hints(boost::asio::any_io_executor executor, Parts parts, HintSettings settings = {});

  /// Goes until cancelled. Throws what the ledgers throw.
  [[nodiscard]] awaitable<void> run();
  /// Hints were stored.
  void arrived() { wake_.set(); }
  /// Why hints wait; empty: they do not.
  [[nodiscard]] std::string const& trouble() const noexcept { return trouble_; }

 private:
  struct Looks;
  /// Looks at a page of keys; how long to wait before the next.
  [[nodiscard]] awaitable<HintSettings::Wait> handle(std::vector<Hint> page);
  [[nodiscard]] awaitable<void> look_along(Looks& looks);
  [[nodiscard]] awaitable<void> commit(Looks& looks);
  [[nodiscard]] HintSettings::Wait pause_after(Looks const& looks);
  void ask_for_pass(std::string reason);

  Parts parts_;
  HintSettings settings_;
  aio::Event wake_;
  HintSettings::Wait backoff_;
  std::optional<core::Steady> asked_;  ///< when a pass was asked for last
  std::string trouble_;
  std::minstd_rand jitter_{std::random_device{}()};
};

}  // namespace watch
