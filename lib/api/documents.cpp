#include "api/documents.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "http/target.hpp"

namespace api {

namespace {

constexpr std::string_view sign_in_text =
    "<main class=\"sign-in\"><h1>Sign in</h1>"
    "<p>This page shows the data of those who run it, so it has to know who asks. Who runs this server makes a link "
    "for "
    "you. On it, they say:</p><pre><code>tidewheel token create \"$USER\" --access read</code></pre>"
    "<p>Open that link in this browser, or <a href=\"/sign-in\">enter it here</a>.</p>"
    "<noscript><p>It needs JavaScript. A script or a service sends <code>Authorization: Bearer TOKEN</code> "
    "instead.</p></noscript></main>";

/// It may stand in the frame of a report whose address is over.
constexpr std::string_view error_policy =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

std::string escaped(std::string_view text) {
  std::string html;
  for (char const c : text) {
    if (c == '&')
      html += "&amp;";
    else if (c == '<')
      html += "&lt;";
    else if (c == '>')
      html += "&gt;";
    else if (c == '"')
      html += "&quot;";
    else
      html += c;
  }
  return html;
}

/// What stands between backticks is code.
std::string sentence(std::string_view text) {
  std::string html;
  bool code = false;
  for (auto rest = escaped(text); !rest.empty();) {
    auto const tick = rest.find('`');
    html += rest.substr(0, tick);
    if (tick == std::string::npos) break;
    html += code ? "</code>" : "<code>";
    code = !code;
    rest.erase(0, tick + 1);
  }
  return html + (code ? "</code>" : "");
}

std::string text_of(boost::json::object const& problem, std::string_view key) {
  auto const* const value = problem.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string heading_of(int status) {
  if (status == 403) return "Not for you";
  if (status == 404) return "Not found";
  if (status == 410) return "No longer there";
  if (status == 429) return "Too many requests";
  if (status >= 500) return "It does not work at present";
  return "That does not work";
}

}  // namespace

Documents::Documents(std::span<Asset const> assets)
    : sign_in_page_(page_with(assets, sign_in_text)), style_(asset_address(assets, "style.css")) {}

bool Documents::wanted(http::RequestContext const& request) {
  if (request.method != "GET" && request.method != "HEAD") return false;
  auto const first = http::split_path(request.path).front();
  if (first == "api" || first == "assets") return false;
  return request.headers.find("Accept").value_or("").find("text/html") != std::string_view::npos;
}

http::Reply Documents::shown(http::Reply reply) const {
  if (reply.status < 400 || reply.producer || style_.empty()) return reply;
  if (reply.headers.find("Content-Type").value_or("") != "application/problem+json") return reply;
  boost::system::error_code error;
  auto const parsed = boost::json::parse(reply.body, error);
  boost::json::object const nothing;
  auto const& problem = !error && parsed.is_object() ? parsed.get_object() : nothing;
  bool const to_sign_in = reply.status == 401;
  reply.body =
      to_sign_in ? sign_in_page_ : error_page(reply.status, text_of(problem, "detail"), text_of(problem, "hint"));
  reply.headers.set("Content-Type", "text/html; charset=utf-8");
  reply.headers.set("Content-Security-Policy", to_sign_in ? page_policy : error_policy);
  reply.headers.set("Cache-Control", "no-store");
  reply.headers.set("Vary", "Accept");
  return reply;
}

std::string Documents::error_page(int status, std::string const& detail, std::string const& hint) const {
  auto const heading = heading_of(status);
  return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
         "content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>" +
         heading + " · Tidewheel</title><link rel=\"stylesheet\" href=\"" + style_ +
         "\"></head><body><main class=\"sign-in\"><p class=\"muted number\">" + std::to_string(status) + "</p><h1>" +
         heading + "</h1>" + (detail.empty() ? "" : "<p>" + sentence(detail) + "</p>") +
         (hint.empty() ? "" : "<p class=\"muted\">" + sentence(hint) + "</p>") +
         "<p><a href=\"/\">To the overview</a></p></main></body></html>\n";
}

}  // namespace api
