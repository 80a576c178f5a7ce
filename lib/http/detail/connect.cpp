#include "http/detail/connect.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "aio/sleep.hpp"
#include "core/fd.hpp"
#include "http/detail/translate.hpp"

namespace http::detail {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
using core::Errc;
using core::Error;
using core::Result;
using tcp = asio::ip::tcp;

namespace {

/// connect(2) on a unix socket never waits: it succeeds, fails, or says EAGAIN for a full backlog.
int connect_now(core::Fd const& fd, std::string const& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  return ::connect(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0 ? 0 : errno;
}

awaitable<Result<Socket>> connect_unix(Endpoint endpoint, core::Steady deadline) {
  auto const executor = co_await asio::this_coro::executor;
  auto const name = endpoint.to_string();
  core::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) co_return translate_connect(error_code(errno, boost::system::system_category()), name);
  for (;;) {
    int const failure = connect_now(fd, endpoint.path());
    if (failure == 0) break;
    if (failure != EAGAIN && failure != EINTR)
      co_return translate_connect(error_code(failure, boost::system::system_category()), name);
    if (std::chrono::steady_clock::now() >= deadline)
      co_return Error{Errc::timeout, "connect: the server's backlog stays full", name, ""};
    co_await aio::sleep_for(
        std::chrono::milliseconds(5));  // a full backlog wakes nobody, so there is nothing to wait on
  }
  Socket socket(executor);
  socket.assign(asio::generic::stream_protocol(AF_UNIX, 0), fd.release());
  co_return socket;
}

struct Lookup {
  explicit Lookup(asio::any_io_executor executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  asio::steady_timer done;
  error_code error = asio::error::timed_out;
  std::vector<tcp::endpoint> addresses;
};

/// getaddrinfo cannot be interrupted, so at the deadline or on cancellation its answer is left to arrive unheard.
awaitable<Result<std::vector<tcp::endpoint>>> resolve(Endpoint endpoint, core::Steady deadline) {
  error_code not_numeric;
  auto const address = asio::ip::make_address(endpoint.host(), not_numeric);
  if (!not_numeric) co_return std::vector<tcp::endpoint>(1, tcp::endpoint(address, endpoint.port()));
  auto const executor = co_await asio::this_coro::executor;
  auto const lookup = std::make_shared<Lookup>(executor);
  lookup->done.expires_at(deadline);
  lookup->resolver.async_resolve(endpoint.host(), std::to_string(endpoint.port()),
                                 [lookup](error_code error, tcp::resolver::results_type results) {
                                   lookup->error = error;
                                   for (auto const& entry : results) lookup->addresses.push_back(entry.endpoint());
                                   lookup->done.expires_at(core::Steady::min());
                                 });
  while (lookup->error == asio::error::timed_out && std::chrono::steady_clock::now() < deadline)
    co_await lookup->done.async_wait(asio::as_tuple(asio::use_awaitable));
  if (lookup->error) co_return translate_connect(lookup->error, endpoint.to_string());
  co_return lookup->addresses;
}

void find_dead_peers(Socket& socket) {
  int const on = 1, idle = 30, interval = 10, probes = 3;
  int const fd = socket.native_handle();
  // None of these can make a connection unusable, so a kernel that refuses one is no error.
  (void)::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

struct Attempt {
  explicit Attempt(asio::any_io_executor executor) : socket(executor), timer(executor) {}
  Socket socket;
  asio::steady_timer timer;
  bool late = false;
};

awaitable<Result<Socket>> connect_address(tcp::endpoint address, std::string name, core::Steady deadline) {
  auto const executor = co_await asio::this_coro::executor;
  auto const attempt = std::make_shared<Attempt>(executor);
  attempt->timer.expires_at(deadline);
  attempt->timer.async_wait([attempt](error_code error) {
    if (error) return;
    attempt->late = true;
    error_code ignored;  // the socket may have been handed over in this very turn of the loop
    attempt->socket.cancel(ignored);
  });
  asio::generic::stream_protocol::endpoint const generic(address);
  auto const [error] = co_await attempt->socket.async_connect(generic, asio::as_tuple(asio::use_awaitable));
  attempt->timer.cancel();
  if (attempt->late) co_return translate_connect(asio::error::timed_out, name);
  throw_if_cancelled(error);
  if (error) co_return translate_connect(error, name);
  find_dead_peers(attempt->socket);
  co_return std::move(attempt->socket);
}

awaitable<Result<Socket>> connect_tcp(Endpoint endpoint, core::Steady deadline) {
  auto addresses = co_await resolve(endpoint, deadline);
  if (!addresses) co_return addresses.error();
  Error failure{Errc::unavailable, "connect: the name has no address", endpoint.to_string(), ""};
  for (tcp::endpoint const& address : *addresses) {
    auto socket = co_await connect_address(address, endpoint.to_string(), deadline);
    if (socket) co_return std::move(*socket);
    failure = socket.error();
  }
  co_return failure;
}

}  // namespace

awaitable<Result<Socket>> connect(Endpoint endpoint, core::Steady deadline) {
  if (endpoint.is_unix()) co_return co_await connect_unix(std::move(endpoint), deadline);
  co_return co_await connect_tcp(std::move(endpoint), deadline);
}

}  // namespace http::detail
