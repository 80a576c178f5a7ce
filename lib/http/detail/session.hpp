#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>

#include "http/detail/traffic.hpp"
#include "http/reply.hpp"

namespace http::detail {

class TlsServerContext;

/// One connection of a server: requests one after another until either side has enough.
class Session {
 public:
  /// `server` must outlive it. `context` is null where the listening socket has no TLS.
  Session(boost::asio::generic::stream_protocol::socket socket, ServerState& server, std::shared_ptr<Traffic> traffic,
          std::shared_ptr<TlsServerContext> context);
  ~Session();

  /// Ends when the connection does. Throws nothing: a handler's failure is answered and reported.
  [[nodiscard]] awaitable<void> run();
  /// Waiting for a request, with nothing of it read.
  [[nodiscard]] bool is_idle() const;
  [[nodiscard]] Traffic const* traffic() const;
  void close();
  /// Closes an idle connection and ends an endless stream; a request in work may end.
  void begin_drain();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace http::detail
