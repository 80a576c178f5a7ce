#include "store/schema.hpp"

#include "core/ulid.hpp"
#include "sql/migration.hpp"
#include "sql/transaction.hpp"
#include "store/embedded.hpp"

namespace store {
namespace {

/// Made once; a later start keeps what is there.
void make_ids(sql::Connection& db) {
  auto const remember = [&db](std::string_view name, std::string const& value) {
    db.run("INSERT INTO meta(name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", name, value);
  };
  remember("instance", core::random_hex(16));
  remember("feed_id", core::random_hex(16));
  db.run("INSERT INTO meta(name, value) VALUES ('schema', ?1) ON CONFLICT DO UPDATE SET value = ?1",
         static_cast<std::int64_t>(schema_steps().size()));
}

std::string meta_text(sql::Connection& db, std::string_view name) {
  return db
      .first(
          "SELECT value FROM meta WHERE name = ?", [](sql::Row const& row) { return row.text(0); }, name)
      .value();
}

}  // namespace

std::vector<std::string> const& schema_steps() {
  static std::vector<std::string> const steps{std::string(schema_v1_sql()), std::string(schema_v2_sql()),
                                              std::string(schema_v3_sql())};
  return steps;
}

void prepare_schema(sql::Connection& db) {
  sql::migrate(db, application_id, schema_steps());
  sql::Transaction transaction(db);
  make_ids(db);
  make_views(db);
  transaction.commit();
}

void make_views(sql::Connection& db) {
  std::vector<std::string> old;
  db.each("SELECT name FROM sqlite_schema WHERE type = 'view' AND name GLOB 'v[0-9]*_*'",
          [&old](sql::Row const& row) { old.push_back(row.text(0)); });
  for (auto const& name : old) db.run_script("DROP VIEW " + sql::quote_identifier(name));
  db.run_script(std::string(views_sql()));
  std::vector<PipelineId> pipelines;
  db.each("SELECT pipeline_id FROM pipeline",
          [&pipelines](sql::Row const& row) { pipelines.push_back({row.integer(0)}); });
  for (auto const pipeline : pipelines) make_wide_views(db, pipeline);
}

std::string instance_id(sql::Connection& db) {
  return meta_text(db, "instance");
}
std::string feed_id(sql::Connection& db) {
  return meta_text(db, "feed_id");
}

}  // namespace store
