#pragma once

#include <string_view>

namespace docker {

/// Whether any process of this machine is in a container, whatever its engine says: a container's cgroup bears its id,
/// wherever the engine puts it. What cannot be read counts as one. Says nothing where the engine is elsewhere, or where
/// /proc hides others' processes; who has read of a dockerd there (local_generation()) sees all of them. Blocking.
[[nodiscard]] bool any_process_in_container(std::string_view id);

}  // namespace docker
