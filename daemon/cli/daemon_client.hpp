#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "http/client.hpp"

namespace cli {

namespace json = boost::json;
using boost::asio::awaitable;

/// The daemon's HTTP API over its unix socket. Every answer but a success is thrown as a CommandError with the exit
/// code that belongs to it. Loop thread only.
class DaemonClient {
 public:
  explicit DaemonClient(std::string socket);

  /// `target` is path and query, percent-encoded.
  [[nodiscard]] awaitable<json::object> get(std::string target);
  [[nodiscard]] awaitable<json::object> post(std::string target, json::object body);
  /// The same under an Idempotency-Key, if there is one.
  [[nodiscard]] awaitable<json::object> post(std::string target, json::object body, std::string once);
  [[nodiscard]] awaitable<void> remove(std::string target);
  /// An answer that may be long or endless, read piece by piece.
  [[nodiscard]] awaitable<http::ResponseStream> open(std::string target);

  [[nodiscard]] std::string const& socket() const noexcept { return socket_; }

 private:
  [[nodiscard]] awaitable<json::object> exchange(http::Request request);
  [[nodiscard]] awaitable<http::Response> send(http::Request request);
  [[noreturn]] void fail(core::Error const& error) const;
  [[noreturn]] void refuse(int status, std::string const& body) const;

  std::string socket_;
  http::Client client_;
};

/// "/api/v1/runs/42": the run as a path segment, whatever was typed.
[[nodiscard]] std::string run_target(std::string const& run);
[[nodiscard]] std::string pipeline_target(std::string const& name);

}  // namespace cli
