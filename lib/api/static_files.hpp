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

}  // namespace api
