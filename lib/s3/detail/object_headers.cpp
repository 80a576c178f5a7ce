#include "s3/detail/object_headers.hpp"

#include <charconv>
#include <string>

#include "http/date.hpp"

namespace s3::detail {

namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

std::string_view bare_etag(std::string_view text) {
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

std::optional<ContentRange> read_content_range(http::Headers const& headers) {
  auto const value = headers.find("Content-Range");
  constexpr std::string_view unit = "bytes ";
  if (!value || !value->starts_with(unit)) return std::nullopt;
  auto const text = value->substr(unit.size());
  auto const dash = text.find('-');
  auto const slash = text.find('/');
  if (dash == text.npos || slash == text.npos || slash < dash) return std::nullopt;
  auto const first = whole_number(text.substr(0, dash));
  auto const last = whole_number(text.substr(dash + 1, slash - dash - 1));
  auto const total = whole_number(text.substr(slash + 1));
  if (!first || !last || !total || *first > *last || *last >= *total) return std::nullopt;
  return ContentRange{*first, *last, *total};
}

std::optional<ObjectInfo> read_object_headers(http::Headers const& headers) {
  auto const length_text = headers.find("Content-Length");
  auto const length = length_text ? whole_number(*length_text) : std::nullopt;
  if (!length) return std::nullopt;
  ObjectInfo info;
  info.size = *length;
  if (headers.find("Content-Range")) {
    auto const range = read_content_range(headers);
    if (!range || range->last - range->first + 1 != *length) return std::nullopt;
    info.size = range->total;
  }
  info.etag = bare_etag(headers.find("ETag").value_or(""));
  info.version_id = headers.find("x-amz-version-id").value_or("");
  if (info.version_id == "null") info.version_id.clear();  // written before versioning was switched on
  info.last_modified = http::parse_http_date(headers.find("Last-Modified").value_or(""));
  // Of a multipart upload it is "HASH-PARTS", of hashes; of a range it may be the part's.
  auto const checksum = headers.find("x-amz-checksum-sha256").value_or("");
  bool const is_of_all = checksum.size() == 44 && checksum.ends_with('=') && !headers.find("Content-Range");
  if (is_of_all && headers.find("x-amz-checksum-type").value_or("FULL_OBJECT") == "FULL_OBJECT")
    info.sha256_base64 = checksum;
  return info;
}

}  // namespace s3::detail
