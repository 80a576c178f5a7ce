#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

namespace aio {

using boost::asio::awaitable;

/// Suspends for `duration` of CLOCK_MONOTONIC; throws operation_aborted when cancelled.
[[nodiscard]] awaitable<void> sleep_for(std::chrono::milliseconds duration);

}  // namespace aio
