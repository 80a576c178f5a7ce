#pragma once

#include <sys/types.h>

#include <optional>

#include "http/endpoint.hpp"

namespace http {

/// The process that listens at a unix socket (SO_PEERCRED of a connection made for it, unix(7)): 1 where systemd holds
/// the socket, 0 where it is in another pid namespace. nullopt: nobody listens, or it is not a unix socket. Never
/// waits.
[[nodiscard]] std::optional<pid_t> peer_process(Endpoint const& endpoint);

}  // namespace http
