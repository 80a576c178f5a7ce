#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace docker::detail {

// Reading what an engine sent: a field that is missing, null or of another type is its empty value, since engines
// leave out what is unset, each in its own way. Fields that must be there are checked by the caller.

[[nodiscard]] std::string string_at(boost::json::object const& object, std::string_view key);
[[nodiscard]] std::int64_t int_at(boost::json::object const& object, std::string_view key);
[[nodiscard]] bool bool_at(boost::json::object const& object, std::string_view key);
[[nodiscard]] std::vector<std::string> strings_at(boost::json::object const& object, std::string_view key);
[[nodiscard]] std::map<std::string, std::string> map_at(boost::json::object const& object, std::string_view key);
[[nodiscard]] boost::json::object const& object_at(boost::json::object const& object, std::string_view key);

/// Keys sorted by bytes, without blanks: equal values give equal text.
[[nodiscard]] std::string canonical(boost::json::value const& value);

}  // namespace docker::detail
