#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "aio/event.hpp"
#include "http/reply.hpp"
#include "http/server.hpp"

namespace http::detail {

/// What the connections of one server share.
struct ServerState {
  Handler handler;
  Server::FailureSink on_failure;
  ServerLimits limits;
  bool draining = false;
  std::size_t streams = 0;  ///< endless ones
};

/// What came in by one listening socket, so that the network can never take the unix socket's places.
struct Traffic {
  explicit Traffic(boost::asio::any_io_executor executor) : room(std::move(executor)) {}

  std::size_t ordinary = 0;                       ///< connections that are no endless stream
  std::size_t body_bytes = 0;                     ///< of requests that are being read or answered
  std::map<std::string, std::size_t> by_address;  ///< ordinary ones, TCP only
  aio::Event room;                                ///< set when there may be a place again
};

/// A place among the ordinary connections, given up while the connection is an endless stream.
class Place {
 public:
  /// `address` is empty for a unix socket.
  Place(std::shared_ptr<Traffic> traffic, std::string address)
      : traffic_(std::move(traffic)), address_(std::move(address)) {
    take();
  }
  ~Place() { give_up(); }
  Place(Place const&) = delete;
  Place& operator=(Place const&) = delete;

  void take() {
    if (taken_) return;
    taken_ = true;
    ++traffic_->ordinary;
    if (!address_.empty()) ++traffic_->by_address[address_];
  }
  void give_up() {
    if (!taken_) return;
    taken_ = false;
    --traffic_->ordinary;
    if (auto const at = traffic_->by_address.find(address_); at != traffic_->by_address.end() && --at->second == 0)
      traffic_->by_address.erase(at);
    traffic_->room.set();
  }
  [[nodiscard]] std::string const& address() const noexcept { return address_; }
  [[nodiscard]] Traffic& traffic() const noexcept { return *traffic_; }

 private:
  std::shared_ptr<Traffic> traffic_;
  std::string address_;
  bool taken_ = false;
};

/// Counts something while it lives.
class Counted {
 public:
  Counted(std::size_t& total, std::size_t amount) : total_(total), amount_(amount) { total_ += amount_; }
  ~Counted() { total_ -= amount_; }
  Counted(Counted const&) = delete;
  Counted& operator=(Counted const&) = delete;

 private:
  std::size_t& total_;
  std::size_t amount_;
};

}  // namespace http::detail
