#include "http/detail/client_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cerrno>
#include <optional>
#include <tuple>
#include <vector>

#include "http/detail/connect.hpp"
#include "http/detail/tls_context.hpp"
#include "http/detail/tls_handshake.hpp"
#include "http/detail/translate.hpp"

namespace http::detail {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

using Parser = bhttp::response_parser<bhttp::buffer_body>;
using Message = bhttp::request<bhttp::span_body<char const>>;

struct ClientConnection::State {
  State(Socket socket, Endpoint const& endpoint)
      : stream(std::move(socket)), authority(endpoint.authority()), name(endpoint.to_string()) {
    buffer.reserve(64U << 10U);  // Beast reads as much as there is capacity, and 512 bytes otherwise
  }

  void arm(Patience const& patience) {
    if (auto const deadline = patience.next_deadline())
      stream.expires_at(*deadline);
    else
      stream.expires_never();
  }

  PlainStream stream;
  std::optional<TlsStream> tls;  ///< speaks through `stream`, whose time limits hold for both
  beast::flat_buffer buffer;
  std::optional<Parser> parser;
  std::string authority, name;
  bool heard = false;
};

namespace {

using Outcome = std::tuple<boost::system::error_code, std::size_t>;
constexpr auto as_outcome = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t head_limit = 64U << 10U;
constexpr std::uint64_t piece_size = 256U << 10U;

Message make_message(Request const& request, std::string const& authority) {
  Message message;
  message.method_string(request.method);
  message.target(request.target);
  message.version(11);
  message.set(bhttp::field::host, authority);
  message.set(bhttp::field::user_agent, "tidewheel");
  for (Headers::Field const& field : request.headers) message.insert(field.name, field.value);
  message.body() = beast::span<char const>(request.body.data(), request.body.size());
  message.prepare_payload();
  return message;
}

}  // namespace

ClientConnection::ClientConnection(std::unique_ptr<State> state) : state_(std::move(state)) {}
ClientConnection::~ClientConnection() = default;

awaitable<Result<std::unique_ptr<ClientConnection>>> ClientConnection::open(Endpoint endpoint,
                                                                            std::optional<TlsTrust> trust,
                                                                            core::Steady deadline) {
  auto socket = co_await connect(endpoint, deadline);
  if (!socket) co_return socket.error();
  auto state = std::make_unique<State>(std::move(*socket), endpoint);
  if (endpoint.is_tls()) {
    state->tls.emplace(state->stream, trust.value().context().native());
    state->stream.expires_at(deadline);
    auto const agreed = co_await shake_hands(*state->tls, endpoint);
    if (!agreed) co_return agreed.error();
  }
  co_return std::unique_ptr<ClientConnection>(new ClientConnection(std::move(state)));
}

awaitable<Result<void>> ClientConnection::write(Request const& request, Patience patience, BodySource const* body) {
  Message message = make_message(request, state_->authority);
  if (body != nullptr) message.content_length(body->size);
  state_->heard = false;
  state_->arm(patience);
  bhttp::request_serializer<Message::body_type> serializer(message);
  Outcome outcome;
  if (body != nullptr && state_->tls)
    outcome = co_await bhttp::async_write_header(*state_->tls, serializer, as_outcome);
  else if (body != nullptr)
    outcome = co_await bhttp::async_write_header(state_->stream, serializer, as_outcome);
  else if (state_->tls)
    outcome = co_await bhttp::async_write(*state_->tls, message, as_outcome);
  else
    outcome = co_await bhttp::async_write(state_->stream, message, as_outcome);
  auto const code = std::get<0>(outcome);
  throw_if_cancelled(code);
  if (code && !is_peer_closed(code)) co_return translate(code, "send request", state_->name);
  if (body != nullptr && !code) co_return co_await write_pieces(*body, patience);
  co_return Result<void>();
}

awaitable<Result<void>> ClientConnection::write_pieces(BodySource const& source, Patience patience) {
  for (std::uint64_t left = source.size; left > 0;) {
    auto const piece = co_await source.next(static_cast<std::size_t>(std::min(left, piece_size)));
    if (!piece) co_return piece.error();
    if (piece->empty() || piece->size() > left)
      co_return core::Error{core::Errc::invalid, "send request: its body is not as long as was said", state_->name, ""};
    left -= piece->size();
    state_->arm(patience);
    auto const bytes = asio::buffer(*piece);
    Outcome outcome;
    if (state_->tls)
      outcome = co_await asio::async_write(*state_->tls, bytes, as_outcome);
    else
      outcome = co_await asio::async_write(state_->stream, bytes, as_outcome);
    auto const code = std::get<0>(outcome);
    throw_if_cancelled(code);
    if (is_peer_closed(code)) break;  // it may have answered before: read_head() tells
    if (code) co_return translate(code, "send request", state_->name);
  }
  co_return Result<void>();
}

awaitable<Result<ClientConnection::Head>> ClientConnection::read_head(std::string method, Patience patience) {
  for (;;) {
    Parser& parser = state_->parser.emplace();
    parser.header_limit(head_limit);
    parser.body_limit(boost::none);  // counted by whoever collects the body
    parser.skip(method == "HEAD");
    state_->arm(patience);
    Outcome outcome;
    if (state_->tls)
      outcome = co_await bhttp::async_read_header(*state_->tls, state_->buffer, parser, as_outcome);
    else
      outcome = co_await bhttp::async_read_header(state_->stream, state_->buffer, parser, as_outcome);
    auto const [code, count] = outcome;
    state_->heard = state_->heard || count > 0;
    throw_if_cancelled(code);
    if (code) co_return translate(code, "read answer", state_->name);
    int const status = static_cast<int>(parser.get().result_int());
    if (status >= 100 && status < 200 && status != 101) continue;
    // Not eager (as async_read_header leaves it): an eager parser holds a chunk back until the next one's head is
    // there.
    Head head;
    head.status = status;
    for (auto const& field : parser.get()) head.headers.add(field.name_string(), field.value());
    co_return head;
  }
}

awaitable<Result<std::size_t>> ClientConnection::read_some(std::span<char> into, Patience patience) {
  Parser& parser = *state_->parser;
  auto& body = parser.get().body();
  while (!parser.is_done()) {
    body.data = into.data();
    body.size = into.size();
    state_->arm(patience);
    Outcome outcome;
    if (state_->tls)
      outcome = co_await bhttp::async_read_some(*state_->tls, state_->buffer, parser, as_outcome);
    else
      outcome = co_await bhttp::async_read_some(state_->stream, state_->buffer, parser, as_outcome);
    auto const code = std::get<0>(outcome);
    auto const got = into.size() - body.size;
    throw_if_cancelled(code);
    if (code && code != bhttp::error::need_buffer) co_return translate(code, "read answer", state_->name);
    if (got > 0) co_return got;
  }
  co_return std::size_t{0};
}

awaitable<Result<std::string>> ClientConnection::read_all(std::size_t limit, Patience patience) {
  std::string body;
  std::vector<char> buffer(16U << 10U);
  for (;;) {
    auto const got = co_await read_some(buffer, patience);
    if (!got) co_return got.error();
    if (*got == 0) co_return body;
    if (body.size() + *got > limit) {
      auto text = "the answer is larger than " + std::to_string(limit) + " bytes";
      co_return core::Error{core::Errc::too_large, std::move(text), state_->name, ""};
    }
    body.append(buffer.data(), *got);
  }
}

bool ClientConnection::is_reusable() const {
  return state_->parser && state_->parser->is_done() && state_->parser->keep_alive();
}

bool ClientConnection::is_quiet() const {
  if (state_->tls && SSL_has_pending(state_->tls->native_handle()) == 1) return false;
  char byte = 0;
  auto const got = ::recv(state_->stream.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && state_->buffer.size() == 0;
}

bool ClientConnection::has_heard() const {
  return state_->heard;
}

}  // namespace http::detail
