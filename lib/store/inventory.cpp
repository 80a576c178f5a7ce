#include "store/inventory.hpp"

#include <algorithm>

#include "core/uri.hpp"
#include "domain/source_root.hpp"
#include "store/display.hpp"
#include "store/version_columns.hpp"

namespace store {
namespace {

using sql::Blob;

InventoryRow inventory_row(sql::Row const& row) {
  return {row.blob(0), version_at(row, 1), hash_at(row, 7), row.integer(8), row.integer(9)};
}

/// The first key after all keys that begin with `prefix`; nullopt: there is none.
std::optional<std::string> after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string source_uri(std::string const& root) {
  auto const s3 = domain::parse_s3_root(root);
  return s3 ? domain::s3_uri(s3->bucket, s3->prefix) : core::file_uri(root);
}

SourceRow source_row(sql::Row const& row) {
  return {{row.integer(0)}, row.blob(1), core::from_ms(row.integer(2))};
}

}  // namespace

std::optional<InventoryRow> find_item(sql::Connection& db, SourceId source, std::string const& key) {
  return db.first(
      "SELECT key, size, mtime_ns, ctime_ns, ino, etag, version_id, sha256, seq, missing FROM item"
      " WHERE source_id = ? AND key = ?",
      inventory_row, source.value, Blob{key});
}

void put_item(sql::Connection& db, ItemVersion const& item, core::Wall now) {
  auto const& version = item.version;
  db.run(
      "INSERT INTO item(source_id, key, key_text, size, mtime_ns, ctime_ns, ino, sha256, seq, seen_ms, missing, etag,"
      " version_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11, ?12) ON CONFLICT DO UPDATE SET"
      " size = ?4, mtime_ns = ?5, ctime_ns = ?6, ino = ?7, sha256 = ?8, seq = ?9, seen_ms = ?10, missing = 0,"
      " etag = ?11, version_id = ?12",
      item.source.value, Blob{item.key}, display_text(item.key), version.size, version.mtime_ns, version.ctime_ns,
      version.ino, sql::blob(item.hash), item.seq, core::to_ms(now), text_or_null(version.etag),
      text_or_null(version.version_id));
}

void mark_missing(sql::Connection& db, SourceId source, std::vector<std::string> const& keys, bool missing) {
  for (auto const& key : keys)
    db.run("UPDATE item SET missing = ?1 WHERE source_id = ?2 AND key = ?3 AND missing <> ?1", missing, source.value,
           Blob{key});
}

void remember_hash(sql::Connection& db, SourceId source, std::string const& key, domain::Version const& version,
                   domain::ContentHash const& hash) {
  db.run(
      "UPDATE item SET sha256 = ?, version_id = coalesce(?, version_id) WHERE source_id = ? AND key = ? AND size = ?"
      " AND mtime_ns = ? AND ctime_ns = ? AND ino = ? AND etag IS ?",
      sql::blob(hash), text_or_null(version.version_id), source.value, Blob{key}, version.size, version.mtime_ns,
      version.ctime_ns, version.ino, text_or_null(version.etag));
}

std::int64_t count_items(sql::Connection& db, SourceId source) {
  return db.integer("SELECT count(*) FROM item WHERE source_id = ?", source.value).value();
}

std::vector<InventoryRow> find_items(sql::Connection& db, SourceId source, std::vector<std::string> const& keys) {
  std::vector<InventoryRow> rows;
  for (auto const& key : keys)
    if (auto row = find_item(db, source, key)) rows.push_back(std::move(*row));
  return rows;
}

std::vector<InventoryRow> page_items(sql::Connection& db, SourceId source, std::string const& prefix,
                                     std::string const& after, std::size_t limit) {
  constexpr std::size_t usual_page = 1024;
  std::vector<InventoryRow> rows;
  rows.reserve(std::min(limit, usual_page));
  auto const end = after_prefix(prefix);
  // No key is empty, so `after` = "" starts at the beginning. A bound of NULL would make the comparison unknown.
  std::string sql =
      "SELECT key, size, mtime_ns, ctime_ns, ino, etag, version_id, sha256, seq, missing FROM item"
      " WHERE source_id = ? AND key > ? AND key >= ?";
  auto const collect = [&rows](sql::Row const& row) { rows.push_back(inventory_row(row)); };
  auto const count = static_cast<std::int64_t>(limit);
  if (end)
    db.each(sql + " AND key < ? ORDER BY key LIMIT ?", collect, source.value, Blob{after}, Blob{prefix}, Blob{*end},
            count);
  else
    db.each(sql + " ORDER BY key LIMIT ?", collect, source.value, Blob{after}, Blob{prefix}, count);
  return rows;
}

SourceRow load_source(sql::Connection& db, SourceId source) {
  auto row = db.first("SELECT source_id, root, baseline_ms FROM source WHERE source_id = ?", source_row, source.value);
  if (!row) throw core::Failure({core::Errc::not_found, "no such source", std::to_string(source.value), {}});
  return std::move(*row);
}

SourceRow ensure_source(sql::Connection& db, std::string const& root, core::Wall baseline, core::Wall now) {
  std::string_view const kind = domain::is_s3_root(root) ? "s3" : "local";
  db.run("INSERT INTO source(kind, root, uri, baseline_ms, created_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
         kind, Blob{root}, source_uri(root), core::to_ms(baseline), core::to_ms(now));
  return db
      .first("SELECT source_id, root, baseline_ms FROM source WHERE kind = ? AND root = ?", source_row, kind,
             Blob{root})
      .value();
}

}  // namespace store
