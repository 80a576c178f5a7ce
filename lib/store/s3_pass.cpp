#include "store/s3_pass.hpp"

namespace store {
namespace {

using sql::Blob;

S3Pass pass_row(sql::Row const& row) {
  S3Pass pass;
  pass.number = row.integer(0);
  pass.open = row.boolean(1);
  pass.voided = row.boolean(2);
  pass.cursor = row.blob(3);
  pass.listed = row.integer(4);
  pass.started = core::from_ms(row.integer(5));
  pass.complete = row.integer(6);
  pass.complete_listed = row.integer(7);
  if (auto const ms = row.optional_integer(8)) pass.complete_started = core::from_ms(*ms);
  if (auto const ms = row.optional_integer(9)) pass.completed = core::from_ms(*ms);
  return pass;
}

/// True: the pass is the open one. Writes where it stands.
bool advance(sql::Connection& db, SourceId source, PassPage const& page) {
  return db.run("UPDATE s3_pass SET cursor = ?, listed = ? WHERE source_id = ? AND pass = ? AND open = 1",
                Blob{page.cursor}, page.listed, source.value, page.pass) == 1;
}

}  // namespace

S3Pass load_pass(sql::Connection& db, SourceId source) {
  return db
      .first(
          "SELECT pass, open, void, cursor, listed, started_ms, complete, complete_listed, complete_started_ms,"
          " complete_ms FROM s3_pass WHERE source_id = ?",
          pass_row, source.value)
      .value_or(S3Pass());
}

bool has_complete_pass(sql::Connection& db, SourceId source) {
  return db.integer("SELECT 1 FROM s3_pass WHERE source_id = ? AND complete > 0", source.value).has_value();
}

S3Pass begin_pass(sql::Connection& db, SourceId source, core::Wall now) {
  db.run(
      "INSERT INTO s3_pass(source_id, pass, open, void, cursor, listed, started_ms) VALUES (?1, 1, 1, 0, x'', 0, ?2)"
      " ON CONFLICT DO UPDATE SET pass = pass + 1, open = 1, void = 0, cursor = x'', listed = 0, started_ms = ?2",
      source.value, core::to_ms(now));
  return load_pass(db, source);
}

std::optional<IntakeResult> commit_page(sql::Connection& db, SourceId source, PassPage const& page, core::Wall now) {
  if (!advance(db, source, page)) return std::nullopt;
  auto result = commit_differences(db, source, page.fresh, now);
  for (auto const& key : page.missing)
    db.run(
        "UPDATE item SET missing = ?1 WHERE source_id = ?2 AND key = ?3 AND missing = 0"
        " AND NOT EXISTS (SELECT 1 FROM s3_pass WHERE source_id = ?2 AND void = 1)",
        page.pass, source.value, Blob{key});
  mark_missing(db, source, page.found_again, false);
  return result;
}

void void_pass(sql::Connection& db, SourceId source, std::int64_t pass) {
  if (db.run("UPDATE s3_pass SET void = 1 WHERE source_id = ? AND pass = ? AND open = 1", source.value, pass) == 0)
    return;
  db.run("UPDATE item SET missing = 0 WHERE source_id = ? AND missing = ? AND missing > 0", source.value, pass);
}

void end_pass(sql::Connection& db, SourceId source, std::int64_t pass, core::Wall now) {
  db.run(
      "UPDATE s3_pass SET complete = pass, complete_listed = listed, complete_started_ms = started_ms, complete_ms = ?"
      " WHERE source_id = ? AND pass = ? AND open = 1 AND void = 0",
      core::to_ms(now), source.value, pass);
  db.run("UPDATE s3_pass SET open = 0, cursor = x'' WHERE source_id = ? AND pass = ?", source.value, pass);
}

std::vector<std::string> missed_before(sql::Connection& db, SourceId source, std::int64_t pass, std::size_t limit) {
  std::vector<std::string> keys;
  db.each(
      "SELECT key FROM item WHERE source_id = ? AND missing > 0 AND missing < ? ORDER BY missing, key LIMIT ?",
      [&keys](sql::Row const& row) { keys.push_back(row.blob(0)); }, source.value, pass,
      static_cast<std::int64_t>(limit));
  return keys;
}

std::int64_t count_missed_before(sql::Connection& db, SourceId source, std::int64_t pass) {
  return db.integer("SELECT count(*) FROM item WHERE source_id = ? AND missing > 0 AND missing < ?", source.value, pass)
      .value_or(0);
}

}  // namespace store
