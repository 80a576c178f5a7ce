#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"

namespace store {

/// PRAGMA application_id of our databases, "TWHL".
inline constexpr std::int32_t application_id = 0x5457484C;

/// One script a version; what a release has shipped is never edited, only added to.
[[nodiscard]] std::vector<std::string> const& schema_steps();
/// Migrates, makes the instance and feed ids of a new database, and the views anew.
void prepare_schema(sql::Connection& db);
/// Drops all v1_* views and makes them anew, in the caller's transaction.
void make_views(sql::Connection& db);
/// The two wide views of one pipeline anew: the union of its revisions' outputs, one row an item, and the history.
void make_wide_views(sql::Connection& db, PipelineId pipeline);

/// 32 hex digits, made once with the database: tells this daemon's containers from another's.
[[nodiscard]] std::string instance_id(sql::Connection& db);
/// Names this feed's numbering; a restored backup must start a new one.
[[nodiscard]] std::string feed_id(sql::Connection& db);

}  // namespace store
