#include "api/guard.hpp"

#include <memory>
#include <optional>

#include "api/bearers.hpp"
#include "api/documents.hpp"
#include "api/problem.hpp"
#include "api/visitor.hpp"
#include "http/rate_limit.hpp"
#include "http/target.hpp"

namespace api {

namespace {

struct Gate {
  Gate(http::Router const& with_router, orchestrator::Services const& with_services, std::span<Asset const> assets)
      : router(with_router),
        services(with_services),
        documents(assets),
        cookie(Bearers::cookie_name_of(with_services.instance)) {}

  http::Router const& router;
  orchestrator::Services const& services;
  Documents documents;
  std::string cookie;
  http::RateLimit calls{{100, 1000, 4096}};  ///< by network
};

http::Reply misdirected(std::string const& host) {
  return problem(421, {core::Errc::permission, "this daemon is not called that", host,
                       "if it is, say so in tidewheeld.yaml: `api: {public_url: https://" + host + "}`"});
}

/// Decoded as the router does it, so that no spelling of the path gets around a check.
bool is_api(http::RequestContext const& request) {
  return http::split_path(request.path).front() == "api";
}

std::optional<http::Reply> objection(Gate& gate, http::RequestContext const& request, bool to_api) {
  auto const& config = gate.services.config.api;
  auto const wait = gate.calls.take(network_of(request.address), gate.services.clock.steady());
  if (wait.count() > 0) return too_often(wait, "too many requests from this address");
  std::string const host(request.headers.find("Host").value_or(""));
  if (!is_our_host(host, config.public_url)) return misdirected(host);
  if (!to_api) return std::nullopt;
  bool const by_cookie = !request.headers.find("Authorization") && cookie_of(request.headers, gate.cookie);
  if (auto const foreign = foreign_page(request, by_cookie, config.public_url)) return problem(*foreign);
  return std::nullopt;
}

void harden(http::Headers& headers, bool to_api) {
  auto const otherwise = [&headers](std::string_view name, std::string_view value) {
    if (!headers.find(name)) headers.set(name, value);
  };
  headers.set("X-Content-Type-Options", "nosniff");
  otherwise("Referrer-Policy", "same-origin");
  otherwise("Cross-Origin-Opener-Policy", "same-origin");
  otherwise("Cross-Origin-Resource-Policy", "same-origin");
  otherwise("X-Frame-Options", "SAMEORIGIN");
  if (to_api) otherwise("Cache-Control", "no-store");
}

awaitable<http::Reply> pass(std::shared_ptr<Gate> gate, http::RequestContext request) {
  if (request.address.empty()) co_return co_await gate->router.route(std::move(request));
  see_through_proxies(request, gate->services.config.api.trusted_proxies);
  bool const to_api = is_api(request);
  bool const for_person = Documents::wanted(request);
  http::Reply reply;
  if (auto refused = objection(*gate, request, to_api))
    reply = std::move(*refused);
  else
    reply = co_await gate->router.route(std::move(request));
  if (for_person) reply = gate->documents.shown(std::move(reply));
  harden(reply.headers, to_api);
  co_return reply;
}

}  // namespace

http::Handler guard(http::Router const& router, orchestrator::Services const& services, std::span<Asset const> assets) {
  auto const gate = std::make_shared<Gate>(router, services, assets);
  return [gate](http::RequestContext request) { return pass(gate, std::move(request)); };
}

}  // namespace api
