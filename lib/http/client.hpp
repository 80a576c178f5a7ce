#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/time.hpp"
#include "http/body_source.hpp"
#include "http/endpoint.hpp"
#include "http/message.hpp"
#include "http/patience.hpp"
#include "http/response_stream.hpp"
#include "http/tls_files.hpp"
#include "http/tls_trust.hpp"

namespace http {

namespace detail {
class ClientConnection;
}

/// An HTTP/1.1 client of one server. Keeps a few idle connections; as many as asked for may be busy at once.
/// Loop thread only. Every HTTP status is a result; errors are what kept an answer from coming:
/// unavailable (nobody there, connection closed), permission (socket, certificate), timeout (outcome unknown),
/// protocol, too_large. Cancellation throws operation_aborted and closes the connection in use.
class Client {
 public:
  struct Limits {
    Limits() {}  // not an aggregate, see Request
    std::size_t idle_connections = 4;
    std::chrono::milliseconds idle_time = std::chrono::seconds(30);
    std::chrono::milliseconds connect = std::chrono::seconds(10);
  };

  /// `trust` is for an https endpoint; without one, the system's authorities are trusted.
  explicit Client(Endpoint endpoint, Limits limits = Limits(), std::optional<TlsTrust> trust = std::nullopt);
  /// For an https endpoint that wants to know who we are. Trouble with the files is `unavailable`, as is a server that
  /// is away: both may pass.
  Client(Endpoint endpoint, Limits limits, TlsFiles files);
  ~Client();
  Client(Client const&) = delete;
  Client& operator=(Client const&) = delete;

  /// Sends and reads the whole answer. A request that can be sent twice is sent once more if an idle connection
  /// turns out to be dead before a byte of the answer came.
  [[nodiscard]] awaitable<Result<Response>> send(Request request);
  /// Sends and reads the head; on a connection of its own, with `patience` in place of the request's deadline.
  [[nodiscard]] awaitable<Result<ResponseStream>> open(Request request, Patience patience);
  /// The same with a body that is made while it is sent, in place of the request's.
  [[nodiscard]] awaitable<Result<ResponseStream>> open(Request request, BodySource body, Patience patience);

  [[nodiscard]] Endpoint const& endpoint() const noexcept { return endpoint_; }
  /// How often a connection was found dead or could not be made: when it grows, the server may be another one now.
  [[nodiscard]] std::uint64_t losses() const noexcept { return losses_; }

 private:
  using Connection = std::unique_ptr<detail::ClientConnection>;
  struct Idle {
    Connection connection;
    core::Steady since;
  };

  [[nodiscard]] Connection take_idle();
  void keep(Connection connection);
  [[nodiscard]] awaitable<Result<Connection>> connect(core::Steady deadline);
  [[nodiscard]] awaitable<Result<ResponseStream>> begin(Request const& request, BodySource const* body,
                                                        Patience patience);
  [[nodiscard]] static awaitable<Result<Response>> exchange(detail::ClientConnection& connection,
                                                            Request const& request, core::Steady deadline);

  Endpoint endpoint_;
  Limits limits_;
  std::optional<TlsTrust> trust_;  ///< there if the endpoint is TLS
  std::vector<Idle> idle_;
  std::uint64_t losses_ = 0;
  std::optional<TlsFiles> files_;  ///< where trust_ comes from, anew for each connection
};

}  // namespace http
