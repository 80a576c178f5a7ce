#pragma once

#include <functional>
#include <string>
#include <vector>

#include "aio/event.hpp"
#include "watch/committer.hpp"
#include "watch/hasher.hpp"
#include "watch/settle_machine.hpp"
#include "watch/site.hpp"

namespace watch {

/// Carries out what the settle machine decides: looks at hinted paths, compares them with the ledger, passes on what
/// settled. The only place where a hint turns into an observation.
class Observer {
 public:
  struct Outside {
    std::function<void(std::string key)> on_directory;  ///< a hinted path turned out to be a directory
    std::function<void()> on_overfull;                  ///< hints were dropped
  };

  Observer(Site& site, Outside outside);

  void hint(std::string key, Trace trace);
  /// A difference that a scan saw, too young to be taken as settled.
  void candidate(std::string key, domain::Version version);
  [[nodiscard]] bool holds(std::string const& key) const { return machine_.holds(key); }
  void set_settle(LocalSettings::Wait settle);

  /// Starts the observer's tasks in the session's group.
  void start();
  [[nodiscard]] Committer& committer() noexcept { return committer_; }
  [[nodiscard]] Hasher& hasher() noexcept { return hasher_; }
  [[nodiscard]] SettleMachine const& machine() const noexcept { return machine_; }

 private:
  [[nodiscard]] awaitable<void> run();
  [[nodiscard]] awaitable<void> look(std::vector<std::string> keys);
  [[nodiscard]] awaitable<void> act(SettleMachine::Action action, std::string key, bool hash);
  void done(std::vector<std::string> const& keys);
  void moved(std::string const& key);

  Site& site_;
  Outside outside_;
  SettleMachine machine_;
  aio::Event wake_;
  Committer committer_;
  Hasher hasher_;
};

}  // namespace watch
