#include "http/conditional.hpp"

#include "http/date.hpp"

namespace http {

namespace {

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes one entity tag off a list; a comma inside of quotes does not separate. Empty where the list is malformed.
std::string_view take_tag(std::string_view& list) {
  list = trimmed(list);
  while (list.starts_with(',')) list = trimmed(list.substr(1));
  auto const from = list.starts_with("W/") ? 2U : 0U;
  if (list.size() <= from || list[from] != '"') return {};
  auto const end = list.find('"', from + 1);
  if (end == std::string_view::npos) return {};
  auto const tag = list.substr(0, end + 1);
  list.remove_prefix(end + 1);
  return tag;
}

/// Weak comparison (RFC 9110 8.8.3.2).
bool names(std::string_view list, std::string_view etag) {
  if (trimmed(list) == "*") return true;
  for (auto tag = take_tag(list); !tag.empty(); tag = take_tag(list)) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
  }
  return false;
}

}  // namespace

std::string strong_etag(std::string_view opaque) {
  return '"' + std::string(opaque) + '"';
}

bool is_not_modified(Headers const& request, Validators const& now) {
  bool asked_by_tag = false;
  for (auto const& field : request) {
    if (!same_name(field.name, "If-None-Match")) continue;
    asked_by_tag = true;
    if (!now.etag.empty() && names(field.value, now.etag)) return true;
  }
  if (asked_by_tag || !now.last_modified) return false;
  auto const since = parse_http_date(request.find("If-Modified-Since").value_or(""));
  return since && std::chrono::floor<std::chrono::seconds>(*now.last_modified) <= *since;
}

void set_validators(Headers& reply, Validators const& now) {
  if (!now.etag.empty()) reply.set("ETag", now.etag);
  if (now.last_modified) reply.set("Last-Modified", to_http_date(*now.last_modified));
}

}  // namespace http
