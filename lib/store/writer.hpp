#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>

namespace store {

using boost::asio::awaitable;

/// Which queue of the writer an operation goes through: transitions of runs go before intake, so a burst of changes never
/// delays a run's end.
enum class Lane : std::uint8_t { run, intake };

}  // namespace store
