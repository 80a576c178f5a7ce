#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

namespace support {

namespace asio = boost::asio;

namespace detail {

template <class Value>
struct Outcome {
  using Slot = std::conditional_t<std::is_void_v<Value>, std::monostate, Value>;
  bool ended = false;
  std::exception_ptr error;
  std::optional<Slot> value;
};

template <class Value, class Body>
asio::awaitable<void> keep_value(Body& body, Outcome<Value>& outcome) {
  if constexpr (std::is_void_v<Value>)
    co_await body();
  else
    outcome.value.emplace(co_await body());
}

}  // namespace detail

/// Runs `body`, a callable that returns awaitable<T>, on `io` and this thread until it ends; gives its value or
/// rethrows. Throws std::runtime_error if it has not ended within `limit` of wall time, or if nothing is left that
/// could wake it: then it is cancelled first, so that it does not outlive what it refers to. Other work of `io` runs
/// meanwhile.
template <class Body>
auto run_coro(asio::io_context& io, Body body, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
  using Value = typename std::invoke_result_t<Body&>::value_type;
  detail::Outcome<Value> outcome;
  asio::cancellation_signal cancel;
  auto const run_until_ended = [&](std::chrono::milliseconds longest) {
    auto const end = std::chrono::steady_clock::now() + longest;
    io.restart();
    while (!outcome.ended && io.run_one_until(end) != 0) {
    }
  };
  asio::co_spawn(
      io, [&] { return detail::keep_value<Value>(body, outcome); },
      asio::bind_cancellation_slot(cancel.slot(), [&outcome](std::exception_ptr error) {
        outcome.ended = true;
        outcome.error = error;
      }));
  run_until_ended(limit);
  if (!outcome.ended) {
    bool const starved = io.stopped();
    cancel.emit(asio::cancellation_type::terminal);
    run_until_ended(std::chrono::seconds(5));
    throw std::runtime_error(starved ? "the coroutine waits for something that can no longer happen"
                                     : "the coroutine did not end in time");
  }
  if (outcome.error) std::rethrow_exception(outcome.error);
  if constexpr (!std::is_void_v<Value>) return std::move(*outcome.value);
}

/// The same on an io_context of its own; whatever the body leaves behind there is destroyed at the end.
template <class Body, class = std::enable_if_t<std::is_invocable_v<Body&>>>
auto run_coro(Body body, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
  asio::io_context io{1};
  return run_coro(io, std::move(body), limit);
}

}  // namespace support
