#pragma once

#include "api/static_files.hpp"
#include "http/reply.hpp"
#include "http/router.hpp"
#include "orchestrator/services.hpp"

namespace api {

/// What every request over TCP goes through before it is routed, static files included: trusted proxies are seen
/// through, a Host that is not ours (DNS rebinding), another site's page and too many requests are refused; and every
/// answer gets the headers that bound what a browser does with it. Where a person opened an address in a browser, a
/// problem comes as a document. Requests over the unix socket pass as they are. `router`, `services` and `assets` (the
/// web page) must outlive the handler.
[[nodiscard]] http::Handler guard(http::Router const& router, orchestrator::Services const& services,
                                  std::span<Asset const> assets);

}  // namespace api
