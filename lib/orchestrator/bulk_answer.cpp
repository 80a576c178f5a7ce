#include "orchestrator/bulk_answer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "core/utf8.hpp"

namespace orchestrator {

namespace json = boost::json;

namespace {

json::object counts_to_json(std::map<std::string, std::int64_t> const& counts) {
  json::object object;
  for (auto const& [name, count] : counts) object[name] = count;
  return object;
}

std::map<std::string, std::int64_t> counts_of(json::value const& value) {
  std::map<std::string, std::int64_t> counts;
  for (auto const& entry : value.as_object()) counts[entry.key()] = entry.value().as_int64();
  return counts;
}

json::value number(std::optional<store::RunNo> const& run) {
  return run ? json::value(run->value) : json::value(nullptr);
}

std::optional<store::RunNo> run_of(json::value const& value) {
  return value.is_null() ? std::nullopt : std::optional(store::RunNo{value.as_int64()});
}

}  // namespace

void BulkAnswer::add(Entry entry) {
  ++runs;
  ++pipelines[entry.pipeline];
  if (entries.size() < most_entries) entries.push_back(std::move(entry));
}

json::object to_json(BulkAnswer const& answer) {
  json::object object;
  object["dry_run"] = answer.dry_run;
  object["runs"] = answer.runs;
  object["pipelines"] = counts_to_json(answer.pipelines);
  object["left_out"] = counts_to_json(answer.left_out);
  json::array list;
  for (auto const& entry : answer.entries) {
    json::object row;
    row["pipeline"] = entry.pipeline;
    row["key"] = entry.key.empty() ? json::value(nullptr) : json::value(core::to_display(entry.key));
    row["of"] = number(entry.of);
    row["run_no"] = number(entry.made);
    list.push_back(std::move(row));
  }
  object["list"] = std::move(list);
  object["next"] = answer.next.empty() ? json::value(nullptr) : json::value(answer.next);
  object["complete"] = answer.next.empty();
  return object;
}

BulkAnswer bulk_answer_from_json(std::string const& text) {
  auto const object = json::parse(text).as_object();
  BulkAnswer answer;
  answer.dry_run = object.at("dry_run").as_bool();
  answer.runs = object.at("runs").as_int64();
  answer.pipelines = counts_of(object.at("pipelines"));
  answer.left_out = counts_of(object.at("left_out"));
  for (auto const& row : object.at("list").as_array()) {
    BulkAnswer::Entry entry;
    entry.pipeline = std::string(row.at("pipeline").as_string());
    if (auto const* key = row.at("key").if_string()) entry.key = std::string(*key);
    entry.of = run_of(row.at("of"));
    entry.made = run_of(row.at("run_no"));
    answer.entries.push_back(std::move(entry));
  }
  if (auto const* next = object.at("next").if_string()) answer.next = std::string(*next);
  return answer;
}

}  // namespace orchestrator
