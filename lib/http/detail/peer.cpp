#include "http/detail/peer.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstring>

namespace http::detail {

namespace asio = boost::asio;

namespace {

std::optional<PeerCredentials> credentials_of(int fd) {
  ucred peer{};
  ::socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return PeerCredentials{peer.uid, peer.gid, peer.pid};
}

std::optional<asio::ip::tcp::endpoint> as_tcp(asio::generic::stream_protocol::endpoint const& generic) {
  asio::ip::tcp::endpoint address;
  if (generic.size() > address.capacity()) return std::nullopt;
  std::memcpy(address.data(), generic.data(), generic.size());
  return address;
}

std::string text_of(asio::ip::address const& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

}  // namespace

Peer peer_of(asio::generic::stream_protocol::socket& socket) {
  Peer peer;
  boost::system::error_code error;
  auto const local = socket.local_endpoint(error);
  if (!error && local.protocol().family() == AF_UNIX) {
    peer.credentials = credentials_of(socket.native_handle());
    peer.name = "unix";
    return peer;
  }
  auto const ours = error ? std::nullopt : as_tcp(local);
  auto const generic = socket.remote_endpoint(error);
  auto const theirs = error ? std::nullopt : as_tcp(generic);
  if (ours) peer.local_port = ours->port();
  peer.address = theirs ? text_of(theirs->address()) : "unknown";  // gone already
  peer.name = theirs ? peer.address + ":" + std::to_string(theirs->port()) : "unknown";
  return peer;
}

}  // namespace http::detail
