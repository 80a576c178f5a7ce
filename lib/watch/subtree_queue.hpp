#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/time.hpp"

namespace watch {

/// Directories to scan: new ones, moved ones, those whose watch ended. A directory takes in everything queued below it.
/// Bounded: add() and confirm() say false when full, and a full scan must do instead. Pure.
class SubtreeQueue {
 public:
  static constexpr std::size_t limit = 100'000;

  struct Task {
    std::string prefix;
    bool may_remove = false;
    bool mass_confirmed = false;
  };

  [[nodiscard]] bool add(std::string prefix);
  /// Scan it again at `due`, to prove a second time that what is missing there is gone.
  [[nodiscard]] bool confirm(Task task, core::Steady due);
  [[nodiscard]] std::optional<Task> take(core::Steady now);
  /// When take() will have something, if nothing else happens.
  [[nodiscard]] core::Steady next_due() const;

 private:
  std::set<std::string> now_;
  std::multimap<core::Steady, Task> later_;
};

}  // namespace watch
