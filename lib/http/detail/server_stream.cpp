#include "http/detail/server_stream.hpp"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <optional>

#include "http/detail/tls_server_context.hpp"
#include "http/detail/translate.hpp"

namespace http::detail {

namespace asio = boost::asio;
using asio::awaitable;
using Plain = boost::beast::basic_stream<asio::generic::stream_protocol>;
using Tls = asio::ssl::stream<Plain&>;

namespace {

constexpr auto as_outcome = asio::as_tuple(asio::use_awaitable);

}  // namespace

struct ServerStream::Streams {
  explicit Streams(Socket socket) : plain(std::move(socket)) {}
  Plain plain;
  std::optional<Tls> tls;  ///< speaks through `plain`, whose time limits hold for both
};

ServerStream::ServerStream(Socket socket, std::shared_ptr<TlsServerContext> context)
    : context_(std::move(context)), streams_(std::make_unique<Streams>(std::move(socket))) {}
ServerStream::~ServerStream() = default;

void ServerStream::expires_after(std::chrono::milliseconds time) {
  streams_->plain.expires_after(time);
}

void ServerStream::close() {
  streams_->plain.close();
}

ServerStream::Socket& ServerStream::socket() {
  return streams_->plain.socket();
}

awaitable<ServerStream::Outcome> ServerStream::read_some(asio::mutable_buffer into) {
  if (streams_->tls) co_return co_await streams_->tls->async_read_some(into, as_outcome);
  co_return co_await streams_->plain.async_read_some(into, as_outcome);
}

awaitable<ServerStream::Code> ServerStream::write(std::vector<asio::const_buffer> pieces) {
  Outcome outcome;
  if (streams_->tls)
    outcome = co_await asio::async_write(*streams_->tls, pieces, as_outcome);
  else
    outcome = co_await asio::async_write(streams_->plain, pieces, as_outcome);
  co_return std::get<0>(outcome);
}

awaitable<ServerStream::Code> ServerStream::shake_hands(asio::const_buffer first) {
  streams_->tls.emplace(streams_->plain, context_->native());
  auto const [code, used] = co_await streams_->tls->async_handshake(asio::ssl::stream_base::server, first, as_outcome);
  co_return code;
}

awaitable<void> ServerStream::watch_for_hang_up(std::vector<char>& ahead) {
  auto& raw = streams_->plain.socket();
  if (streams_->tls) {
    ahead.resize(1024);
    streams_->plain.expires_never();  // of this reading; writes set their own time beside it
    auto const [code, count] = co_await streams_->tls->async_read_some(asio::buffer(ahead), as_outcome);
    ahead.resize(count);
    throw_if_cancelled(code);
    if (code) co_return;
  } else {
    co_await raw.async_wait(asio::socket_base::wait_read, asio::use_awaitable);
    char byte = 0;
    auto const got = ::recv(raw.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) co_return;
  }
  asio::steady_timer never(raw.get_executor(), asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

awaitable<void> ServerStream::end() {
  if (streams_->tls) (void)co_await streams_->tls->async_shutdown(as_outcome);
  Code ignored;
  streams_->plain.socket().shutdown(asio::socket_base::shutdown_send, ignored);
}

}  // namespace http::detail
