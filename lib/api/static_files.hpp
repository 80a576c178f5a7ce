#pragma once

#include <span>
#include <string_view>

#include "http/router.hpp"

namespace api {

/// One file of the web page, in the binary. `gzip` may be empty.
struct Asset {
  std::string_view path;  ///< "index.html", "pages/run.js"
  std::string_view bytes, gzip;
};

/// The page: index.html for each of its addresses, the other files below /assets/<build>/, where <build> is a hash of
/// them all, so that a browser may keep them for ever and never mixes two versions. Open to everybody: there is nothing
/// in it. No assets: no routes. `assets` must outlive the router.
void add_static_routes(http::Router& router, std::span<Asset const> assets);

/// Where a browser goes to an address and would be shown a problem in JSON (401: nobody has signed in; 404), it gets
/// the page with the same status, which signs in or says the same to people. The API's own addresses stay as they are.
[[nodiscard]] http::Handler with_pages(http::Handler next, std::span<Asset const> assets);

}  // namespace api
