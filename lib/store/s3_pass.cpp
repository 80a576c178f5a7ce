#include "store/s3_pass.hpp"

namespace store {
namespace {

using domain::S3Pass;
using domain::S3Shard;
using sql::Blob;

S3Pass pass_row(sql::Row const& row) {
  S3Pass pass;
  pass.number = row.integer(0);
  pass.open = row.boolean(1);
  pass.voided = row.boolean(2);
  pass.scope = row.text(3);
  pass.started = core::from_ms(row.integer(4));
  pass.complete = row.integer(5);
  pass.complete_listed = row.integer(6);
  if (auto const ms = row.optional_integer(7)) pass.complete_started = core::from_ms(*ms);
  if (auto const ms = row.optional_integer(8)) pass.completed = core::from_ms(*ms);
  return pass;
}

S3Shard shard_row(sql::Row const& row) {
  S3Shard shard;
  shard.lo = row.blob(0);
  shard.state = static_cast<S3Shard::State>(row.integer(1));
  shard.cursor = row.blob(2);
  shard.listed = row.integer(3);
  shard.keys = row.integer(4);
  shard.visit = row.integer(5);
  shard.visit_started = core::from_ms(row.integer(6));
  shard.calm = row.integer(7);
  return shard;
}

void put_shard(sql::Connection& db, SourceId source, S3Shard const& shard) {
  db.run(
      "INSERT INTO s3_shard(source_id, lo, state, cursor, listed, keys, visit, visit_started_ms, calm)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      source.value, Blob{shard.lo}, static_cast<std::int64_t>(shard.state), Blob{shard.cursor}, shard.listed,
      shard.keys, shard.visit, core::to_ms(shard.visit_started), shard.calm);
}

bool is_open(sql::Connection& db, SourceId source, std::int64_t pass) {
  return db.integer("SELECT 1 FROM s3_pass WHERE source_id = ? AND pass = ? AND open = 1", source.value, pass)
      .has_value();
}

/// True: the shard is under way in the open pass. Writes where it stands.
bool advance(sql::Connection& db, SourceId source, PassPage const& page) {
  return is_open(db, source, page.pass) &&
         db.run("UPDATE s3_shard SET cursor = ?, listed = ? WHERE source_id = ? AND lo = ? AND state = 1",
                Blob{page.cursor}, page.listed, source.value, Blob{page.shard}) == 1;
}

/// The shard is at its end, and cut into the pieces of the next pass.
void finish(sql::Connection& db, SourceId source, PassPage const& page) {
  auto whole = db.first(
      "SELECT lo, state, cursor, listed, keys, visit, visit_started_ms, calm FROM s3_shard"
      " WHERE source_id = ? AND lo = ?",
      shard_row, source.value, Blob{page.shard});
  db.run("DELETE FROM s3_shard WHERE source_id = ? AND lo = ?", source.value, Blob{page.shard});
  auto piece = std::move(*whole);
  piece.state = S3Shard::State::listed;
  piece.calm = page.calm ? piece.calm + 1 : 0;
  auto left = page.listed;
  for (auto const& split : page.splits) {
    piece.listed = piece.keys = page.split_keys;
    left -= page.split_keys;
    put_shard(db, source, piece);
    piece.lo = split;
  }
  piece.listed = piece.keys = left;
  put_shard(db, source, piece);
}

/// Another scope shows objects that were left out until now: they are as existing as if the source were new.
void change_scope(sql::Connection& db, SourceId source, std::string const& scope, core::Wall now) {
  if (db.run("UPDATE s3_pass SET scope = ?, complete = 0 WHERE source_id = ? AND scope <> ?", scope, source.value,
             scope) == 0)
    return;
  db.run("UPDATE s3_shard SET visit = 0 WHERE source_id = ?", source.value);
  db.run("UPDATE source SET baseline_ms = ? WHERE source_id = ?", core::to_ms(now), source.value);
}

constexpr std::string_view twice_missing =
    " source_id = ?1 AND missing > 0 AND missing < ?2 AND (SELECT visit FROM s3_shard s WHERE s.source_id = ?1"
    " AND s.lo < item.key ORDER BY s.lo DESC LIMIT 1) = ?2";

}  // namespace

S3Pass load_pass(sql::Connection& db, SourceId source) {
  auto pass = db.first(
      "SELECT pass, open, void, scope, started_ms, complete, complete_listed, complete_started_ms, complete_ms"
      " FROM s3_pass WHERE source_id = ?",
      pass_row, source.value);
  if (!pass) return {};
  db.each(
      "SELECT lo, state, cursor, listed, keys, visit, visit_started_ms, calm FROM s3_shard WHERE source_id = ?"
      " ORDER BY lo",
      [&pass](sql::Row const& row) { pass->shards.push_back(shard_row(row)); }, source.value);
  for (std::size_t i = 1; i < pass->shards.size(); ++i) pass->shards[i - 1].hi = pass->shards[i].lo;
  return std::move(*pass);
}

bool has_complete_pass(sql::Connection& db, SourceId source) {
  return db.integer("SELECT 1 FROM s3_pass WHERE source_id = ? AND complete > 0", source.value).has_value();
}

S3Pass begin_pass(sql::Connection& db, SourceId source, std::vector<S3Shard> const& shards, std::string const& scope,
                  core::Wall now) {
  db.run("DELETE FROM s3_shard WHERE source_id = ?", source.value);
  for (auto const& shard : shards) put_shard(db, source, shard);
  forget_seen(db, source);
  change_scope(db, source, scope, now);
  db.run(
      "INSERT INTO s3_pass(source_id, pass, open, void, scope, started_ms) VALUES (?1, 1, 1, 0, ?2, ?3)"
      " ON CONFLICT DO UPDATE SET pass = pass + 1, open = 1, void = 0, started_ms = ?3",
      source.value, scope, core::to_ms(now));
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
  if (page.end) finish(db, source, page);
  return result;
}

std::int64_t remember_seen(sql::Connection& db, SourceId source, std::vector<std::string> const& keys) {
  std::int64_t fresh = 0;
  for (auto const& key : keys)
    fresh += db.run("INSERT OR IGNORE INTO s3_seen(source_id, key) VALUES (?, ?)", source.value, Blob{key});
  return fresh;
}

void forget_seen(sql::Connection& db, SourceId source) {
  db.run("DELETE FROM s3_seen WHERE source_id = ?", source.value);
}

std::vector<std::string> unseen(sql::Connection& db, SourceId source, std::string const& after, std::size_t limit) {
  std::vector<std::string> keys;
  db.each(
      "SELECT key FROM item WHERE source_id = ?1 AND key > ?2 AND missing = 0"
      " AND NOT EXISTS (SELECT 1 FROM s3_seen s WHERE s.source_id = ?1 AND s.key = item.key) ORDER BY key LIMIT ?3",
      [&keys](sql::Row const& row) { keys.push_back(row.blob(0)); }, source.value, Blob{after},
      static_cast<std::int64_t>(limit));
  return keys;
}

void void_pass(sql::Connection& db, SourceId source, std::int64_t pass) {
  if (db.run("UPDATE s3_pass SET void = 1 WHERE source_id = ? AND pass = ? AND open = 1", source.value, pass) == 0)
    return;
  db.run("UPDATE item SET missing = 0 WHERE source_id = ? AND missing = ? AND missing > 0", source.value, pass);
}

void end_pass(sql::Connection& db, SourceId source, std::int64_t pass, core::Wall now) {
  if (!is_open(db, source, pass)) return;
  db.run(
      "UPDATE s3_shard SET visit = ?1, visit_started_ms = (SELECT started_ms FROM s3_pass WHERE source_id = ?2)"
      " WHERE source_id = ?2 AND state = 2 AND (SELECT void FROM s3_pass WHERE source_id = ?2) = 0",
      pass, source.value);
  db.run("UPDATE s3_shard SET state = 0, listed = 0, cursor = x'' WHERE source_id = ?", source.value);
  db.run(
      "UPDATE s3_pass SET complete = pass, complete_ms = ?1,"
      " complete_listed = (SELECT sum(keys) FROM s3_shard WHERE source_id = ?2),"
      " complete_started_ms = (SELECT min(visit_started_ms) FROM s3_shard WHERE source_id = ?2)"
      " WHERE source_id = ?2 AND void = 0 AND NOT EXISTS (SELECT 1 FROM s3_shard WHERE source_id = ?2 AND visit = 0)",
      core::to_ms(now), source.value);
  db.run("UPDATE s3_pass SET open = 0 WHERE source_id = ?", source.value);
  forget_seen(db, source);
}

std::vector<std::string> missed_before(sql::Connection& db, SourceId source, std::int64_t pass, std::size_t limit) {
  std::vector<std::string> keys;
  db.each(
      "SELECT key FROM item WHERE" + std::string(twice_missing) + " ORDER BY missing, key LIMIT ?3",
      [&keys](sql::Row const& row) { keys.push_back(row.blob(0)); }, source.value, pass,
      static_cast<std::int64_t>(limit));
  return keys;
}

Missing count_missing(sql::Connection& db, SourceId source, std::int64_t pass) {
  Missing missing;
  missing.all = db.integer("SELECT count(*) FROM item WHERE source_id = ? AND missing > 0", source.value).value_or(0);
  missing.twice =
      db.integer("SELECT count(*) FROM item WHERE" + std::string(twice_missing), source.value, pass).value_or(0);
  return missing;
}

std::string key_from_end(sql::Connection& db, SourceId source, std::int64_t others) {
  return db
      .first(
          "SELECT key FROM item WHERE source_id = ? ORDER BY key DESC LIMIT 1 OFFSET ?",
          [](sql::Row const& row) { return row.blob(0); }, source.value, others)
      .value_or(std::string());
}

}  // namespace store
