#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include "core/result.hpp"
#include "http/endpoint.hpp"

namespace http::detail {

using PlainStream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;
using TlsStream = boost::asio::ssl::stream<PlainStream&>;

/// Shakes hands as a client and verifies that the peer is `endpoint`'s host; within the time that the plain stream is
/// set to. Errors: permission (the certificate is not believed: expired, other host, unknown authority), protocol (no
/// TLS there), unavailable, timeout; each says what is wrong with what, and what to do.
[[nodiscard]] boost::asio::awaitable<core::Result<void>> shake_hands(TlsStream& stream, Endpoint endpoint);

}  // namespace http::detail
