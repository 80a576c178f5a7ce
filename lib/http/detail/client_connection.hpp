#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "http/body_source.hpp"
#include "http/endpoint.hpp"
#include "http/message.hpp"
#include "http/patience.hpp"
#include "http/tls_trust.hpp"

namespace http::detail {

/// One client connection: request out, answer in, in this order, as often as keep_alive allows; in TLS where
/// the endpoint says so. Cancellation throws operation_aborted and leaves the connection in mid-message: destroy it
/// then.
class ClientConnection {
 public:
  struct Head {
    int status = 0;
    Headers headers;
  };

  /// `trust` is for TLS and may be empty otherwise. Errors: unavailable, permission, timeout; of TLS: see
  /// shake_hands().
  [[nodiscard]] static awaitable<Result<std::unique_ptr<ClientConnection>>> open(Endpoint endpoint,
                                                                                 std::optional<TlsTrust> trust,
                                                                                 core::Steady deadline);
  ~ClientConnection();

  /// A peer that closes while we write may have answered before, so that is no error here: read_head() will tell.
  /// `body`: in place of the request's.
  [[nodiscard]] awaitable<Result<void>> write(Request const& request, Patience patience,
                                              BodySource const* body = nullptr);
  /// Interim 1xx answers are passed over. `method` is the request's: an answer to HEAD has no body.
  [[nodiscard]] awaitable<Result<Head>> read_head(std::string method, Patience patience);
  /// As many bytes of the body as are there, at least one; 0 at its end.
  [[nodiscard]] awaitable<Result<std::size_t>> read_some(std::span<char> into, Patience patience);
  /// The rest of the body; too_large past `limit` bytes.
  [[nodiscard]] awaitable<Result<std::string>> read_all(std::size_t limit, Patience patience);

  /// After the body's end: may the connection carry another request?
  [[nodiscard]] bool is_reusable() const;
  /// For an idle connection: still open, and nothing unasked for has come in. Costs one recv(2).
  [[nodiscard]] bool is_quiet() const;
  /// Whether any byte of the current answer has arrived.
  [[nodiscard]] bool has_heard() const;

 private:
  struct State;
  [[nodiscard]] awaitable<Result<void>> write_pieces(BodySource const& source, Patience patience);
  explicit ClientConnection(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace http::detail
