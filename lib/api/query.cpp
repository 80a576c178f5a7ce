#include "api/query.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>

#include "core/base64.hpp"
#include "core/units.hpp"
#include "domain/nearest.hpp"
#include "domain/run_query.hpp"
#include "http/headers.hpp"

namespace api {

namespace {

constexpr std::size_t longest_page = 1000;

std::optional<std::int64_t> parse_number(std::string const& text) {
  std::int64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0 ? std::optional(number) : std::nullopt;
}

std::string decoded(std::string const& text, std::string_view name) {
  auto bytes = core::from_base64(text);
  if (!bytes) refuse("is not base64", std::string(name) + "_base64", "RFC 4648, with padding");
  return std::move(*bytes);
}

std::optional<std::string> text_at(json::object const& body, std::string_view name) {
  auto const* const value = body.if_contains(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_string()) refuse("must be a text", std::string(name));
  return std::string(value->get_string());
}

}  // namespace

void refuse(std::string what, std::string subject, std::string hint) {
  throw core::Failure({core::Errc::invalid, std::move(what), std::move(subject), std::move(hint)});
}

std::optional<std::int64_t> number_of(http::RequestContext const& request, std::string_view name) {
  auto const text = request.query_value(name);
  if (!text) return std::nullopt;
  auto const number = parse_number(*text);
  if (!number) refuse("is not a whole number: '" + *text + "'", std::string(name));
  return number;
}

std::size_t limit_of(http::RequestContext const& request, std::size_t otherwise) {
  auto const number = number_of(request, "limit");
  if (!number) return otherwise;
  auto const limit = static_cast<std::size_t>(*number);
  if (limit < 1 || limit > longest_page) refuse("must be 1 to " + std::to_string(longest_page), "limit");
  return limit;
}

std::optional<core::Wall> time_of(http::RequestContext const& request, std::string_view name, core::Wall now) {
  auto const text = request.query_value(name);
  if (!text) return std::nullopt;
  if (auto const at = domain::parse_moment(*text, now)) return at;
  refuse("is neither a time nor how long ago: '" + *text + "'", std::string(name), "write 24h or 2026-11-01T06:00:00Z");
}

bool flag_of(http::RequestContext const& request, std::string_view name) {
  auto const text = request.query_value(name);
  if (!text) return false;
  if (text->empty() || *text == "1" || *text == "true") return true;
  if (*text == "0" || *text == "false") return false;
  refuse("is neither 1 nor 0: '" + *text + "'", std::string(name));
}

std::optional<std::string> bytes_of(http::RequestContext const& request, std::string_view name) {
  if (auto encoded = request.query_value(std::string(name) + "_base64")) return decoded(*encoded, name);
  return request.query_value(name);
}

std::optional<std::string> bytes_of(json::object const& body, std::string_view name) {
  if (auto encoded = text_at(body, std::string(name) + "_base64")) return decoded(*encoded, name);
  return text_at(body, name);
}

void check_keys(json::object const& body, std::vector<std::string> const& known) {
  for (auto const& entry : body)
    if (std::find(known.begin(), known.end(), entry.key()) == known.end())
      refuse("is not a key of this request", std::string(entry.key()), domain::did_you_mean(entry.key(), known));
}

core::Result<json::object> body_of(http::RequestContext const& request) {
  auto const type = request.headers.find("Content-Type").value_or("");
  if (!http::same_name(type.substr(0, type.find(';')), "application/json"))
    return core::Error{core::Errc::unsupported, "the body must be application/json", "Content-Type",
                       "set the header Content-Type: application/json"};
  if (request.body.empty()) return json::object();
  boost::system::error_code error;
  auto value = json::parse(request.body, error);
  if (error) refuse("is not JSON: " + error.message(), "body");
  if (!value.is_object()) refuse("must be a JSON object", "body");
  return std::move(value.get_object());
}

}  // namespace api
