// A whole connection: any bytes go into the real server over a socket; it answers or hangs up, and does not fall.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>

#include "core/fd.hpp"
#include "http/conditional.hpp"
#include "http/range.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "support/temp_dir.hpp"

namespace {

using boost::asio::awaitable;

awaitable<http::Reply> answer(http::RequestContext request) {
  http::Validators const now(http::strong_etag("abc"), core::from_ms(1'795'341'600'000));
  if (http::is_not_modified(request.headers, now)) co_return http::Reply(304);
  auto const range = http::select_range(request.headers, 1000, now);
  if (range.first + range.size > 1000) std::abort();
  std::string shown = request.path;
  for (auto const& [name, value] : request.params) shown += name + value;
  for (auto const& [name, value] : request.query) shown += name + value;
  co_return http::Reply::text(200, std::move(shown));
}

struct World {
  World() : socket((folder / "s").string()), server(io.get_executor(), handler(), {}) {
    router.add("GET", "/api/v1/runs/{run}", answer);
    router.add("POST", "/api/v1/runs/{run}", answer);
    router.add("GET", "/a/{whose}/{rest...}", answer);
    auto listener = http::Listener::unix_socket(socket, 0600);
    server.add(std::move(*listener));
    boost::asio::co_spawn(io, server.run(), [](std::exception_ptr) {});
    io.poll();
  }
  http::Handler handler() {
    return [this](http::RequestContext request) { return router.route(std::move(request)); };
  }

  support::TempDir folder;
  std::string socket;
  boost::asio::io_context io{1};
  http::Router router;
  http::Server server;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static auto* const world = new World;  // left to the end of the process
  core::Fd const client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  world->socket.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(client.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) std::abort();
  if (size > 60'000) size = 60'000;  // below what the socket takes at once
  if (::send(client.get(), data, size, MSG_NOSIGNAL) < 0) std::abort();
  ::shutdown(client.get(), SHUT_WR);
  world->io.restart();
  bool accepted = false;
  for (int i = 0; i < 1000 && !(accepted && world->server.connections() == 0); ++i) {
    world->io.run_one_for(std::chrono::milliseconds(1));
    accepted = accepted || world->server.connections() > 0;
  }
  if (world->server.connections() > 0) std::abort();  // its client is gone
  return 0;
}
