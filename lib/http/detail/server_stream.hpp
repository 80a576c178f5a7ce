#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <chrono>
#include <memory>
#include <string_view>
#include <tuple>
#include <vector>

namespace http::detail {

class TlsServerContext;

/// A server's end of one connection: bytes, in TLS where the listening socket has an identity. One TU instantiates
/// Asio's and Beast's templates for both.
class ServerStream {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Code = boost::system::error_code;
  using Outcome = std::tuple<Code, std::size_t>;

  /// `context` may be null: no TLS.
  ServerStream(Socket socket, std::shared_ptr<TlsServerContext> context);
  ~ServerStream();

  /// Of what follows, until it is set again.
  void expires_after(std::chrono::milliseconds time);
  [[nodiscard]] boost::asio::awaitable<Outcome> read_some(boost::asio::mutable_buffer into);
  [[nodiscard]] boost::asio::awaitable<Code> write(std::vector<boost::asio::const_buffer> pieces);

  [[nodiscard]] bool wants_handshake() const noexcept { return context_ != nullptr; }
  /// With what the peer said first. From then on all is in TLS.
  [[nodiscard]] boost::asio::awaitable<Code> shake_hands(boost::asio::const_buffer first);
  /// Returns when the peer has closed its side. Bytes that it sent ahead (pipelining) end the watch unseen; those that
  /// TLS has unpacked already go into `ahead`.
  [[nodiscard]] boost::asio::awaitable<void> watch_for_hang_up(std::vector<char>& ahead);
  /// Says that nothing more will be sent.
  [[nodiscard]] boost::asio::awaitable<void> end();
  void close();
  [[nodiscard]] Socket& socket();

 private:
  struct Streams;
  std::shared_ptr<TlsServerContext> context_;
  std::unique_ptr<Streams> streams_;
};

}  // namespace http::detail
