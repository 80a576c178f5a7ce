#include "api/artifact_policy.hpp"

#include <algorithm>
#include <array>

#include "core/uri.hpp"

namespace api {

namespace {

constexpr std::array<std::string_view, 4> documents{"text/html", "image/svg+xml", "application/xml",
                                                    "application/xhtml+xml"};
/// Shown in the browser; everything else is downloaded.
constexpr std::array<std::string_view, 19> shown{"image/png",
                                                 "image/jpeg",
                                                 "image/gif",
                                                 "image/webp",
                                                 "image/avif",
                                                 "text/plain",
                                                 "text/csv",
                                                 "text/markdown",
                                                 "text/css",
                                                 "text/javascript",
                                                 "application/json",
                                                 "font/woff2",
                                                 "font/woff",
                                                 "application/wasm",
                                                 "application/pdf",
                                                 "video/mp4",
                                                 "video/webm",
                                                 "font/ttf",
                                                 "text/tab-separated-values"};

bool safe_host(std::string_view host) {
  return !host.empty() &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]") == host.npos;
}

/// Both schemes: which one the browser used, a proxy may have hidden, and the other one leads nowhere else.
std::string sources(std::string_view host, std::string_view path) {
  auto const place = std::string(host) + std::string(path);
  return "http://" + place + " https://" + place;
}

}  // namespace

bool is_document(std::string_view media_type) noexcept {
  return std::ranges::find(documents, media_type) != documents.end();
}

void set_artifact_policy(http::Headers& headers, std::string_view media_type, std::string_view host,
                         std::string_view folder, bool scripts) {
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("Cross-Origin-Resource-Policy", "cross-origin");  // a sandboxed report is of no origin
  headers.set("Access-Control-Allow-Origin", "*");              // no cookie opens these: the path is the right
  if (media_type == "application/pdf") {
    headers.set("Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'");  // viewers refuse sandboxes
    return;
  }
  auto const own = safe_host(host) ? sources(host, folder) : std::string("'none'");
  auto const app = safe_host(host) ? sources(host, "") : std::string("'none'");
  auto const may_script = scripts ? "script-src " + own + " 'unsafe-inline' 'unsafe-eval' blob:" : "script-src 'none'";
  headers.set("Content-Security-Policy",
              std::string("sandbox ") + (scripts ? "allow-scripts " : "") +
                  "allow-downloads allow-popups; default-src 'none'; " + may_script + "; style-src " + own +
                  " 'unsafe-inline'; img-src " + own + " data: blob:; font-src " + own + " data:; media-src " + own +
                  " data: blob:; connect-src " + own +
                  " data: blob:; worker-src blob:; form-action 'none'; base-uri 'none'; frame-ancestors " + app);
}

std::string content_disposition(std::string_view media_type, std::string_view name, bool download) {
  bool const show = !download && (is_document(media_type) || std::ranges::find(shown, media_type) != shown.end());
  auto const leaf = name.substr(name.rfind('/') + 1);
  return std::string(show ? "inline" : "attachment") + "; filename*=UTF-8''" + core::percent_encode(leaf);
}

}  // namespace api
