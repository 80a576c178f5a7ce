#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "domain/version.hpp"
#include "sql/statement.hpp"

namespace store {

/// How many columns version_at() reads.
inline constexpr int version_width = 6;

/// The columns size, mtime_ns, ctime_ns, ino, etag, version_id, from `column` on; NULLs (a manual input, an unknown)
/// read as zeros and empty texts.
[[nodiscard]] inline domain::Version version_at(sql::Row const& row, int column) {
  auto const value = [&](int offset) { return row.optional_integer(column + offset).value_or(0); };
  return {value(0), value(1), value(2), value(3), row.text_or_empty(column + 4), row.text_or_empty(column + 5)};
}

/// NULL where there is none: local files have neither ETag nor version id.
[[nodiscard]] inline std::optional<std::string> text_or_null(std::string const& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// A SHA-256 stored as a blob of 32 bytes, or NULL.
[[nodiscard]] inline std::optional<domain::ContentHash> hash_at(sql::Row const& row, int column) {
  auto const bytes = row.optional_blob(column);
  if (!bytes) return std::nullopt;
  domain::ContentHash hash{};
  if (bytes->size() != hash.size())
    throw core::Failure({core::Errc::corrupt, "a stored hash is not 32 bytes", row.name(column), {}});
  std::ranges::transform(*bytes, hash.begin(), [](char byte) { return static_cast<unsigned char>(byte); });
  return hash;
}

}  // namespace store
