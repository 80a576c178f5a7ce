#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "core/result.hpp"

namespace http {

/// A body that is made while it is sent, so that it may be larger than memory. `next` gives at least one byte and at
/// most as many as it is asked for; its error ends the transfer and is the request's.
struct BodySource {
  std::uint64_t size = 0;  ///< bytes in all, known before the first
  std::function<boost::asio::awaitable<core::Result<std::string>>(std::size_t most)> next;
};

}  // namespace http
