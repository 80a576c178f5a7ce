#include "http/reply.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace http {

std::optional<std::string> RequestContext::query_value(std::string_view name) const {
  auto const found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

Reply Reply::json(int status, std::string body) {
  Reply reply(status);
  reply.headers.set("Content-Type", "application/json");
  reply.body = std::move(body);
  return reply;
}

Reply Reply::text(int status, std::string body) {
  Reply reply(status);
  reply.headers.set("Content-Type", "text/plain; charset=utf-8");
  reply.body = std::move(body);
  return reply;
}

Reply Reply::stream(int status, std::string_view content_type, Producer producer) {
  Reply reply(status);
  reply.headers.set("Content-Type", content_type);
  reply.producer = std::move(producer);
  return reply;
}

Reply Reply::problem(int status, std::string_view detail) {
  Reply reply(status);
  reply.headers.set("Content-Type", "application/problem+json");
  boost::json::object problem;
  problem["type"] = "about:blank";
  problem["title"] = reason_phrase(status);
  problem["status"] = status;
  problem["detail"] = detail;
  reply.body = boost::json::serialize(problem);
  return reply;
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

}  // namespace http
