#include "http/detail/response_head.hpp"

#include "http/date.hpp"

namespace http::detail {

namespace {

void add(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string response_head(Reply const& reply, Framing const& framing) {
  std::string text = framing.version == 11 ? "HTTP/1.1 " : "HTTP/1.0 ";
  text.append(std::to_string(reply.status)).append(" ").append(reason_phrase(reply.status)).append("\r\n");
  add(text, "Server", "tidewheel");
  if (!reply.headers.find("Date")) add(text, "Date", to_http_date(core::SystemClock().wall()));
  for (Headers::Field const& field : reply.headers)
    if (!framing.length || !same_name(field.name, "Content-Length")) add(text, field.name, field.value);
  if (framing.length) add(text, "Content-Length", std::to_string(*framing.length));
  if (framing.chunked) add(text, "Transfer-Encoding", "chunked");
  if (!framing.keep_alive && framing.version == 11) add(text, "Connection", "close");
  if (framing.keep_alive && framing.version == 10) add(text, "Connection", "keep-alive");
  return text += "\r\n";
}

}  // namespace http::detail
