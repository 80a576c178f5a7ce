#pragma once

#include <deque>
#include <functional>
#include <string>

#include "watch/broadcast.hpp"
#include "watch/committer.hpp"
#include "watch/site.hpp"

namespace watch {

/// Takes the hash of settled files whose old version had one, then passes them on to the committer: only so can the
/// ledger tell a rewrite of the same content. A large file holds up one of two lanes, nothing else.
class Hasher {
 public:
  static constexpr std::size_t lanes = 2;

  /// `on_moved` gets a key whose file was no longer at the settled version.
  Hasher(Site& site, Committer& committer, std::function<void(std::string const&)> on_moved);

  [[nodiscard]] awaitable<void> push(std::string key, domain::Version version, std::optional<core::Steady> noticed);
  /// Returns when all that is in here has reached the committer.
  [[nodiscard]] awaitable<void> drain();
  [[nodiscard]] awaitable<void> run_lane();

 private:
  struct Job {
    std::string key;
    domain::Version version;
    std::optional<core::Steady> noticed;  ///< see Observation
  };
  [[nodiscard]] awaitable<void> hash(Job job);

  Site& site_;
  Committer& committer_;
  std::function<void(std::string const&)> on_moved_;
  Broadcast changed_;
  std::deque<Job> queue_;
  std::size_t under_way_ = 0;
};

}  // namespace watch
