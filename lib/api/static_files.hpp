#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/router.hpp"

namespace api {

struct Room;

/// One file of the web page, in the binary. `gzip` may be empty.
struct Asset {
  std::string_view path;  ///< "index.html", "pages/run.js"
  std::string_view bytes, gzip;
};

/// The page: index.html for each of its addresses, the other files below /assets/<build>/, where <build> is a hash of
/// them all, so that a browser may keep them for ever and never mixes two versions. Files are open to everybody: there
/// is nothing in them. Over TCP an address of the page is for those who may read, but for the sign-in. No assets: no
/// routes. `assets` must outlive the router.
void add_static_routes(http::Router& router, std::shared_ptr<Room> const& room, std::span<Asset const> assets);

/// What documents of ours may do (Content-Security-Policy).
extern std::string_view const page_policy;
/// index.html with `content` (HTML) where the page will be; empty without assets.
[[nodiscard]] std::string page_with(std::span<Asset const> assets, std::string_view content);
/// Where a file of the page is; empty without assets.
[[nodiscard]] std::string asset_address(std::span<Asset const> assets, std::string_view path);

}  // namespace api
