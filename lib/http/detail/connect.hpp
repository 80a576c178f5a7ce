#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "core/result.hpp"
#include "core/time.hpp"
#include "http/endpoint.hpp"

namespace http::detail {

/// One socket type for unix and TCP, so that everything above is compiled once.
using Socket = boost::asio::generic::stream_protocol::socket;

/// A connected, non-blocking socket. Names are resolved off the loop thread; each address is tried in turn; on TCP
/// SO_KEEPALIVE finds a dead peer within about a minute, since a NAT may drop an idle connection silently (moby#34359).
/// Errors: unavailable, permission, timeout (at `deadline`).
[[nodiscard]] boost::asio::awaitable<core::Result<Socket>> connect(Endpoint endpoint, core::Steady deadline);

}  // namespace http::detail
