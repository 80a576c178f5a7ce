#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "http/reply.hpp"
#include "http/server.hpp"

namespace http::detail {

/// One connection of a server: requests one after another until either side has enough.
class Session {
 public:
  /// The references must outlive it; `draining` tells that the server stops.
  Session(boost::asio::generic::stream_protocol::socket socket, Handler const& handler,
          Server::FailureSink const& on_failure, ServerLimits const& limits, bool const& draining);
  ~Session();

  /// Ends when the connection does. Throws nothing: a handler's failure is answered and reported.
  [[nodiscard]] awaitable<void> run();
  /// Waiting for a request, with nothing of it read.
  [[nodiscard]] bool is_idle() const;
  void close();
  /// Closes an idle connection and ends an endless stream; a request in work may end.
  void begin_drain();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace http::detail
