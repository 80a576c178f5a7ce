#pragma once

#include <boost/system/error_code.hpp>
#include <optional>
#include <string_view>

#include "http/reply.hpp"

namespace http::detail {

/// The answer to a request that could not be read; nullopt when nobody waits for one.
[[nodiscard]] std::optional<Reply> refusal(boost::system::error_code code);
/// 503 with Retry-After.
[[nodiscard]] Reply too_busy(std::string_view detail);

}  // namespace http::detail
