#include "domain/source_root.hpp"

#include "core/uri.hpp"

namespace domain {

namespace {
constexpr std::string_view scheme = "s3://";
}

std::string root_of(S3Watch const& watch) {
  return watch.connection + ":" + std::string(scheme) + watch.bucket + "/" + watch.prefix;
}

std::string root_of(WatchSpec const& watch) {
  return watch.s3 ? root_of(*watch.s3) : watch.path;
}

bool is_s3_root(std::string_view root) noexcept {
  auto const colon = root.find(':');
  return !root.starts_with('/') && colon != std::string_view::npos && root.substr(colon + 1).starts_with(scheme);
}

std::optional<S3Root> parse_s3_root(std::string_view root) {
  if (!is_s3_root(root)) return std::nullopt;
  auto const colon = root.find(':');
  auto address = parse_s3_address(root.substr(colon + 1));
  if (!address) return std::nullopt;
  return S3Root{std::string(root.substr(0, colon)), std::move(address->bucket), std::move(address->key)};
}

std::optional<S3Address> parse_s3_address(std::string_view text) {
  if (!text.starts_with(scheme)) return std::nullopt;
  text.remove_prefix(scheme.size());
  auto const slash = text.find('/');
  auto const bucket = text.substr(0, slash);
  if (bucket.empty()) return std::nullopt;
  auto const key = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  return S3Address{std::string(bucket), std::string(key)};
}

std::string_view key_below(std::string_view prefix, std::string_view key) noexcept {
  return key.starts_with(prefix) ? key.substr(prefix.size()) : std::string_view();
}

std::string s3_uri(std::string_view bucket, std::string_view key) {
  return std::string(scheme).append(bucket).append("/") + core::percent_encode_path(key);
}

std::string uri_of(std::string_view root, std::string_view key) {
  if (auto const s3 = parse_s3_root(root)) return s3_uri(s3->bucket, key);
  auto path = std::string(root);
  if (!path.ends_with('/')) path += '/';
  return core::file_uri(path.append(key));
}

}  // namespace domain
