#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace docker {

/// One life of an engine. What an engine says of a container that it has started itself and in this life is the truth;
/// after a crash it may not be (container-runs.md, section 0). Equal tokens: the same life. The token names, in the
/// order of trust:
/// - "dockerd": the process behind a unix socket (boot, pid, start), also where systemd holds the socket and dockerd's
///   pid file tells. Another process in between (a proxy, podman) is nobody's life.
/// - "bridge": the default network, which is made anew at each start of an engine without live-restore.
/// - "connection": nothing better is known; another one after every connection that was lost, and in every life of
/// ours.
struct Generation {
  std::string token;
  std::optional<core::Wall> began;  ///< by this machine's clock as it is set now; only of a process that is known
  bool operator==(Generation const& other) const { return token == other.token; }
};

/// The life of the dockerd that is this process; nullopt: there is none, or it is another program.
[[nodiscard]] std::optional<Generation> generation_of_process(pid_t pid);
/// Ticks since boot at which a process began, from the bytes of /proc/<pid>/stat (proc(5): its second field may hold
/// anything, blanks and brackets too); nullopt: not such a file.
[[nodiscard]] std::optional<unsigned long long> start_ticks(std::string_view stat);
/// From the bodies of GET /info and GET /networks/bridge; nullopt: they do not tell.
[[nodiscard]] std::optional<Generation> generation_of_bridge(std::string_view info, std::string_view network);

}  // namespace docker
