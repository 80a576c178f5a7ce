#include "http/detail/session.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "aio/task_group.hpp"
#include "core/utf8.hpp"
#include "http/detail/peer.hpp"
#include "http/detail/refusal.hpp"
#include "http/detail/response_head.hpp"
#include "http/detail/server_stream.hpp"
#include "http/detail/stream_writer.hpp"
#include "http/detail/translate.hpp"

namespace http::detail {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using Parser = bhttp::request_parser<bhttp::string_body>;
using boost::system::error_code;

/// What run() works on. Steps of one request follow one another; only close() and begin_drain() come from outside.
struct Session::State {
  State(ServerStream::Socket socket, ServerState& with_server, std::shared_ptr<Traffic> traffic,
        std::shared_ptr<TlsServerContext> context)
      : server(with_server),
        limits(with_server.limits),
        peer(peer_of(socket)),
        place(std::move(traffic), peer.address),
        stream(std::move(socket), std::move(context)) {
    int const on = 1;
    if (is_tcp()) (void)::setsockopt(stream.socket().native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  [[nodiscard]] bool is_tcp() const { return !peer.address.empty(); }
  [[nodiscard]] awaitable<bool> begin_tls();
  [[nodiscard]] awaitable<bool> wait_for_request();
  [[nodiscard]] awaitable<error_code> fill();
  [[nodiscard]] awaitable<error_code> feed(bool header_only);
  [[nodiscard]] awaitable<bool> serve_one();
  [[nodiscard]] awaitable<error_code> read_body();
  [[nodiscard]] awaitable<bool> refuse(std::optional<Reply> refused);
  [[nodiscard]] awaitable<Reply> answer();
  [[nodiscard]] awaitable<Reply> ask_handler(RequestContext request);
  [[nodiscard]] RequestContext to_context(Target target);
  [[nodiscard]] awaitable<bool> send(Reply& reply, bool is_head);
  [[nodiscard]] awaitable<bool> send_whole(Reply& reply, bool is_head);
  [[nodiscard]] awaitable<bool> send_endless(Reply& reply, bool is_head);
  [[nodiscard]] awaitable<bool> send_stream(Reply& reply, bool is_head);
  [[nodiscard]] awaitable<bool> produce(Reply& reply, BodyWriter& writer);
  [[nodiscard]] awaitable<void> watch_for_hang_up();
  [[nodiscard]] awaitable<void> linger();
  void report(std::string_view what) const { server.on_failure(doing + ": " + std::string(what)); }

  ServerState& server;
  ServerLimits const& limits;
  Peer peer;
  Place place;
  ServerStream stream;
  boost::beast::flat_buffer buffer;
  std::optional<Parser> parser;       ///< of the request that is being read
  std::optional<Counted> body_share;  ///< of what all bodies together may take
  std::string doing;                  ///< "GET /path", for reports
  unsigned version = 11;              ///< of the request
  bool keep_alive = true;             ///< after this request
  bool idle = false;
  bool has_asked = false;             ///< whether a request has come by this connection
  aio::TaskGroup* endless = nullptr;  ///< the stream that a drain ends at once
};

Session::Session(ServerStream::Socket socket, ServerState& server, std::shared_ptr<Traffic> traffic,
                 std::shared_ptr<TlsServerContext> context)
    : state_(std::make_shared<State>(std::move(socket), server, std::move(traffic), std::move(context))) {}
Session::~Session() = default;

bool Session::is_idle() const {
  return state_->idle;
}
Traffic const* Session::traffic() const {
  return &state_->place.traffic();
}
void Session::close() {
  state_->stream.close();
}

void Session::begin_drain() {
  if (state_->idle) close();
  if (state_->endless != nullptr) state_->endless->stop();
}

awaitable<void> Session::run() {
  try {
    bool going = true;
    if (state_->stream.wants_handshake()) going = co_await state_->begin_tls();
    while (going) {
      going = co_await state_->wait_for_request();
      if (going) going = co_await state_->serve_one();
    }
  } catch (boost::system::system_error const& error) {
    if (error.code() != asio::error::operation_aborted) state_->report(error.what());
  } catch (std::exception const& error) {
    state_->report(error.what());
  }
  state_->stream.close();
}

/// Reads what is there into the buffer, at least one byte.
awaitable<error_code> Session::State::fill() {
  asio::mutable_buffer const space = buffer.prepare(4096);
  auto const [code, count] = co_await stream.read_some(space);
  buffer.commit(count);
  co_return code;
}

awaitable<bool> Session::State::begin_tls() {
  constexpr char handshake_record = 0x16;
  idle = true;
  stream.expires_after(limits.header);
  auto code = co_await fill();
  idle = false;
  if (code) co_return false;
  auto const first = buffer.data();
  if (*static_cast<char const*>(first.data()) != handshake_record) {
    auto refused = Reply::problem(400, "This port speaks HTTPS, and this was HTTP: write https:// in front of it.");
    co_return co_await refuse(std::move(refused));
  }
  code = co_await stream.shake_hands(first);
  throw_if_cancelled(code);
  buffer.clear();
  co_return !code;
}

/// The first bytes of a request may take the idle time; from then on the header's limit counts. One who comes from the
/// network and has asked nothing yet may take that alone.
awaitable<bool> Session::State::wait_for_request() {
  if (server.draining) co_return false;
  if (buffer.size() > 0) co_return true;
  idle = true;
  stream.expires_after(has_asked || !is_tcp() ? limits.idle : std::min(limits.idle, limits.header));
  auto const code = co_await fill();
  idle = false;
  co_return !code;
}

/// Gives the parser what comes, until it has the header or all of the request.
awaitable<error_code> Session::State::feed(bool header_only) {
  for (;;) {
    if (buffer.size() > 0) {
      error_code code;
      auto const used = parser->put(buffer.data(), code);
      buffer.consume(used);
      if (code && code != bhttp::error::need_more) co_return code;
      if (header_only ? parser->is_header_done() : parser->is_done()) co_return error_code();
      if (!code && used > 0) continue;
    }
    auto const code = co_await fill();
    if (code == asio::error::eof) {
      co_return make_error_code(parser->got_some() ? bhttp::error::partial_message : bhttp::error::end_of_stream);
    }
    if (code) co_return code;
  }
}

awaitable<error_code> Session::State::read_body() {
  stream.expires_after(limits.body);
  if (boost::beast::iequals(parser->get()[bhttp::field::expect], "100-continue")) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    std::vector<asio::const_buffer> pieces{asio::buffer(go_on)};
    auto const code = co_await stream.write(std::move(pieces));
    if (code) co_return code;
  }
  parser->eager(true);
  co_return co_await feed(false);
}

awaitable<bool> Session::State::refuse(std::optional<Reply> refused) {
  keep_alive = false;
  if (!refused) co_return false;
  bool const sent = co_await send(*refused, false);
  if (sent) co_await linger();
  co_return false;
}

awaitable<bool> Session::State::serve_one() {
  has_asked = true;
  parser.emplace();
  parser->header_limit(static_cast<std::uint32_t>(limits.header_size));
  parser->body_limit(limits.body_size);
  stream.expires_after(limits.header);
  auto code = co_await feed(true);
  if (!code && !parser->is_done()) {
    auto const most = parser->content_length().value_or(limits.body_size);
    auto& bodies = place.traffic().body_bytes;
    if (bodies + most > limits.bodies) co_return co_await refuse(too_busy("Too many large requests at one time."));
    body_share.emplace(bodies, static_cast<std::size_t>(most));
    code = co_await read_body();
  }
  throw_if_cancelled(code);
  if (code) co_return co_await refuse(refusal(code));
  version = parser->get().version();
  keep_alive = parser->keep_alive();
  bool const is_head = parser->get().method() == bhttp::verb::head;
  Reply reply = co_await answer();
  body_share.reset();
  keep_alive = keep_alive && !server.draining;
  bool const sent = co_await send(reply, is_head);
  if (sent && !keep_alive) {
    stream.expires_after(std::chrono::seconds(1));
    co_await stream.end();
  }
  co_return sent&& keep_alive;
}

awaitable<Reply> Session::State::answer() {
  auto const& message = parser->get();
  Target target;
  std::string const text(message.target());
  doing = std::string(message.method_string()) + " " + core::to_display(text);
  if (version == 11 && message.count(bhttp::field::host) != 1)
    co_return Reply::problem(400, "A request needs one Host header.");
  if (!parse_target(text, target)) co_return Reply::problem(400, "The request target must be a path.");
  auto request = to_context(std::move(target));
  parser.reset();
  co_return co_await ask_handler(std::move(request));
}

RequestContext Session::State::to_context(Target target) {
  auto& message = parser->get();
  RequestContext request;
  request.method = message.method_string();
  request.target = message.target();
  request.path = std::move(target.path);
  request.query = std::move(target.query);
  for (auto const& field : message) request.headers.add(field.name_string(), field.value());
  request.body = std::move(message.body());
  request.peer = peer.credentials;
  request.remote = peer.name;
  request.address = peer.address;
  request.local_port = peer.local_port;
  request.tls = stream.wants_handshake();
  return request;
}

awaitable<Reply> Session::State::ask_handler(RequestContext request) {
  std::string failure;
  try {
    co_return co_await server.handler(std::move(request));
  } catch (boost::system::system_error const& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    failure = error.what();
  } catch (std::exception const& error) {
    failure = error.what();
  }
  report(failure);
  co_return Reply::problem(500, "The daemon failed on this request; its log says why.");
}

awaitable<bool> Session::State::send(Reply& reply, bool is_head) {
  if (!reply.producer) co_return co_await send_whole(reply, is_head);
  if (reply.endless && !is_head) co_return co_await send_endless(reply, is_head);
  co_return co_await send_stream(reply, is_head);
}

awaitable<bool> Session::State::send_whole(Reply& reply, bool is_head) {
  bool const has_body = reply.status != 204 && reply.status != 304;
  Framing framing;
  framing.version = version;
  framing.keep_alive = keep_alive;
  if (has_body) framing.length = reply.body.size();
  auto const head = response_head(reply, framing);
  std::vector<asio::const_buffer> pieces{asio::buffer(head)};
  if (has_body && !is_head) pieces.push_back(asio::buffer(reply.body));
  stream.expires_after(limits.write);
  auto const code = co_await stream.write(std::move(pieces));
  throw_if_cancelled(code);
  co_return !code;
}

awaitable<bool> Session::State::send_endless(Reply& reply, bool is_head) {
  if (server.streams >= limits.streams) {
    auto busy = too_busy("As many streams are open as may be at one time.");
    co_return co_await send_whole(busy, is_head);
  }
  Counted const counted(server.streams, 1);
  place.give_up();
  if (buffer.size() == 0) buffer.shrink_to_fit();
  bool const sent = co_await send_stream(reply, is_head);
  place.take();
  co_return sent;
}

awaitable<bool> Session::State::send_stream(Reply& reply, bool is_head) {
  auto const promised = reply.headers.find("Content-Length");
  Framing framing;
  framing.version = version;
  framing.chunked = !promised && version == 11;
  if (!promised && version != 11) keep_alive = false;  // HTTP/1.0: the body ends with the connection
  framing.keep_alive = keep_alive;
  auto const head = response_head(reply, framing);
  std::vector<asio::const_buffer> pieces{asio::buffer(head)};
  stream.expires_after(limits.write);
  auto const code = co_await stream.write(std::move(pieces));
  throw_if_cancelled(code);
  if (code || is_head) co_return !code;
  StreamWriter writer(stream, limits.write, framing.chunked, peer.name);
  bool const produced = co_await produce(reply, writer);
  if (!produced) co_return false;
  if (promised && *promised != std::to_string(writer.written())) co_return false;
  co_return co_await writer.finish();
}

/// True if the producer came to its end. It runs beside a watch on the peer, so that one that waits for news, and so
/// writes nothing, still ends when nobody listens any more.
awaitable<bool> Session::State::produce(Reply& reply, BodyWriter& writer) {
  bool complete = false;
  auto const executor = co_await asio::this_coro::executor;
  aio::TaskGroup group(executor);
  group.spawn([&]() -> awaitable<void> {
    co_await reply.producer(writer);
    complete = true;
    // One that never waited is still inside spawn(), and Asio 1.81 throws through co_spawn if it is cancelled there.
    co_await asio::post(asio::use_awaitable);
    group.stop();
  });
  group.spawn([&]() -> awaitable<void> {
    co_await watch_for_hang_up();
    group.stop();
  });
  if (reply.endless) endless = &group;
  if (reply.endless && server.draining) group.stop();
  try {
    co_await group.join();
  } catch (std::exception const& error) {
    report(error.what());
  }
  endless = nullptr;
  co_return complete;
}

awaitable<void> Session::State::watch_for_hang_up() {
  std::vector<char> ahead;
  auto const keep = [&] { buffer.commit(asio::buffer_copy(buffer.prepare(ahead.size()), asio::buffer(ahead))); };
  try {
    co_await stream.watch_for_hang_up(ahead);
  } catch (...) {
    keep();
    throw;
  }
}

/// Closing with unread bytes resets a TCP connection, and the peer may then never see the answer: so read on a little.
awaitable<void> Session::State::linger() {
  stream.expires_after(std::chrono::seconds(1));
  co_await stream.end();
  for (std::size_t left = 8U << 20U; left > 0;) {
    buffer.clear();
    auto const code = co_await fill();
    throw_if_cancelled(code);
    if (code) co_return;
    left -= std::min(left, buffer.size());
  }
}

}  // namespace http::detail
