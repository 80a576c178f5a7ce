#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <list>
#include <string>
#include <utility>

#include "orchestrator/active_run.hpp"

namespace orchestrator {

using boost::asio::awaitable;

/// Bounds what lies in the state directory for inputs that are fetched: `staging.max_bytes` over all live attempts, and
/// `staging.downloads` at one time. Who has to wait is served in the order of coming, so that a large input is not
/// overtaken for ever; nobody who has a place waits for one, so nothing locks up. Loop thread only.
class Staging {
 public:
  Staging(int downloads, std::int64_t max_bytes) : downloads_(downloads), max_bytes_(max_bytes) {}
  Staging(Staging const&) = delete;

  /// One attempt's input: its bytes count until this is destroyed.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : staging_(std::exchange(other.staging_, nullptr)), entry_(other.entry_) {}
    Place& operator=(Place&& other) noexcept;
    ~Place() { give_back(); }
    explicit operator bool() const noexcept { return staging_ != nullptr; }
    /// How many of its bytes are here, for people and for the disk's sake.
    void arrived(std::int64_t bytes);
    /// The transfer is over, one way or the other: the next may begin.
    void downloaded();

   private:
    friend class Staging;
    struct Entry {
      store::RunNo run;
      std::int64_t bytes = 0, arrived = 0;
      bool downloading = false;
    };
    Place(Staging& staging, std::list<Entry>::iterator entry) : staging_(&staging), entry_(entry) {}
    void give_back();

    Staging* staging_ = nullptr;
    std::list<Entry>::iterator entry_;
  };

  /// Whether so many bytes can ever have a place.
  [[nodiscard]] bool can_hold(std::int64_t bytes) const noexcept { return bytes <= max_bytes_; }
  /// A place for a download of so many bytes, which can_hold() let through; waits until there is one. False when the
  /// run was cancelled while it waited. Whoever sets `run.cancel` sets `run.wake`.
  [[nodiscard]] awaitable<Place> enter(ActiveRun& run, std::int64_t bytes);
  /// What an earlier life of the daemon fetched: it is there, so it counts, over the bound if need be.
  [[nodiscard]] Place adopt(store::RunNo run, std::int64_t bytes);

  /// Bytes that downloads under way have still to write.
  [[nodiscard]] std::int64_t expected() const noexcept;
  /// What this run waits for, a sentence; empty when it does not wait here.
  [[nodiscard]] std::string waits_for(store::RunNo run) const;
  /// "fetching its input, 40.1 MiB of 3.0 GiB"; empty when none is under way.
  [[nodiscard]] std::string progress(store::RunNo run) const;

 private:
  struct Waiting {
    ActiveRun* run = nullptr;
    std::int64_t bytes = 0;
  };
  [[nodiscard]] std::int64_t staged() const noexcept;
  [[nodiscard]] int downloading() const noexcept;
  [[nodiscard]] bool has_room(std::int64_t bytes) const noexcept;
  void wake_first();

  int downloads_;
  std::int64_t max_bytes_;
  std::list<Place::Entry> entries_;
  std::list<Waiting> queue_;
};

}  // namespace orchestrator
