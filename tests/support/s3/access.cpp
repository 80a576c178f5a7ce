#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "support/s3/call.hpp"

namespace support::s3 {

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

/// "20261122T100000Z" in milliseconds.
std::optional<std::int64_t> parse_amz_date(std::string const& text) {
  int year = 0, hour = 0, minute = 0, second = 0, length = 0;
  unsigned month = 0, day = 0;
  auto const got =
      std::sscanf(text.c_str(), "%4d%2u%2uT%2d%2d%2dZ%n", &year, &month, &day, &hour, &minute, &second, &length);
  if (got != 6 || length != 16 || text.size() != 16) return std::nullopt;
  std::chrono::year_month_day const date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  auto const at = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                  std::chrono::seconds(second);
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

/// The four parts of a credential behind its access key, from the right: an access key may hold no '/'.
bool read_credential(std::string_view text, Signer& signer) {
  std::array<std::string_view, 5> parts;
  for (auto& part : parts) {
    auto const slash = std::min(text.find('/'), text.size());
    part = text.substr(0, slash);
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  signer.access_key = parts[0];
  signer.region = parts[2];
  return !parts[0].empty() && parts[1].size() == 8 && !parts[2].empty() && parts[3] == "s3" &&
         parts[4] == "aws4_request" && text.empty();
}

bool signs(std::string_view signed_headers, std::string_view name) {
  std::string const all = ";" + std::string(signed_headers) + ";";
  return all.find(";" + std::string(name) + ";") != all.npos;
}

bool is_signature(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

/// "Credential=..., SignedHeaders=..., Signature=..." has one value a name.
std::string_view member(std::string_view header, std::string_view name) {
  auto const at = header.find(std::string(name) + "=");
  if (at == header.npos) return {};
  auto const value = header.substr(at + name.size() + 1);
  return value.substr(0, value.find(','));
}

std::optional<Signer> of_header(http::RequestContext const& request, std::string_view header) {
  Signer signer;
  signer.signed_at_ms = parse_amz_date(std::string(request.headers.find("x-amz-date").value_or("")));
  signer.token = request.headers.find("x-amz-security-token").value_or("");
  auto const names = member(header, "SignedHeaders");
  bool const complete = header.starts_with(algorithm) && read_credential(member(header, "Credential"), signer) &&
                        is_signature(member(header, "Signature")) && signer.signed_at_ms && signs(names, "host") &&
                        signs(names, "x-amz-date") && signs(names, "x-amz-content-sha256") &&
                        request.headers.find("x-amz-content-sha256") &&
                        (signer.token.empty() || signs(names, "x-amz-security-token"));
  if (!complete) return std::nullopt;
  return signer;
}

std::optional<Signer> of_query(http::RequestContext const& request) {
  auto const value = [&](std::string_view name) { return request.query_value(name).value_or(""); };
  Signer signer;
  signer.signed_at_ms = parse_amz_date(value("X-Amz-Date"));
  signer.token = value("X-Amz-Security-Token");
  bool const complete = value("X-Amz-Algorithm") == algorithm && read_credential(value("X-Amz-Credential"), signer) &&
                        is_signature(value("X-Amz-Signature")) && signer.signed_at_ms &&
                        signs(value("X-Amz-SignedHeaders"), "host") && !value("X-Amz-Expires").empty();
  if (!complete) return std::nullopt;
  return signer;
}

}  // namespace

std::optional<Signer> Signer::of(http::RequestContext const& request) {
  if (auto const header = request.headers.find("Authorization")) return of_header(request, *header);
  return of_query(request);
}

std::optional<http::Reply> refuse(Settings const& settings, Call const& call) {
  if (!settings.check_access) return std::nullopt;
  auto const signer = Signer::of(call.request);
  if (!signer)
    return error_reply(403, "AccessDenied", "The request has no signature of the form that SigV4 asks for.", call);
  if (signer->access_key != settings.access_key)
    return error_reply(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.",
                       call);
  if (std::ranges::find(settings.expired_tokens, signer->token) != settings.expired_tokens.end())
    return error_reply(400, "ExpiredToken", "The provided token has expired.", call);
  if (signer->token != settings.session_token)
    return error_reply(400, "InvalidToken", "The provided token is malformed or otherwise invalid.", call);
  return std::nullopt;
}

}  // namespace support::s3
