#include "store/read_series.hpp"

#include <algorithm>
#include <array>

#include "domain/nearest.hpp"
#include "store/pipelines.hpp"
#include "store/value_columns.hpp"

namespace store {
namespace {

using domain::ValueType;

constexpr std::size_t step_runs = 2000;
constexpr std::size_t most_looked_at = 400'000;
constexpr std::size_t most_numbers = 2'000'000;

struct BuiltIn {
  std::string_view name;
  ValueType type;
  std::string_view sql;
};
/// What is known of every run; its columns come behind the fourth.
constexpr std::array built_ins{
    BuiltIn{"duration_s", ValueType::real, "(r.finished_ms - r.started_ms) / 1000.0"},
    BuiltIn{"max_rss_bytes", ValueType::integer, "r.max_rss_bytes"},
    BuiltIn{"input_bytes", ValueType::integer, "(SELECT sum(i.size) FROM run_input i WHERE i.run_no = r.run_no)"},
    BuiltIn{"pull_s", ValueType::real,
            "(SELECT sum(s.ended_ms - s.began_ms) / 1000.0 FROM stage s WHERE s.run_no = r.run_no"
            " AND s.name = 'pulling')"}};
constexpr int first_built_in = 4;

bool is_number(ValueType type) {
  return type == ValueType::integer || type == ValueType::real || type == ValueType::boolean;
}

}  // namespace

std::optional<core::Error> SeriesReader::begin(sql::Connection& db) {
  auto const pipeline = db.integer("SELECT pipeline_id FROM pipeline WHERE name = ?", request_.pipeline);
  if (!pipeline)
    return core::Error{core::Errc::not_found, "there is no pipeline of that name", request_.pipeline,
                       "`tidewheel pipelines` lists them"};
  pipeline_ = PipelineId{*pipeline};
  if (auto const revision = db.integer("SELECT revision_id FROM pipeline WHERE pipeline_id = ?", *pipeline))
    spec_ = revision_spec(db, RevisionId{*revision}).value_or("");
  std::vector<Series> known;
  db.each(
      "SELECT name, type FROM output_column WHERE pipeline_id = ? ORDER BY position",
      [&known](sql::Row const& row) {
        auto const type = value_type_of(row.text(1));
        if (is_number(type)) known.push_back({row.text(0), type, {}, {}});
      },
      *pipeline);
  auto const outputs = known.size();
  for (auto const& built_in : built_ins) known.push_back({std::string(built_in.name), built_in.type, {}, {}});
  std::vector<std::string> names;
  for (auto const& series : known) names.push_back(series.name);
  for (auto const& name : request_.names)
    if (std::ranges::find(names, name) == names.end())
      return core::Error{core::Errc::not_found, "the pipeline has no number of that name", name,
                         domain::did_you_mean(name, names)};
  for (std::size_t i = 0; i < known.size(); ++i) {
    auto const& name = known[i].name;
    if (!request_.names.empty() && std::ranges::find(request_.names, name) == request_.names.end()) continue;
    if (!places_.emplace(name, series_.size()).second) continue;  // an output with a name of ours goes first
    if (i < outputs)
      wants_outputs_ = true;
    else
      wanted_[i - outputs] = true;
    series_.push_back(std::move(known[i]));
  }
  if (series_.size() * request_.runs > most_numbers)
    return core::Error{core::Errc::too_large, "that would be more than two million numbers", request_.pipeline,
                       "ask for fewer runs, or for some names"};
  return std::nullopt;
}

core::Result<bool> SeriesReader::step(sql::Connection& db) {
  if (!pipeline_)
    if (auto const error = begin(db)) return *error;
  std::size_t rows = 0;
  std::string sql = "SELECT r.run_no, r.finished_ms, v.number, r.image_id";
  for (std::size_t i = 0; i < built_ins.size(); ++i) sql += ", " + std::string(wanted_[i] ? built_ins[i].sql : "NULL");
  sql +=
      " FROM run r LEFT JOIN revision v ON v.revision_id = r.revision_id"
      " WHERE r.pipeline_id = ? AND r.state = 'succeeded' AND r.run_no < ? ORDER BY r.run_no DESC LIMIT ?";
  db.each(
      sql,
      [&](sql::Row const& row) {
        ++rows;
        before_ = row.integer(0);
        take(db, row);
      },
      pipeline_->value, before_, static_cast<std::int64_t>(step_runs));
  looked_at_ += rows;
  return rows == step_runs && runs_.size() < request_.runs && looked_at_ < most_looked_at;
}

void SeriesReader::take(sql::Connection& db, sql::Row const& row) {
  auto const at = core::from_ms(row.optional_integer(1).value_or(0));
  if (runs_.size() >= request_.runs || (request_.from && at < *request_.from) || (request_.to && at > *request_.to))
    return;
  runs_.push_back({row.integer(0), core::to_ms(at), row.optional_integer(2), image_at(row.text_or_empty(3))});
  if (wants_outputs_) take_outputs(db, row.integer(0));
  for (std::size_t i = 0; i < built_ins.size(); ++i)
    if (auto const value = row.optional_real(first_built_in + static_cast<int>(i)))
      add(std::string(built_ins[i].name), *value);
}

void SeriesReader::take_outputs(sql::Connection& db, std::int64_t run_no) {
  db.each(
      "SELECT name, value FROM run_output WHERE run_no = ? AND type IN ('int', 'float', 'bool') AND value IS NOT NULL",
      [this](sql::Row const& row) { add(row.text(0), row.real(1)); }, run_no);
}

void SeriesReader::add(std::string const& name, double value) {
  auto const place = places_.find(name);
  if (place == places_.end()) return;
  auto& series = series_[place->second];
  auto const run = runs_.size() - 1;
  series.run.push_back(run);
  series.value.push_back(value);
}

std::size_t SeriesReader::image_at(std::string const& id) {
  auto const [place, fresh] = image_places_.emplace(id, images_.size());
  if (fresh) images_.push_back(id);
  return place->second;
}

void SeriesReader::finish() {
  std::ranges::reverse(runs_);
  for (auto& series : series_) {
    for (auto& run : series.run) run = runs_.size() - 1 - run;
    std::ranges::reverse(series.run);
    std::ranges::reverse(series.value);
  }
}

}  // namespace store
