#pragma once

#include <memory>
#include <string>

#include "http/message.hpp"
#include "http/patience.hpp"

namespace http {

namespace detail {
class ClientConnection;
}

/// An answer whose head has been read and whose body has not. Owns its connection; destroying it closes that.
class ResponseStream {
 public:
  ResponseStream(std::unique_ptr<detail::ClientConnection> connection, int status, Headers headers, Patience patience);
  ResponseStream(ResponseStream&&) noexcept;
  ResponseStream& operator=(ResponseStream&&) noexcept;
  ~ResponseStream();

  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] Headers const& headers() const noexcept { return headers_; }

  /// Gives the body to `sink` piece by piece (up to 64 KiB), as it arrives, to its end. The next piece is read only
  /// after the sink returned, so a slow sink slows the server down. Errors: the sink's own, unavailable, timeout,
  /// protocol.
  [[nodiscard]] awaitable<Result<void>> read(BodySink sink);
  /// The rest of the body in one piece; too_large past `limit` bytes.
  [[nodiscard]] awaitable<Result<std::string>> read_all(std::size_t limit);

 private:
  std::unique_ptr<detail::ClientConnection> connection_;
  int status_;
  Headers headers_;
  Patience patience_;
};

}  // namespace http
