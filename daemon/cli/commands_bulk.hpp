#pragma once

#include <string>

#include "invocation.hpp"

namespace cli {

/// A command that makes many runs: asks page by page until the daemon has gone through everything.
struct BulkCommand {
  BulkCommand() {}         // not an aggregate: g++ 12 would destroy a temporary one twice in a co_await
  std::string verb, past;  ///< "retry", "retried"
  std::string target;
  json::object body;  ///< which are meant
  bool dry_run = false;
  bool backfill = false;  ///< items, not runs
};
[[nodiscard]] awaitable<int> run_bulk(Session& session, BulkCommand command);

}  // namespace cli
