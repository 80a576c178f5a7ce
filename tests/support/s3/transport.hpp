#pragma once

#include <cstdint>
#include <string>

#include "http/reply.hpp"
#include "support/s3/fault.hpp"

namespace support::s3 {

/// Ends the connection of the request that is being handled, without an answer: throw it from a handler or a producer.
/// http::Server takes it for its own cancellation and closes.
[[noreturn]] void hang_up();
/// From now on closing the accepted connection whose other end is `remote` ("address:port") sends a TCP reset
/// (socket(7), SO_LINGER) instead of an orderly end.
void reset_when_closed(std::string const& remote);
/// Bends how a right answer travels, as the faults want.
[[nodiscard]] http::Reply bend_body(http::Reply reply, Hits const& hits, std::string const& remote);

}  // namespace support::s3
