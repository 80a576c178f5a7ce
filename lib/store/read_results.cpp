#include "domain/pipeline.hpp"
#include "store/read_models.hpp"
#include "store/value_columns.hpp"

namespace store {
namespace {

using domain::ValueType;

/// The views' own columns, as wide_views.cpp makes them.
std::vector<ResultColumn> own_columns() {
  return {{"run_no", ValueType::integer},   {"run_id", ValueType::string},      {"pipeline", ValueType::string},
          {"revision", ValueType::integer}, {"state", ValueType::string},       {"seq", ValueType::integer},
          {"data_at", ValueType::string},   {"finished_at", ValueType::string}, {"input_uri", ValueType::string},
          {"input_key", ValueType::string}};
}

constexpr int run_no_column = 0;
constexpr int seq_column = 5;

}  // namespace

std::optional<ResultTable> results(sql::Connection& db, ResultFilter const& filter) {
  auto const pipeline = db.integer("SELECT pipeline_id FROM pipeline WHERE name = ?", filter.pipeline);
  if (!pipeline) return std::nullopt;
  ResultTable table;
  table.columns = own_columns();
  std::string names = "run_no, run_id, pipeline, revision, state, seq, data_at, finished_at, input_uri, input_key";
  db.each(
      "SELECT name, type FROM output_column WHERE pipeline_id = ? ORDER BY position",
      [&](sql::Row const& row) {
        table.columns.push_back({row.text(0), value_type_of(row.text(1))});
        names += ", " + sql::quote_identifier(row.text(0));
      },
      *pipeline);
  auto const view = domain::view_name(filter.pipeline) + (filter.history ? "_history" : "");
  auto const before = filter.before.value_or(std::pair(INT64_MAX, RunNo{INT64_MAX}));
  db.each(
      "SELECT " + names + " FROM " + sql::quote_identifier(view) +
          " WHERE (seq, run_no) < (?, ?) ORDER BY seq DESC, run_no DESC LIMIT ?",
      [&table](sql::Row const& row) {
        auto& values = table.rows.emplace_back();
        for (int column = 0; column < row.columns(); ++column)
          values.push_back(value_at(row, column, table.columns[static_cast<std::size_t>(column)].type));
        table.next = {row.integer(seq_column), RunNo{row.integer(run_no_column)}};
      },
      before.first, before.second.value, static_cast<std::int64_t>(filter.limit));
  if (table.rows.size() < filter.limit) table.next.reset();
  return table;
}

}  // namespace store
