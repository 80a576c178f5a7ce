#include "store/s3_hints.hpp"

namespace store {

using sql::Blob;

std::int64_t keep_hints(sql::Connection& db, SourceId source, std::vector<std::string> const& keys, core::Wall now) {
  std::int64_t fresh = 0;
  for (auto const& key : keys) {
    auto const known =
        db.run("UPDATE s3_hint SET times = times + 1 WHERE source_id = ? AND key = ?", source.value, Blob{key});
    if (known > 0) continue;
    fresh += db.run("INSERT INTO s3_hint(source_id, key, received_ms, times) VALUES (?, ?, ?, 1)", source.value,
                    Blob{key}, core::to_ms(now));
  }
  return fresh;
}

std::vector<S3Hint> load_hints(sql::Connection& db, SourceId source, std::string const& after, std::size_t limit) {
  std::vector<S3Hint> hints;
  db.each(
      "SELECT key, times FROM s3_hint WHERE source_id = ? AND key > ? ORDER BY key LIMIT ?",
      [&hints](sql::Row const& row) {
        hints.push_back({row.blob(0), row.integer(1)});
      },
      source.value, Blob{after}, static_cast<std::int64_t>(limit));
  return hints;
}

std::int64_t erase_hints(sql::Connection& db, SourceId source, std::vector<S3Hint> const& handled) {
  std::int64_t gone = 0;
  for (auto const& hint : handled)
    gone += db.run("DELETE FROM s3_hint WHERE source_id = ? AND key = ? AND times = ?", source.value, Blob{hint.key},
                   hint.times);
  return gone;
}

void drop_hints(sql::Connection& db, SourceId source) {
  db.run("DELETE FROM s3_hint WHERE source_id = ?", source.value);
}

std::int64_t count_hints(sql::Connection& db, SourceId source) {
  return db.integer("SELECT count(*) FROM s3_hint WHERE source_id = ?", source.value).value_or(0);
}

}  // namespace store
