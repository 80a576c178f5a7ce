#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/read_models.hpp"

namespace store {

/// What lies around one run: who came before and after it, and what its container was made from.
struct RunLinks {
  struct Other {
    RunNo no;
    std::string id, pipeline;
    domain::RunState state = domain::RunState::queued;
  };
  std::optional<RunNo> previous, next;  ///< of the same pipeline
  std::optional<RunNo> replaces;        ///< the run whose place, or whose result's place, it took
  std::vector<RunNo> retried_by;        ///< at most 20
  std::vector<Other> same_input;        ///< other runs on the same item, of any pipeline: the newest 20
  std::optional<core::Wall> settled;    ///< when the change that it handles was committed
  std::optional<core::Wall> detected;   ///< when that was first noticed
  std::string spec;                     ///< JSON of its revision; empty before one is bound
  std::string create_body;              ///< of its newest attempt; empty before there is one
};
/// The newest of the runs that `retry` or `rerun` made of it, or of one of those.
[[nodiscard]] std::optional<RunNo> newest_repeat(sql::Connection& db, RunNo run);
[[nodiscard]] RunLinks run_links(sql::Connection& db, RunRow const& run);

}  // namespace store
