#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "http/reply.hpp"

namespace http::detail {

/// Who is at the other end of an accepted connection.
struct Peer {
  std::optional<PeerCredentials> credentials;  ///< unix sockets only
  std::string address;                         ///< numeric; empty for a unix socket. An IPv4 one never as ::ffff:
  std::string name;                            ///< "unix" or "address:port"
  std::uint16_t local_port = 0;                ///< ours
};

[[nodiscard]] Peer peer_of(boost::asio::generic::stream_protocol::socket& socket);

}  // namespace http::detail
