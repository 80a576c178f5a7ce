#pragma once

#include <string>

#include "invocation.hpp"

namespace cli {

/// Shows a run until it has ended: each state it enters and why it waits on stderr, its log on stdout as it is written.
/// 0 when it succeeded, 1 otherwise. Ctrl-C leaves the run going and says so.
[[nodiscard]] awaitable<int> follow_run(Session& session, std::string run);

}  // namespace cli
