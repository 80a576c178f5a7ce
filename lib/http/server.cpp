#include "http/server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "aio/sleep.hpp"
#include "http/detail/session.hpp"
#include "http/detail/translate.hpp"

namespace http {

namespace asio = boost::asio;
using asio::generic::stream_protocol;

struct Server::Door {
  Door(asio::any_io_executor executor, Listener from) : listener(std::move(from)), acceptor(executor), room(executor) {
    acceptor.assign(stream_protocol(listener.family(), 0), listener.release_fd());
  }

  Listener listener;
  asio::basic_socket_acceptor<stream_protocol> acceptor;
  aio::Event room;  ///< set when a connection ended
};

struct Server::Leaving {
  Server& server;
  Sessions::iterator session;
  ~Leaving() { server.ended(session); }
};

Server::Server(asio::any_io_executor executor, Handler handler, FailureSink on_failure, ServerLimits limits)
    : executor_(std::move(executor)),
      handler_(std::move(handler)),
      on_failure_(std::move(on_failure)),
      limits_(limits),
      connections_(executor_),
      drained_(executor_) {
  if (!on_failure_) on_failure_ = [](std::string_view) {};
}

Server::~Server() = default;

void Server::add(Listener listener) {
  doors_.push_back(std::make_unique<Door>(executor_, std::move(listener)));
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
  for (;;) {
    while (sessions_.size() >= limits_.connections) {
      co_await door.acceptor.async_wait(asio::socket_base::wait_read,
                                        asio::use_awaitable);  // somebody wants to come in
      if (sessions_.size() < limits_.connections) break;
      make_room();
      // A session may also become idle meanwhile, which sets no event.
      (void)co_await door.room.wait_until(std::chrono::steady_clock::now() + std::chrono::seconds(1));
    }
    stream_protocol::socket socket(executor_);
    auto const [code] = co_await door.acceptor.async_accept(socket, asio::as_tuple(asio::use_awaitable));
    detail::throw_if_cancelled(code);
    if (!code) {
      admit(std::make_shared<detail::Session>(std::move(socket), handler_, on_failure_, limits_, draining_));
    } else if (code != asio::error::connection_aborted) {
      // Out of descriptors or memory: the connection stays in the backlog, so accepting again at once would spin.
      on_failure_("accept: " + code.message());
      co_await aio::sleep_for(std::chrono::milliseconds(200));
    }
  }
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
  for (auto const& door : doors_) door->room.set();
  drained_.set();
}

void Server::make_room() {
  auto const idle = std::ranges::find_if(sessions_, [](auto const& session) { return session->is_idle(); });
  if (idle != sessions_.end()) (*idle)->close();
}

awaitable<void> Server::drain() {
  draining_ = true;
  Sessions const open = sessions_;
  for (auto const& session : open) session->begin_drain();
  auto const deadline = std::chrono::steady_clock::now() + limits_.drain;
  while (!sessions_.empty() && std::chrono::steady_clock::now() < deadline)
    (void)co_await drained_.wait_until(deadline);
  connections_.stop();
  co_await connections_.join();
}

}  // namespace http
