#include "s3/sigv4.hpp"

#include <algorithm>
#include <map>

#include "core/sha256.hpp"
#include "core/uri.hpp"
#include "s3/detail/time_formats.hpp"

namespace s3 {

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

std::string hmac(std::string_view key, std::string_view text) {
  auto const digest = core::hmac_sha256(key, text);
  return std::string(digest.begin(), digest.end());
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

/// Blanks at the ends go, runs of them become one.
std::string trimmed(std::string_view value) {
  std::string text;
  bool gap = false;
  for (char const c : value) {
    if (c == ' ' || c == '\t') {
      gap = true;
      continue;
    }
    if (gap && !text.empty()) text += ' ';
    gap = false;
    text += c;
  }
  return text;
}

struct CanonicalHeaders {
  std::string lines;  ///< "host:example\n..."
  std::string names;  ///< "host;x-amz-date"
};

/// Sorted by name; the values of one name are joined by commas in their order.
CanonicalHeaders canonical_headers(std::string const& host, http::Headers const& headers) {
  std::map<std::string, std::string> fields;
  fields["host"] = trimmed(host);
  for (http::Headers::Field const& field : headers) {
    auto const [known, is_new] = fields.try_emplace(to_lower(field.name));
    known->second += (is_new ? "" : ",") + trimmed(field.value);
  }
  CanonicalHeaders canonical;
  for (auto const& [name, value] : fields) {
    canonical.lines += name + ":" + value + "\n";
    canonical.names += (canonical.names.empty() ? "" : ";") + name;
  }
  return canonical;
}

/// Sorted by encoded name, then by encoded value: sorting "name=value" as one text would put "a-b" before "a".
std::string canonical_query(QueryPairs const& query) {
  QueryPairs encoded;
  encoded.reserve(query.size());
  for (auto const& [name, value] : query) encoded.emplace_back(core::percent_encode(name), core::percent_encode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (auto const& [name, value] : encoded) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

std::string scope_text(SigningScope const& scope, std::string const& date) {
  return date + "/" + scope.region + "/" + scope.service + "/aws4_request";
}

struct Parts {
  std::string const& method;
  std::string const& path;   ///< encoded
  std::string const& query;  ///< canonical
  CanonicalHeaders const& headers;
  std::string_view payload_hash;
};

std::string signature(Parts const& parts, Credentials const& credentials, SigningScope const& scope) {
  std::string const stamp = detail::to_amz_date(scope.at);
  std::string const date = stamp.substr(0, 8);
  std::string canonical = parts.method + "\n" + parts.path + "\n" + parts.query + "\n" + parts.headers.lines + "\n" +
                          parts.headers.names + "\n";
  canonical += parts.payload_hash;
  std::string const to_sign =
      std::string(algorithm) + "\n" + stamp + "\n" + scope_text(scope, date) + "\n" + core::sha256_hex(canonical);
  Secret const first("AWS4" + credentials.secret_access_key.reveal());
  auto const key = hmac(hmac(hmac(hmac(first.reveal(), date), scope.region), scope.service), "aws4_request");
  return core::to_hex(core::hmac_sha256(key, to_sign));
}

std::string credential_text(Credentials const& credentials, SigningScope const& scope) {
  return credentials.access_key_id + "/" + scope_text(scope, detail::to_amz_date(scope.at).substr(0, 8));
}

}  // namespace

SignedRequest sign(SigningRequest const& request, Credentials const& credentials, SigningScope const& scope) {
  SignedRequest wire;
  wire.headers = request.headers;
  wire.headers.set("X-Amz-Date", detail::to_amz_date(scope.at));
  wire.headers.set("X-Amz-Content-Sha256", request.payload_hash);
  if (!credentials.session_token.empty()) wire.headers.set("X-Amz-Security-Token", credentials.session_token.reveal());
  auto const headers = canonical_headers(request.host, wire.headers);
  auto const path = core::percent_encode_path(request.path);
  auto const query = canonical_query(request.query);
  Parts const parts{request.method, path, query, headers, request.payload_hash};
  wire.headers.set("Authorization", std::string(algorithm) + " Credential=" + credential_text(credentials, scope) +
                                        ", SignedHeaders=" + headers.names +
                                        ", Signature=" + signature(parts, credentials, scope));
  wire.target = query.empty() ? path : path + "?" + query;
  return wire;
}

Secret presign(SigningRequest const& request, Credentials const& credentials, SigningScope const& scope,
               std::chrono::seconds valid_for) {
  auto const headers = canonical_headers(request.host, request.headers);
  QueryPairs all = request.query;
  all.emplace_back("X-Amz-Algorithm", algorithm);
  all.emplace_back("X-Amz-Credential", credential_text(credentials, scope));
  all.emplace_back("X-Amz-Date", detail::to_amz_date(scope.at));
  all.emplace_back("X-Amz-Expires", std::to_string(valid_for.count()));
  all.emplace_back("X-Amz-SignedHeaders", headers.names);
  if (!credentials.session_token.empty()) all.emplace_back("X-Amz-Security-Token", credentials.session_token.reveal());
  auto const path = core::percent_encode_path(request.path);
  auto const query = canonical_query(all);
  Parts const parts{request.method, path, query, headers, unsigned_payload};
  return Secret(path + "?" + query + "&X-Amz-Signature=" + signature(parts, credentials, scope));
}

}  // namespace s3
