#pragma once

#include <string_view>

namespace store {

/// The SQL files of this folder, embedded when CMake configures.
[[nodiscard]] std::string_view schema_v1_sql();
[[nodiscard]] std::string_view schema_v2_sql();
[[nodiscard]] std::string_view schema_v3_sql();
[[nodiscard]] std::string_view views_sql();

}  // namespace store
