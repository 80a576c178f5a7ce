#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "http/headers.hpp"
#include "http/target.hpp"

namespace http {

using boost::asio::awaitable;
using core::Result;

/// Who is at the other end of a unix socket, as the kernel says (SO_PEERCRED, taken at connect).
struct PeerCredentials {
  std::uint32_t uid = 0, gid = 0;
  std::int32_t pid = 0;
};

/// One request, read whole, as a handler gets it.
struct RequestContext {
  RequestContext() = default;

  std::string method, target;  ///< as sent
  std::string path;            ///< of the target, percent-encoded
  Query query;
  std::map<std::string, std::string, std::less<>> params;  ///< of the route's pattern, decoded
  Headers headers;
  std::string body;
  std::optional<PeerCredentials> peer;  ///< unix sockets only
  std::string remote;                   ///< "unix" or "address:port"
  std::string address;                  ///< of the peer, numeric, without its port; empty: a unix socket
  std::uint16_t local_port = 0;         ///< ours; 0: a unix socket
  bool tls = false;                     ///< whether it came in TLS

  /// The first value of a query parameter.
  [[nodiscard]] std::optional<std::string> query_value(std::string_view name) const;
};

/// Where a streaming reply puts its bytes.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  /// Returns when the kernel has taken all of it. Errors: unavailable (peer gone), timeout (peer does not read).
  virtual awaitable<Result<void>> write(std::string_view chunk) = 0;
};

/// An answer: a whole body, or a producer that writes one. Not an aggregate, see Request.
struct Reply {
  /// Runs until it returns; it is cancelled when the peer hangs up or the server stops. A producer that throws, or that
  /// ends without the bytes its Content-Length promised, breaks the connection so that the peer sees a cut.
  using Producer = std::function<awaitable<void>(BodyWriter&)>;

  explicit Reply(int with_status = 200) : status(with_status) {}
  [[nodiscard]] static Reply json(int status, std::string body);
  [[nodiscard]] static Reply text(int status, std::string body);
  /// Chunked, or of known length if `Content-Length` is set in headers afterwards.
  [[nodiscard]] static Reply stream(int status, std::string_view content_type, Producer producer);
  /// application/problem+json (RFC 9457). `detail` is for the person at the other end.
  [[nodiscard]] static Reply problem(int status, std::string_view detail);

  int status;
  Headers headers;
  std::string body;
  Producer producer;  ///< when set, `body` is not used
  /// A stream without an end of its own (a followed log, events): the server's stop ends it at once instead of
  /// giving it the drain time.
  bool endless = false;
};

using Handler = std::function<awaitable<Reply>(RequestContext)>;

/// "Not Found" for 404 (RFC 9110 15).
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

}  // namespace http
