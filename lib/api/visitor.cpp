#include "api/visitor.hpp"

#include <algorithm>
#include <vector>

#include "config/api_section.hpp"
#include "http/headers.hpp"

namespace api {

namespace {

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The members of a comma-separated header, all its fields together.
std::vector<std::string> members(http::Headers const& headers, std::string_view name) {
  std::vector<std::string> all;
  for (auto const& field : headers) {
    if (!http::same_name(field.name, name)) continue;
    for (std::string_view rest = field.value;;) {
      auto const comma = rest.find(',');
      all.emplace_back(trimmed(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return all;
}

/// Without its port, in lower case, an IPv6 address without its brackets.
std::string host_name(std::string_view host) {
  if (host.starts_with('[')) {
    auto const end = host.find(']');
    return std::string(host.substr(1, end == std::string_view::npos ? end : end - 1));
  }
  std::string name(host.substr(0, host.rfind(':')));
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

std::string_view host_of_url(std::string_view url) {
  auto const scheme = url.find("://");
  return scheme == std::string_view::npos ? std::string_view() : url.substr(scheme + 3);
}

bool is_our_origin(std::string_view origin, http::RequestContext const& request, std::string_view public_url) {
  if (!public_url.empty() && http::same_name(origin, public_url)) return true;
  auto const here = (request.tls ? "https://" : "http://") + std::string(request.headers.find("Host").value_or(""));
  return http::same_name(origin, here);
}

core::Error refused(std::string what, std::string hint) {
  return {core::Errc::permission, std::move(what), {}, std::move(hint)};
}

}  // namespace

void see_through_proxies(http::RequestContext& request, std::set<std::string> const& trusted) {
  if (!trusted.contains(request.address)) return;
  auto const hops = members(request.headers, "X-Forwarded-For");
  for (auto hop = hops.rbegin(); hop != hops.rend() && trusted.contains(request.address); ++hop) {
    auto address = config::numeric_address(*hop);
    if (!address) break;
    request.address = std::move(*address);
  }
  auto const schemes = members(request.headers, "X-Forwarded-Proto");
  if (!schemes.empty()) request.tls = http::same_name(schemes.back(), "https");
}

std::string network_of(std::string const& address) {
  if (address.find(':') == std::string::npos) return address;
  // The canonical form may have its `::` within the first four groups; then it stands for zeros.
  std::string network;
  int groups = 0;
  for (std::size_t at = 0; at < address.size() && groups < 4;) {
    auto const colon = std::min(address.find(':', at), address.size());
    if (colon == at) break;
    network += address.substr(at, colon - at) + ":";
    ++groups;
    at = colon + 1;
  }
  return network + "/64";
}

bool is_our_host(std::string_view host, std::string_view public_url) {
  auto const name = host_name(host);
  if (name == "localhost" || config::numeric_address(name)) return true;
  return !public_url.empty() && name == host_name(host_of_url(public_url));
}

std::optional<std::string> cookie_of(http::Headers const& headers, std::string_view name) {
  for (auto const& field : headers) {
    if (!http::same_name(field.name, "Cookie")) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      auto const end = std::min(rest.find(';'), rest.size());
      auto const pair = trimmed(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      auto const equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name)
        return std::string(pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

std::optional<core::Error> foreign_page(http::RequestContext const& request, bool by_cookie,
                                        std::string_view public_url) {
  bool const is_write = request.method != "GET" && request.method != "HEAD";
  bool const is_known = request.headers.find("Authorization").has_value();
  auto const origin = request.headers.find("Origin");
  auto const site = request.headers.find("Sec-Fetch-Site");
  if (origin && !is_our_origin(*origin, request, public_url) && (by_cookie || (is_write && !is_known)))
    return refused("the page that sends this is of another origin: " + std::string(*origin),
                   "open the daemon's own page; programs send `Authorization: Bearer TOKEN` in place of the cookie");
  if (!by_cookie) return std::nullopt;
  if (is_write && site && *site != "same-origin")
    return refused("a page of another site sends this", "open the daemon's own page");
  if (is_write && !site && !origin)
    return refused("a cookie alone does not allow this, since nothing says which page sends it",
                   "programs send `Authorization: Bearer TOKEN`");
  if (!is_write && site && *site == "cross-site")
    return refused("a page of another site asks for this", "open the daemon's own page");
  return std::nullopt;
}

}  // namespace api
