#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cli {

namespace json = boost::json;

// Reading answers of a daemon that may be older or newer than this program: what is missing or of another kind reads as
// empty.
[[nodiscard]] std::string text(json::object const& object, std::string_view key);  ///< numbers and booleans as text too
[[nodiscard]] std::optional<std::int64_t> integer(json::object const& object, std::string_view key);
[[nodiscard]] std::optional<double> real(json::object const& object, std::string_view key);
[[nodiscard]] bool flag(json::object const& object, std::string_view key);
[[nodiscard]] json::object const& object_at(json::object const& object, std::string_view key);
[[nodiscard]] json::array const& array_at(json::object const& object, std::string_view key);
[[nodiscard]] json::object const& as_object(json::value const& value);
[[nodiscard]] std::string as_text(json::value const& value);

/// "2026-11-22T10:00:00.123Z" -> "2026-11-22 10:00:00".
[[nodiscard]] std::string short_time(std::string_view iso);
/// 0.21 -> "210 ms", 12.34 -> "12.3 s", 754 -> "12m34s".
[[nodiscard]] std::string for_people(double seconds);
/// "file:///srv/a%20b.csv" -> "/srv/a b.csv", raw bytes; other URIs stay.
[[nodiscard]] std::string path_of(std::string const& uri);

}  // namespace cli
