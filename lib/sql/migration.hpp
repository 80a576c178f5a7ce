#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sql/connection.hpp"

namespace sql {

/// Brings a database to the newest schema: step i makes user_version i+1 from i, each together with its version number
/// in one transaction. An empty database gets `application_id`. Before an existing one is changed, a copy
/// "<file>.v<version>.bak" is made. Throws core::Failure: made by something else (application_id), or by a newer
/// version (user_version past the last step).
void migrate(Connection& db, std::int32_t application_id, std::span<std::string const> steps);

/// A whole, consistent copy of the database, durable when it returns; replaces `target`.
void copy_database(Connection& db, std::filesystem::path const& target);

}  // namespace sql
