#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "http/reply.hpp"

/// What a request over TCP says of where it comes from. Pure.
namespace api {

/// Where trusted proxies stand between: takes the client's address from X-Forwarded-For (the last one that no trusted
/// proxy has) and whether it came in TLS from X-Forwarded-Proto. What others say there does not count.
void see_through_proxies(http::RequestContext& request, std::set<std::string> const& trusted);

/// Under what name an address is counted: itself, or the /64 network of an IPv6 one, since one machine has all of that.
[[nodiscard]] std::string network_of(std::string const& address);

/// Whether a Host header names us. Numeric addresses and localhost do, at any port (tunnels, published ports): a page
/// elsewhere cannot give those names to its own server, as DNS rebinding does. So does the host of `public_url`.
[[nodiscard]] bool is_our_host(std::string_view host, std::string_view public_url);

/// The value of a cookie.
[[nodiscard]] std::optional<std::string> cookie_of(http::Headers const& headers, std::string_view name);

/// What speaks against a request for /api that comes from a browser, on behalf of somebody else's page. `by_cookie`: it
/// carries our cookie and nothing else that would say who asks.
[[nodiscard]] std::optional<core::Error> foreign_page(http::RequestContext const& request, bool by_cookie,
                                                      std::string_view public_url);

}  // namespace api
