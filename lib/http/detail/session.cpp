#include "http/detail/session.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstring>
#include <optional>

#include "aio/task_group.hpp"
#include "core/utf8.hpp"
#include "http/detail/stream_writer.hpp"
#include "http/detail/translate.hpp"

namespace http::detail {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using Parser = bhttp::request_parser<bhttp::string_body>;
using boost::system::error_code;

namespace {

constexpr auto as_outcome = asio::as_tuple(asio::use_awaitable);

std::optional<PeerCredentials> credentials_of(int fd) {
  ucred peer{};
  ::socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return PeerCredentials{peer.uid, peer.gid, peer.pid};
}

std::string name_of(asio::generic::stream_protocol::socket const& socket) {
  error_code error;
  auto const remote = socket.remote_endpoint(error);
  if (error || remote.protocol().family() == AF_UNIX) return "unix";
  asio::ip::tcp::endpoint address;
  if (remote.size() > address.capacity()) return "unknown";
  std::memcpy(address.data(), remote.data(), remote.size());
  return address.address().to_string() + ":" + std::to_string(address.port());
}

/// The answer to a request that could not be read; nullopt when nobody waits for one.
std::optional<Reply> refusal(error_code code) {
  if (code == bhttp::error::body_limit) return Reply::problem(413, "The request body is too large.");
  if (code == bhttp::error::header_limit || code == bhttp::error::buffer_overflow)
    return Reply::problem(431, "The request header is too large.");
  if (code == beast::error::timeout || code == bhttp::error::end_of_stream || code == bhttp::error::partial_message)
    return std::nullopt;
  if (code.category() == bhttp::make_error_code(bhttp::error::bad_method).category())
    return Reply::problem(400, "This is not HTTP/1.1: " + code.message() + ".");
  return std::nullopt;
}

}  // namespace

/// What run() works on. Steps of one request follow one another; only close() and begin_drain() come from outside.
struct Session::State {
  State(asio::generic::stream_protocol::socket socket, Handler const& with_handler,
        Server::FailureSink const& with_on_failure, ServerLimits const& with_limits, bool const& with_draining)
      : handler(with_handler),
        on_failure(with_on_failure),
        limits(with_limits),
        draining(with_draining),
        remote(name_of(socket)),
        stream(std::move(socket)) {
    int const fd = stream.socket().native_handle();
    if (remote == "unix") peer = credentials_of(fd);
    int const on = 1;
    if (remote != "unix") (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  [[nodiscard]] awaitable<bool> wait_for_request();
  [[nodiscard]] awaitable<bool> serve_one();
  [[nodiscard]] awaitable<error_code> read_request(Parser& parser);
  [[nodiscard]] awaitable<Reply> answer(Parser& parser);
  [[nodiscard]] awaitable<Reply> ask_handler(RequestContext request);
  [[nodiscard]] RequestContext to_context(Parser& parser, Target target) const;
  [[nodiscard]] awaitable<bool> send(Reply& reply, bool is_head);
  [[nodiscard]] awaitable<bool> send_whole(Reply& reply, bool is_head);
  [[nodiscard]] awaitable<bool> send_stream(Reply& reply, bool is_head);
  [[nodiscard]] awaitable<bool> produce(Reply& reply, BodyWriter& writer);
  [[nodiscard]] awaitable<void> watch_for_hang_up();
  [[nodiscard]] awaitable<void> linger();
  template <class Message>
  void begin(Message& head, Reply const& reply) const;
  void report(std::string_view what) const;

  Handler const& handler;
  Server::FailureSink const& on_failure;
  ServerLimits const& limits;
  bool const& draining;
  std::optional<PeerCredentials> peer;
  std::string remote;
  Stream stream;
  beast::flat_buffer buffer;
  std::string doing;       ///< "GET /path", for reports
  unsigned version = 11;   ///< of the request
  bool keep_alive = true;  ///< after this request
  bool idle = false;
  aio::TaskGroup* endless = nullptr;  ///< the stream that a drain ends at once
};

Session::Session(asio::generic::stream_protocol::socket socket, Handler const& handler,
                 Server::FailureSink const& on_failure, ServerLimits const& limits, bool const& draining)
    : state_(std::make_shared<State>(std::move(socket), handler, on_failure, limits, draining)) {}
Session::~Session() = default;

bool Session::is_idle() const {
  return state_->idle;
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
    while (co_await state_->wait_for_request())
      if (!co_await state_->serve_one()) break;
  } catch (boost::system::system_error const& error) {
    if (error.code() != asio::error::operation_aborted) state_->report(error.what());
  } catch (std::exception const& error) {
    state_->report(error.what());
  }
  state_->stream.close();
}

/// The first bytes of a request may take the idle time; from then on the header's limit counts.
awaitable<bool> Session::State::wait_for_request() {
  if (draining) co_return false;
  if (buffer.size() > 0) co_return true;
  idle = true;
  stream.expires_after(limits.idle);
  auto const space = buffer.prepare(1024);
  auto const [code, count] = co_await stream.async_read_some(space, as_outcome);
  idle = false;
  buffer.commit(count);
  co_return !code;
}

awaitable<bool> Session::State::serve_one() {
  Parser parser;
  auto const code = co_await read_request(parser);
  throw_if_cancelled(code);
  if (code) {
    auto refused = refusal(code);
    keep_alive = false;
    if (refused && co_await send(*refused, false)) co_await linger();
    co_return false;
  }
  version = parser.get().version();
  keep_alive = parser.keep_alive();
  bool const is_head = parser.get().method() == bhttp::verb::head;
  Reply reply = co_await answer(parser);
  keep_alive = keep_alive && !draining;
  bool const sent = co_await send(reply, is_head);
  co_return sent&& keep_alive;
}

awaitable<Reply> Session::State::answer(Parser& parser) {
  auto const& message = parser.get();
  Target target;
  std::string const text(message.target());
  doing = std::string(message.method_string()) + " " + core::to_display(text);
  if (version == 11 && message.count(bhttp::field::host) != 1)
    co_return Reply::problem(400, "A request needs one Host header.");
  if (!parse_target(text, target)) co_return Reply::problem(400, "The request target must be a path.");
  co_return co_await ask_handler(to_context(parser, std::move(target)));
}

awaitable<error_code> Session::State::read_request(Parser& parser) {
  parser.header_limit(static_cast<std::uint32_t>(limits.header_size));
  parser.body_limit(limits.body_size);
  stream.expires_after(limits.header);
  auto const [head_code, head_size] = co_await bhttp::async_read_header(stream, buffer, parser, as_outcome);
  if (head_code || parser.is_done()) co_return head_code;
  stream.expires_after(limits.body);
  if (beast::iequals(parser.get()[bhttp::field::expect], "100-continue")) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    auto const bytes = asio::buffer(go_on);
    auto const [code, count] = co_await asio::async_write(stream, bytes, as_outcome);
    if (code) co_return code;
  }
  auto const [code, size] = co_await bhttp::async_read(stream, buffer, parser, as_outcome);
  co_return code;
}

RequestContext Session::State::to_context(Parser& parser, Target target) const {
  auto& message = parser.get();
  RequestContext request;
  request.method = message.method_string();
  request.target = message.target();
  request.path = std::move(target.path);
  request.query = std::move(target.query);
  for (auto const& field : message) request.headers.add(field.name_string(), field.value());
  request.body = std::move(message.body());
  request.peer = peer;
  request.remote = remote;
  return request;
}

awaitable<Reply> Session::State::ask_handler(RequestContext request) {
  std::string failure;
  try {
    co_return co_await handler(std::move(request));
  } catch (boost::system::system_error const& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    failure = error.what();
  } catch (std::exception const& error) {
    failure = error.what();
  }
  report(failure);
  co_return Reply::problem(500, "The daemon failed on this request; its log says why.");
}

void Session::State::report(std::string_view what) const {
  on_failure(doing + ": " + std::string(what));
}

template <class Message>
void Session::State::begin(Message& head, Reply const& reply) const {
  head.result(static_cast<unsigned>(reply.status));
  head.reason(std::string(reason_phrase(reply.status)));
  head.version(version);
  head.set(bhttp::field::server, "tidewheel");
  for (Headers::Field const& field : reply.headers) head.insert(field.name, field.value);
  head.keep_alive(keep_alive);
}

awaitable<bool> Session::State::send(Reply& reply, bool is_head) {
  if (reply.producer) co_return co_await send_stream(reply, is_head);
  co_return co_await send_whole(reply, is_head);
}

awaitable<bool> Session::State::send_whole(Reply& reply, bool is_head) {
  bool const has_body = reply.status != 204 && reply.status != 304;
  bhttp::response<bhttp::span_body<char const>> message;
  begin(message, reply);
  if (has_body) message.content_length(reply.body.size());
  if (has_body) message.body() = beast::span<char const>(reply.body.data(), reply.body.size());
  bhttp::response_serializer<bhttp::span_body<char const>> serializer(message);
  stream.expires_after(limits.write);
  error_code code;
  if (is_head) {
    auto const [error, size] = co_await bhttp::async_write_header(stream, serializer, as_outcome);
    code = error;
  } else {
    auto const [error, size] = co_await bhttp::async_write(stream, serializer, as_outcome);
    code = error;
  }
  throw_if_cancelled(code);
  co_return !code;
}

awaitable<bool> Session::State::send_stream(Reply& reply, bool is_head) {
  auto const promised = reply.headers.find("Content-Length");
  bool const chunked = !promised && version == 11;
  if (!promised && version != 11) keep_alive = false;  // HTTP/1.0: the body ends with the connection
  bhttp::response<bhttp::empty_body> head;
  begin(head, reply);
  if (chunked) head.chunked(true);
  bhttp::response_serializer<bhttp::empty_body> serializer(head);
  stream.expires_after(limits.write);
  auto const [head_code, head_size] = co_await bhttp::async_write_header(stream, serializer, as_outcome);
  throw_if_cancelled(head_code);
  if (head_code || is_head) co_return !head_code;
  StreamWriter writer(stream, limits.write, chunked, remote);
  if (!co_await produce(reply, writer)) co_return false;
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
  if (reply.endless && draining) group.stop();
  try {
    co_await group.join();
  } catch (std::exception const& error) {
    report(error.what());
  }
  endless = nullptr;
  co_return complete;
}

/// Returns when the peer has closed its side. Bytes that it sent ahead (pipelining) end the watch unseen.
awaitable<void> Session::State::watch_for_hang_up() {
  auto& socket = stream.socket();
  co_await socket.async_wait(asio::socket_base::wait_read, asio::use_awaitable);
  char byte = 0;
  auto const got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got == 0 || (got < 0 && errno != EAGAIN)) co_return;
  asio::steady_timer never(socket.get_executor(), asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

/// Closing with unread bytes resets a TCP connection, and the peer may then never see the answer: so read on a little.
awaitable<void> Session::State::linger() {
  error_code ignored;
  stream.socket().shutdown(asio::socket_base::shutdown_send, ignored);
  stream.expires_after(std::chrono::seconds(1));
  for (std::size_t left = 8U << 20U; left > 0;) {
    buffer.clear();
    auto const space = buffer.prepare(64U << 10U);
    auto const [code, count] = co_await stream.async_read_some(space, as_outcome);
    throw_if_cancelled(code);
    if (code) co_return;
    left -= std::min(left, count);
  }
}

}  // namespace http::detail
