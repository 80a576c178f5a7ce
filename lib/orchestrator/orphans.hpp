#pragma once

#include "orchestrator/services.hpp"

namespace orchestrator {

/// Looks at every container that bears this instance's label. One of an attempt that is over and done with is removed:
/// its create reached the engine when nobody waited for it any more, or its removal was refused. One of a run that is
/// not in this database is only told of, where that is asked for. Without an answer of the engine nothing happens.
[[nodiscard]] awaitable<void> tend_orphans(Services& services, bool tell_of_strangers);

}  // namespace orchestrator
