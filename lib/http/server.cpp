#include "http/server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "aio/sleep.hpp"
#include "http/detail/peer.hpp"
#include "http/detail/session.hpp"
#include "http/detail/traffic.hpp"
#include "http/detail/translate.hpp"
#include "http/tls_identity.hpp"

namespace http {

namespace asio = boost::asio;
using asio::generic::stream_protocol;

struct Server::Door {
  Door(asio::any_io_executor executor, Listener from, std::shared_ptr<TlsIdentity> who)
      : listener(std::move(from)),
        identity(std::move(who)),
        acceptor(executor),
        traffic(std::make_shared<detail::Traffic>(executor)) {
    acceptor.assign(stream_protocol(listener.family(), 0), listener.release_fd());
  }

  Listener listener;
  std::shared_ptr<TlsIdentity> identity;  ///< null: no TLS
  asio::basic_socket_acceptor<stream_protocol> acceptor;
  std::shared_ptr<detail::Traffic> traffic;
};

struct Server::Leaving {
  Server& server;
  Sessions::iterator session;
  ~Leaving() { server.ended(session); }
};

Server::Server(asio::any_io_executor executor, Handler handler, FailureSink on_failure, ServerLimits limits)
    : executor_(std::move(executor)),
      state_(std::make_unique<detail::ServerState>()),
      connections_(executor_),
      drained_(executor_) {
  state_->handler = std::move(handler);
  state_->on_failure = std::move(on_failure);
  state_->limits = std::move(limits);
  if (!state_->on_failure) state_->on_failure = [](std::string_view) {};
}

Server::~Server() = default;

void Server::add(Listener listener, std::shared_ptr<TlsIdentity> identity) {
  doors_.push_back(std::make_unique<Door>(executor_, std::move(listener), std::move(identity)));
}

std::size_t Server::streams() const noexcept {
  return state_->streams;
}

awaitable<void> Server::run() {
  aio::TaskGroup acceptors(executor_);
  for (auto const& door : doors_) acceptors.spawn([this, &door = *door] { return accept(door); });
  std::exception_ptr failure;
  try {
    co_await acceptors.join();  // after a cancellation it returns with cancellation switched off, so draining can wait
  } catch (...) {
    failure = std::current_exception();
  }
  doors_.clear();
  co_await drain();
  if (failure) std::rethrow_exception(failure);
}

awaitable<void> Server::accept(Door& door) {
  auto const& limits = state_->limits;
  for (;;) {
    while (door.traffic->ordinary >= limits.connections) {
      co_await door.acceptor.async_wait(asio::socket_base::wait_read,
                                        asio::use_awaitable);  // somebody wants to come in
      if (door.traffic->ordinary < limits.connections) break;
      make_room(door);
      // A session may also become idle meanwhile, which sets no event.
      (void)co_await door.traffic->room.wait_until(std::chrono::steady_clock::now() + std::chrono::seconds(1));
    }
    stream_protocol::socket socket(executor_);
    auto const [code] = co_await door.acceptor.async_accept(socket, asio::as_tuple(asio::use_awaitable));
    detail::throw_if_cancelled(code);
    if (!code) {
      if (is_crowding(door, detail::peer_of(socket).address)) continue;
      auto context = door.identity ? door.identity->context() : nullptr;
      admit(std::make_shared<detail::Session>(std::move(socket), *state_, door.traffic, std::move(context)));
    } else if (code != asio::error::connection_aborted) {
      // Out of descriptors or memory: the connection stays in the backlog, so accepting again at once would spin.
      state_->on_failure("accept: " + code.message());
      co_await aio::sleep_for(std::chrono::milliseconds(200));
    }
  }
}

bool Server::is_crowding(Door const& door, std::string const& address) const {
  auto const& known = door.traffic->by_address;
  auto const at = known.find(address);
  return at != known.end() && at->second >= state_->limits.per_address && !state_->limits.crowded.contains(address);
}

void Server::admit(std::shared_ptr<detail::Session> session) {
  auto const place = sessions_.insert(sessions_.end(), session);
  connections_.spawn([this, place]() -> awaitable<void> {
    Leaving const leaving{*this, place};
    auto const mine = *place;
    co_await mine->run();
  });
}

void Server::ended(Sessions::iterator session) {
  sessions_.erase(session);
  drained_.set();
}

void Server::make_room(Door const& door) {
  auto const idle = std::ranges::find_if(sessions_, [&door](auto const& session) {
    return session->traffic() == door.traffic.get() && session->is_idle();
  });
  if (idle != sessions_.end()) (*idle)->close();
}

awaitable<void> Server::drain() {
  state_->draining = true;
  Sessions const open = sessions_;
  for (auto const& session : open) session->begin_drain();
  auto const deadline = std::chrono::steady_clock::now() + state_->limits.drain;
  while (!sessions_.empty() && std::chrono::steady_clock::now() < deadline)
    (void)co_await drained_.wait_until(deadline);
  connections_.stop();
  co_await connections_.join();
}

}  // namespace http
