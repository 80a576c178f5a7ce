#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "http/reply.hpp"

namespace api {

namespace json = boost::json;

// What requests say, checked. A value that makes no sense is thrown as core::Failure (invalid), never ignored.
/// 1 to 1000.
[[nodiscard]] std::size_t limit_of(http::RequestContext const& request, std::size_t otherwise);
[[nodiscard]] std::optional<std::int64_t> number_of(http::RequestContext const& request, std::string_view name);
/// A date or a time (core::parse_time), or how long ago it was: "24h".
[[nodiscard]] std::optional<core::Wall> time_of(http::RequestContext const& request, std::string_view name,
                                                core::Wall now);
/// "1", "true" or an empty value are true; "0" and "false" are false.
[[nodiscard]] bool flag_of(http::RequestContext const& request, std::string_view name);
/// Raw bytes: `name` as text, or `name`_base64.
[[nodiscard]] std::optional<std::string> bytes_of(http::RequestContext const& request, std::string_view name);
[[nodiscard]] std::optional<std::string> bytes_of(json::object const& body, std::string_view name);
/// The body as an object. The media type must be application/json, so that no web page can send it in a form.
[[nodiscard]] core::Result<json::object> body_of(http::RequestContext const& request);
/// A key of the body that the request does not have is a mistake; the message says which was meant.
void check_keys(json::object const& body, std::vector<std::string> const& known);
[[noreturn]] void refuse(std::string what, std::string subject, std::string hint = {});

}  // namespace api
