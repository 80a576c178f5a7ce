#pragma once

#include <string_view>

#include "sql/statement.hpp"
#include "store/read_models.hpp"

namespace store {

/// "SELECT ... FROM run r ..." up to its WHERE; r is the run, p its pipeline, v its revision, i its first input.
[[nodiscard]] std::string_view summary_columns() noexcept;
[[nodiscard]] RunSummary summary_row(sql::Row const& row);

}  // namespace store
