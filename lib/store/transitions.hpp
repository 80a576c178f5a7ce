#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "domain/run_state.hpp"
#include "sql/connection.hpp"
#include "store/counters.hpp"
#include "store/ids.hpp"

namespace store {

/// A run as a transition needs to know it.
struct RunMark {
  RunNo no;
  PipelineId pipeline;
  std::int64_t attempts = 0;
};

/// Every change of a run's state goes through here, since each must leave a feed row and close and open its stage.
/// One object an operation; save() last.
class Transitions {
 public:
  Transitions(sql::Connection& db, core::Wall now) : db_(db), counters_(db), now_(now) {}

  /// Compare-and-set; false: the run was not in `from`. Sets started_ms on first entering `running`, finished_ms at an
  /// end.
  [[nodiscard]] bool move(RunNo no, domain::RunState from, domain::RunState to, domain::Reason reason,
                          std::string_view detail);
  /// Stage and feed rows of a run that entered `to` (its row is written by the caller).
  void entered(RunMark const& run, domain::RunState to);
  /// The same when it comes from a state before.
  void moved(RunMark const& run, domain::RunState from, domain::RunState to);

  [[nodiscard]] std::int64_t next_change() { return counters_.next(Counter::change); }
  [[nodiscard]] RunNo next_run() { return {counters_.next(Counter::run)}; }
  [[nodiscard]] core::Wall now() const noexcept { return now_; }
  [[nodiscard]] sql::Connection& db() noexcept { return db_; }
  void save();

 private:
  sql::Connection& db_;
  Counters counters_;
  std::map<std::pair<PipelineId, domain::RunState>, std::int64_t> counts_;  ///< by how much each has changed
  core::Wall now_;
};

/// The state of a row; throws core::Failure (corrupt) for a name that is none.
[[nodiscard]] domain::RunState state_of(std::string const& text);
[[nodiscard]] domain::Reason reason_of(std::string const& text);

}  // namespace store
