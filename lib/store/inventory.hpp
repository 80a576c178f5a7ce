#pragma once

#include <optional>
#include <string>

#include "core/time.hpp"
#include "sql/connection.hpp"
#include "store/change_runs.hpp"
#include "store/intake.hpp"

namespace store {

/// What intake and registration share about the inventory; the rest of it is declared in intake.hpp.
[[nodiscard]] std::optional<InventoryRow> find_item(sql::Connection& db, SourceId source, std::string const& key);
/// Inserts the row or makes it this version; `missing` is cleared.
void put_item(sql::Connection& db, ItemVersion const& item, core::Wall now);
/// Throws core::Failure (not_found).
[[nodiscard]] SourceRow load_source(sql::Connection& db, SourceId source);
/// What `existing:` says about a version that no change told of.
[[nodiscard]] bool wants_existing(Match const& match, domain::Version const& version);

}  // namespace store
