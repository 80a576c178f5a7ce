#include "http/detail/refusal.hpp"

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>

namespace http::detail {

namespace bhttp = boost::beast::http;

std::optional<Reply> refusal(boost::system::error_code code) {
  if (code == bhttp::error::body_limit) return Reply::problem(413, "The request body is too large.");
  if (code == bhttp::error::header_limit || code == bhttp::error::buffer_overflow)
    return Reply::problem(431, "The request header is too large.");
  if (code == boost::beast::error::timeout || code == bhttp::error::end_of_stream ||
      code == bhttp::error::partial_message)
    return std::nullopt;
  if (code.category() == bhttp::make_error_code(bhttp::error::bad_method).category())
    return Reply::problem(400, "This is not HTTP/1.1: " + code.message() + ".");
  return std::nullopt;
}

Reply too_busy(std::string_view detail) {
  auto reply = Reply::problem(503, detail);
  reply.headers.set("Retry-After", "5");
  return reply;
}

}  // namespace http::detail
