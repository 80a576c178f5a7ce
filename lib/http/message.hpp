#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "http/headers.hpp"

namespace http {

using boost::asio::awaitable;
using core::Result;

/// What a client sends. Not an aggregate, so that g++ 12 cannot destroy a temporary one twice in a co_await.
struct Request {
  Request(std::string with_method, std::string with_target)
      : method(std::move(with_method)), target(std::move(with_target)) {}

  std::string method;  ///< "GET"
  std::string target;  ///< path and query, percent-encoded
  Headers headers;     ///< Host, Content-Length and Connection are set by the client
  std::string body;
  std::chrono::milliseconds deadline = std::chrono::seconds(30);  ///< for the whole exchange: connect, write, read
  std::size_t body_limit = 16U << 20U;                            ///< of the answer, in bytes
};

/// What a server answered, read to its end.
struct Response {
  int status = 0;
  Headers headers;
  std::string body;
};

/// Takes one piece of a body; the next piece is read only after it returned, and its error ends the transfer.
/// The view is valid until it returns.
using BodySink = std::function<awaitable<Result<void>>(std::string_view)>;

/// True if sending it twice does the same as sending it once (RFC 9110 9.2.2).
[[nodiscard]] bool is_idempotent(std::string_view method) noexcept;

}  // namespace http
