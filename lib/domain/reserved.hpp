#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace domain {

/// Columns that every `v1_p_<pipeline>` view has of its own (DESIGN 6.3); no output may have such a name.
inline constexpr auto reserved_output_names = std::to_array<std::string_view>({
    "run_no",
    "run_id",
    "finished_at",
    "input_uri",
    "input_key",
    "data_at",
    "seq",
    "pipeline",
    "state",
    "revision",
});

[[nodiscard]] constexpr bool is_reserved_output_name(std::string_view name) noexcept {
  return std::ranges::find(reserved_output_names, name) != reserved_output_names.end();
}

/// `v1_p_<a>_history` is a view of pipeline `a`, so no pipeline may be called `a-history`.
inline constexpr std::string_view reserved_pipeline_suffix = "-history";

}  // namespace domain
