#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "domain/version.hpp"
#include "watch/local_settings.hpp"
#include "watch/look.hpp"

namespace watch {

/// What an event said about a path. Only a hint: it decides how long to wait, never what is true.
enum class Trace : std::uint8_t {
  created,   ///< CREATE: a writer may follow, or (ln, linkat) nothing more
  modified,  ///< MODIFY: somebody has it open for writing
  closed,    ///< CLOSE_WRITE
  moved_in,  ///< MOVED_TO: complete under its final name
  touched,   ///< anything else: ATTRIB, DELETE, MOVED_FROM, a retry
};

/// Every path that is in motion, from the first hint to the commit: when to look at it, and when what was seen may be
/// committed. Pure: no clock, no I/O. Bounded by max_settling.
class SettleMachine {
 public:
  using Wait = LocalSettings::Wait;

  explicit SettleMachine(LocalSettings const& settings) : settings_(settings) {}

  struct Hint {
    std::string key;
    Trace trace = Trace::touched;
  };
  /// What a scan saw and found to differ from the ledger.
  struct Candidate {
    std::string key;
    domain::Version version;
  };
  /// The answer to a look.
  struct Seen {
    std::string key;
    Sight sight;
    bool known = false;    ///< the ledger has a row
    bool differs = false;  ///< that the file differs from; true without a row
  };
  /// A commit or removal has been made, or was given up.
  struct Done {
    std::string key;
  };

  struct Action {
    enum class Kind : std::uint8_t {
      none,
      commit,    ///< settled at `version`; answer with Done
      remove,    ///< absent for delete_delay; answer with Done
      enter,     ///< a directory: scan it
      overfull,  ///< no room: a scan must find it
    };
    Kind kind = Kind::none;
    domain::Version version;
    core::Steady noticed;  ///< of commit: the first hint of it
  };

  [[nodiscard]] Action on(Hint hint, core::Steady now);
  [[nodiscard]] Action on(Candidate candidate, core::Steady now);
  [[nodiscard]] Action on(Seen const& seen, core::Steady now);
  void on(Done const& done, core::Steady now);

  /// Paths to look at now, at most `limit`; each must be answered with Seen.
  [[nodiscard]] std::vector<std::string> due(core::Steady now, std::size_t limit);
  /// When due() will have something, if nothing else happens.
  [[nodiscard]] core::Steady next_due() const;

  /// Changes the quiet time, also for what waits already.
  void set_settle(Wait settle);

  [[nodiscard]] bool holds(std::string const& key) const { return entries_.contains(key); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::int64_t unknown() const noexcept { return unknown_; }

 private:
  enum class Phase : std::uint8_t { fresh, settling, absent, unknown, committing };
  struct Entry {
    domain::Version version;
    core::Steady changed;  ///< last event or observed change; while absent: first seen to be
    core::Steady due;
    core::Steady noticed;  ///< the first hint of what is in motion
    Wait backoff{0};
    std::string const* key = nullptr;
    Phase phase = Phase::fresh;
    bool open = false;       ///< MODIFY without CLOSE_WRITE since
    bool whole = false;      ///< CLOSE_WRITE or MOVED_TO, and nothing since
    bool looking = false;    ///< a look is under way
    bool hinted = false;     ///< an event came during a look or a commit: what that saw may be old
    bool heard = false;      ///< an event came since the last look began
    bool explained = false;  ///< the look under way was preceded by one, so a new version is no surprise
    bool queued = false;     ///< is in timers_
  };

  Entry* make(std::string key, core::Steady now);
  void note(Entry& entry, Trace trace) const;
  [[nodiscard]] Wait quiet(Entry const& entry) const;
  void schedule(Entry& entry, core::Steady at);
  void unschedule(Entry& entry);
  void enter_phase(Entry& entry, Phase phase);
  void erase(Entry& entry);
  [[nodiscard]] Action commit(Entry& entry, Action::Kind kind);
  [[nodiscard]] Action saw_file(Entry& entry, Seen const& seen, bool again, core::Steady now);
  [[nodiscard]] Action saw_nothing(Entry& entry, Seen const& seen, bool again, core::Steady now);
  void forget(Entry& entry, bool again, core::Steady now);

  LocalSettings settings_;
  std::unordered_map<std::string, Entry> entries_;
  std::set<std::pair<core::Steady, Entry*>> timers_;
  std::int64_t unknown_ = 0;
};

}  // namespace watch
