#include "support/s3/transport.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <utility>

#include "aio/sleep.hpp"

namespace support::s3 {

namespace {

using http::awaitable;
using http::BodyWriter;
using std::chrono::milliseconds;

milliseconds seconds(double value) {
  return milliseconds(std::llround(value * 1000));
}

std::string name_of_peer(int fd) {
  boost::asio::ip::tcp::endpoint peer;
  auto length = static_cast<::socklen_t>(peer.capacity());
  if (::getpeername(fd, peer.data(), &length) != 0) return {};
  if (peer.data()->sa_family != AF_INET && peer.data()->sa_family != AF_INET6) return {};
  return peer.address().to_string() + ":" + std::to_string(peer.port());
}

/// Sends the body itself, with the length of the whole announced first.
using Body = std::function<awaitable<void>(BodyWriter&, std::string)>;

http::Reply with_producer(http::Reply reply, std::size_t announced, Body send) {
  auto body = std::move(reply.body);
  reply.headers.set("Content-Length", std::to_string(announced));
  reply.producer = [body = std::move(body), send = std::move(send)](BodyWriter& writer) { return send(writer, body); };
  return reply;
}

awaitable<void> send_all(BodyWriter& writer, std::string_view bytes) {
  auto const sent = co_await writer.write(bytes);
  if (!sent) hang_up();
}

awaitable<void> send_slowly(BodyWriter& writer, std::string body, std::size_t rate) {
  constexpr auto beat = milliseconds(50);
  auto const step = std::max<std::size_t>(rate / 20, 1);
  for (std::size_t at = 0; at < body.size(); at += step) {
    co_await send_all(writer, std::string_view(body).substr(at, step));
    co_await aio::sleep_for(beat);
  }
}

awaitable<void> send_with_a_pause(BodyWriter& writer, std::string body, milliseconds pause) {
  auto const half = body.size() / 2;
  co_await send_all(writer, std::string_view(body).substr(0, half));
  co_await aio::sleep_for(pause);
  co_await send_all(writer, std::string_view(body).substr(half));
}

awaitable<void> send_half(BodyWriter& writer, std::string body) {
  co_await send_all(writer, std::string_view(body).substr(0, body.size() / 2));
}

awaitable<void> send_half_and_reset(BodyWriter& writer, std::string body, std::string remote) {
  co_await send_half(writer, std::move(body));
  reset_when_closed(remote);
  hang_up();
}

}  // namespace

void hang_up() {
  throw boost::system::system_error(boost::asio::error::operation_aborted);
}

void reset_when_closed(std::string const& remote) {
  for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    int const fd = std::atoi(entry.path().filename().c_str());
    if (name_of_peer(fd) != remote) continue;
    ::linger const at_once{1, 0};
    (void)::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
}

http::Reply bend_body(http::Reply reply, Hits const& hits, std::string const& remote) {
  if (hits.has(FaultKind::truncated_xml)) reply.body.resize(reply.body.size() / 2);
  auto const size = reply.body.size();
  if (auto const* const fault = hits.find(FaultKind::slow_body)) {
    auto const rate = static_cast<std::size_t>(std::max(fault->value, 1.0));
    return with_producer(std::move(reply), size, [rate](BodyWriter& writer, std::string body) {
      return send_slowly(writer, std::move(body), rate);
    });
  }
  if (auto const* const fault = hits.find(FaultKind::stall_in_body)) {
    auto const pause = seconds(fault->value);
    return with_producer(std::move(reply), size, [pause](BodyWriter& writer, std::string body) {
      return send_with_a_pause(writer, std::move(body), pause);
    });
  }
  // The true length, from which a client tells the object's size; an empty body has to be cut short, too.
  auto const promised = std::max<std::size_t>(size, 1);
  if (hits.has(FaultKind::short_body))
    return with_producer(std::move(reply), promised,
                         [](BodyWriter& writer, std::string body) { return send_half(writer, std::move(body)); });
  if (hits.has(FaultKind::reset_in_body))
    return with_producer(std::move(reply), promised, [remote](BodyWriter& writer, std::string body) {
      return send_half_and_reset(writer, std::move(body), remote);
    });
  return reply;
}

}  // namespace support::s3
