#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace support::s3 {

/// How a key stands in a listing.
enum class KeyText : std::uint8_t {
  xml,          ///< as it is, escaped for XML: without encoding-type=url. Control characters become &#xN;, as AWS does
  url_plus,     ///< percent-encoded, a blank is '+': AWS
  url_percent,  ///< percent-encoded, a blank is %20
  url_rgw,      ///< the same, and '/' is %2F: keys of Ceph RGW
};

/// Appends `key`; in a URL encoding '/' stays itself but for url_rgw.
void append_key(std::string& out, std::string_view key, KeyText text);
/// Appends "<name>value</name>" with the value escaped.
void append_element(std::string& out, std::string_view name, std::string_view value);
/// "2026-11-22T10:00:00.000Z", as in listings.
void append_iso_date(std::string& out, std::int64_t ms);
/// "Sun, 22 Nov 2026 10:00:00 GMT" (RFC 9110 5.6.7), as in headers; cuts milliseconds off.
[[nodiscard]] std::string http_date(std::int64_t ms);

inline constexpr std::string_view xml_declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
inline constexpr std::string_view xml_namespace = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

}  // namespace support::s3
