#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "aio/event.hpp"
#include "aio/task_group.hpp"
#include "http/listener.hpp"
#include "http/reply.hpp"

namespace http {

namespace detail {
class Session;
struct ServerState;
}  // namespace detail
class TlsIdentity;

/// What one server allows. Past a limit a request is answered with 413 or 431, or its connection is closed.
struct ServerLimits {
  ServerLimits() {}  // not an aggregate, see Request

  /// By each listening socket, endless streams apart. More wait in the kernel's backlog, until one ends or an idle one
  /// is closed for them.
  std::size_t connections = 256;
  std::size_t per_address = 64;   ///< of those, from one address over TCP; more are closed at once
  std::set<std::string> crowded;  ///< addresses that per_address is not for: proxies, which come for many
  std::size_t streams = 1280;     ///< endless streams, together; more get 503
  std::size_t header_size = 16U << 10U;
  std::size_t body_size = 1U << 20U;
  std::size_t bodies = 32U << 20U;  ///< of all requests that one listening socket reads at one time; more get 503
  std::chrono::milliseconds idle =
      std::chrono::seconds(60);  ///< between requests; before the first one over TCP it is `header`
  std::chrono::milliseconds header =
      std::chrono::seconds(10);  ///< from the first byte to the end of the header; for TLS's handshake
  std::chrono::milliseconds body = std::chrono::seconds(30);   ///< for a whole request body
  std::chrono::milliseconds write = std::chrono::seconds(30);  ///< for a whole reply, or one chunk of a stream
  std::chrono::milliseconds drain = std::chrono::seconds(5);   ///< for open requests when the server stops
};

/// An HTTP/1.1 server: one coroutine a connection, requests read whole, replies whole or streamed. Loop thread only.
/// Protocol errors are answered here as RFC 9457 problems. A handler that throws gives 500, and its text goes to the
/// failure sink, once; the client does not see it.
class Server {
 public:
  using FailureSink = std::function<void(std::string_view)>;

  /// `on_failure` may be empty.
  Server(boost::asio::any_io_executor executor, Handler handler, FailureSink on_failure,
         ServerLimits limits = ServerLimits());
  ~Server();
  Server(Server const&) = delete;
  Server& operator=(Server const&) = delete;

  /// Before run(): adds a listening socket, which the server then owns; with an identity it speaks TLS only.
  void add(Listener listener, std::shared_ptr<TlsIdentity> identity = nullptr);
  /// Serves until it is cancelled. Then it stops accepting, lets open requests end within the drain time, closes the
  /// rest and returns. Does not throw operation_aborted.
  [[nodiscard]] awaitable<void> run();
  [[nodiscard]] std::size_t connections() const noexcept { return sessions_.size(); }
  /// Of those, endless streams.
  [[nodiscard]] std::size_t streams() const noexcept;

 private:
  using Sessions = std::list<std::shared_ptr<detail::Session>>;
  struct Door;     ///< one acceptor
  struct Leaving;  ///< takes a session off the list

  [[nodiscard]] awaitable<void> accept(Door& door);
  [[nodiscard]] awaitable<void> drain();
  void admit(std::shared_ptr<detail::Session> session);
  [[nodiscard]] bool is_crowding(Door const& door, std::string const& address) const;
  void make_room(Door const& door);
  void ended(Sessions::iterator session);

  boost::asio::any_io_executor executor_;
  std::unique_ptr<detail::ServerState> state_;
  std::list<std::unique_ptr<Door>> doors_;
  aio::TaskGroup connections_;
  Sessions sessions_;  ///< oldest first
  aio::Event drained_;
};

}  // namespace http
