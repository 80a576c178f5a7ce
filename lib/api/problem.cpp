#include "api/problem.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/utf8.hpp"

namespace api {

namespace {

std::string_view title_of(core::Errc code) noexcept {
  switch (code) {
    case core::Errc::invalid:
      return "The request is not valid";
    case core::Errc::not_found:
      return "Not found";
    case core::Errc::conflict:
      return "The present state does not allow it";
    case core::Errc::permission:
      return "No permission";
    case core::Errc::unavailable:
      return "Not available at present";
    case core::Errc::timeout:
      return "No answer in time";
    case core::Errc::protocol:
      return "The other side broke the protocol";
    case core::Errc::io:
      return "Reading or writing failed";
    case core::Errc::no_space:
      return "No space left";
    case core::Errc::too_large:
      return "Too large";
    case core::Errc::unsupported:
      return "Not supported";
    case core::Errc::corrupt:
      return "Stored state is damaged";
    case core::Errc::internal:
      break;
  }
  return "Internal error";
}

}  // namespace

int status_of(core::Errc code) noexcept {
  switch (code) {
    case core::Errc::invalid:
      return 422;
    case core::Errc::not_found:
      return 404;
    case core::Errc::conflict:
      return 409;
    case core::Errc::permission:
      return 403;
    case core::Errc::unavailable:
      return 503;
    case core::Errc::timeout:
      return 504;
    case core::Errc::protocol:
      return 502;
    case core::Errc::no_space:
      return 507;
    case core::Errc::too_large:
      return 413;
    case core::Errc::unsupported:
      return 501;
    case core::Errc::io:
    case core::Errc::corrupt:
    case core::Errc::internal:
      break;
  }
  return 500;
}

http::Reply problem(int status, core::Error const& error) {
  boost::json::object body;
  body["type"] = "urn:tidewheel:problem:" + std::string(core::to_string(error.code));
  body["title"] = title_of(error.code);
  body["status"] = status;
  body["detail"] = core::to_display(error.subject.empty() ? error.operation : error.subject + ": " + error.operation);
  if (!error.hint.empty()) body["hint"] = core::to_display(error.hint);
  http::Reply reply(status);
  reply.headers.set("Content-Type", "application/problem+json");
  reply.body = boost::json::serialize(body);
  return reply;
}

http::Reply problem(core::Error const& error) {
  return problem(status_of(error.code), error);
}

}  // namespace api
