#pragma once

#include <string>
#include <string_view>

namespace core {

/// Percent-encodes every byte that is not unreserved (RFC 3986 2.3) or '/'. Reversible for any bytes.
[[nodiscard]] std::string percent_encode_path(std::string_view bytes);
/// Percent-encodes every byte that is not unreserved: for one path segment or a query value.
[[nodiscard]] std::string percent_encode(std::string_view bytes);
/// Undoes both; a '%' without two hex digits stays itself.
[[nodiscard]] std::string percent_decode(std::string_view text);
/// "file:///srv/data/a%20b.csv" for an absolute path of raw bytes.
[[nodiscard]] std::string file_uri(std::string_view absolute_path);

}  // namespace core
