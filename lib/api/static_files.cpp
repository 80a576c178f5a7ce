#include "api/static_files.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "api/routes.hpp"
#include "core/sha256.hpp"
#include "http/conditional.hpp"

namespace api {

namespace {

constexpr std::array<std::string_view, 12> pages{
    "/",      "/pipelines", "/pipelines/{name}", "/runs",   "/runs/{run}", "/compare",
    "/files", "/latest",    "/coverage",         "/system", "/sign-in",    "/help"};

std::string_view type_of(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  if (path.ends_with(".json")) return "application/json";
  return "text/plain; charset=utf-8";
}

/// The page as it is served.
struct Site {
  std::span<Asset const> assets;
  std::string build;  ///< of all files
  std::string index;  ///< with the build in its addresses
};

Site make_site(std::span<Asset const> assets) {
  Site site{assets, {}, {}};
  core::Sha256 hash;
  for (auto const& asset : assets) {
    hash.update(asset.path);
    hash.update(asset.bytes);
    if (asset.path == "index.html") site.index = asset.bytes;
  }
  site.build = core::to_hex(hash.finish()).substr(0, 16);
  constexpr std::string_view plain = "\"/assets/";
  for (auto at = site.index.find(plain); at != site.index.npos; at = site.index.find(plain, at + plain.size()))
    site.index.insert(at + plain.size(), site.build + "/");
  return site;
}

void set_common(http::Headers& headers, std::string_view type) {
  headers.set("Content-Type", type);
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "same-origin");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
}

http::Reply not_modified(http::Validators const& now) {
  http::Reply reply(304);
  http::set_validators(reply.headers, now);
  return reply;
}

awaitable<http::Reply> show_page(std::shared_ptr<Room> room, std::shared_ptr<Site const> site,
                                 http::RequestContext request) {
  // Over the unix socket there is nobody to sign in.
  if (!request.address.empty() && request.path != "/sign-in") {
    auto decision = co_await room->access.check(request, config::Access::read);
    if (!decision.who) co_return std::move(decision.refusal);
  }
  http::Validators const now(http::strong_etag(site->build));
  if (http::is_not_modified(request.headers, now)) co_return not_modified(now);
  http::Reply reply(200);
  set_common(reply.headers, type_of("index.html"));
  reply.headers.set("Content-Security-Policy", page_policy);
  reply.headers.set("Cache-Control", "no-cache");
  http::set_validators(reply.headers, now);
  reply.body = site->index;
  co_return reply;
}

bool takes_gzip(http::RequestContext const& request) {
  auto const accepted = request.headers.find("Accept-Encoding").value_or("");
  return accepted.find("gzip") != accepted.npos && accepted.find("gzip;q=0") == accepted.npos;
}

awaitable<http::Reply> show_asset(std::shared_ptr<Site const> site, http::RequestContext request) {
  auto const asset = std::ranges::find(site->assets, std::string_view(request.params["file"]), &Asset::path);
  if (asset == site->assets.end()) co_return http::Reply::problem(404, "The page has no such file.");
  bool const current = request.params["build"] == site->build;
  bool const packed = !asset->gzip.empty() && takes_gzip(request);
  http::Validators const now(http::strong_etag(site->build + (packed ? "-gzip" : "")));
  if (http::is_not_modified(request.headers, now)) co_return not_modified(now);
  http::Reply reply(200);
  set_common(reply.headers, type_of(asset->path));
  // A tab from before an upgrade still asks for the old build's files.
  reply.headers.set("Cache-Control", current ? "public, max-age=31536000, immutable" : "no-store");
  reply.headers.set("Vary", "Accept-Encoding");
  http::set_validators(reply.headers, now);
  if (packed) reply.headers.set("Content-Encoding", "gzip");
  reply.body = packed ? asset->gzip : asset->bytes;
  co_return reply;
}

}  // namespace

std::string_view const page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src "
    "'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

std::string page_with(std::span<Asset const> assets, std::string_view content) {
  auto page = make_site(assets).index;
  constexpr std::string_view place = "<div id=\"app\">";
  auto const begin = page.find(place);
  auto const end = page.find("</div>", begin);
  if (begin != page.npos && end != page.npos) {
    auto const from = begin + place.size();
    page.replace(from, end - from, content);
  }
  return page;
}

std::string asset_address(std::span<Asset const> assets, std::string_view path) {
  return assets.empty() ? std::string() : "/assets/" + make_site(assets).build + "/" + std::string(path);
}

void add_static_routes(http::Router& router, std::shared_ptr<Room> const& room, std::span<Asset const> assets) {
  if (assets.empty()) return;
  auto const site = std::make_shared<Site const>(make_site(assets));
  for (auto const page : pages)
    router.add("GET", page,
               [room, site](http::RequestContext request) { return show_page(room, site, std::move(request)); });
  router.add("GET", "/assets/{build}/{file...}",
             [site](http::RequestContext request) { return show_asset(site, std::move(request)); });
}

}  // namespace api
