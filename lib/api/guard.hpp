#pragma once

#include "http/reply.hpp"
#include "http/router.hpp"
#include "orchestrator/services.hpp"

namespace api {

/// What every request over TCP goes through before it is routed, static files included: trusted proxies are seen
/// through, a Host that is not ours (DNS rebinding), another site's page and too many requests are refused; and every
/// answer gets the headers that bound what a browser does with it. Requests over the unix socket pass as they are.
/// `router` and `services` must outlive the handler.
[[nodiscard]] http::Handler guard(http::Router const& router, orchestrator::Services const& services);

}  // namespace api
