#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"
#include "api/routes.hpp"
#include "domain/downsample.hpp"
#include "domain/spec_json.hpp"
#include "store/read_series.hpp"

namespace api {

namespace {

constexpr std::int64_t most_runs = 100'000;
constexpr std::int64_t most_points = 5000;
constexpr std::size_t most_marks = 500;

std::size_t number_within(Call const& request, std::string_view name, std::int64_t otherwise, std::int64_t least,
                          std::int64_t most) {
  auto const number = number_of(request, name).value_or(otherwise);
  if (number < least || number > most)
    refuse("must be " + std::to_string(least) + " to " + std::to_string(most), std::string(name));
  return static_cast<std::size_t>(number);
}

json::value number(double value, domain::ValueType type) {
  if (!std::isfinite(value)) return nullptr;
  if (type == domain::ValueType::real || std::abs(value) > 9e15) return value;
  return static_cast<std::int64_t>(value);
}

json::object draw(store::SeriesReader const& reader, store::SeriesReader::Series const& series,
                  domain::PipelineSpec const& spec, std::size_t points) {
  json::object object;
  object["name"] = series.name;
  object["type"] = domain::to_string(series.type);
  object["unit"] = nullptr;
  object["alert"] = nullptr;
  auto const declared = std::ranges::find(spec.outputs, series.name, &domain::OutputSpec::name);
  if (declared != spec.outputs.end()) {
    if (!declared->unit.empty()) object["unit"] = as_utf8(declared->unit);
    object["alert"] = alert_to_json(*declared);
  }
  json::array runs, times, values;
  for (auto const i : domain::downsample(series.value, points)) {
    auto const& run = reader.runs()[series.run[i]];
    runs.push_back(run.no);
    times.push_back(to_json(std::optional(core::from_ms(run.at_ms))));
    values.push_back(number(series.value[i], series.type));
  }
  object["run_no"] = std::move(runs);
  object["at"] = std::move(times);
  object["value"] = std::move(values);
  object["total"] = series.value.size();
  return object;
}

/// Where another revision or another image began to make the numbers: the newest ones.
json::array marks_of(store::SeriesReader const& reader) {
  json::array marks;
  auto const& runs = reader.runs();
  for (auto i = runs.size(); i-- > 1 && marks.size() < most_marks;) {
    bool const revision = runs[i].revision != runs[i - 1].revision;
    bool const image = runs[i].image != runs[i - 1].image;
    if (!revision && !image) continue;
    json::object mark;
    mark["run_no"] = runs[i].no;
    mark["at"] = to_json(std::optional(core::from_ms(runs[i].at_ms)));
    mark["revision"] = revision && runs[i].revision ? json::value(*runs[i].revision) : json::value(nullptr);
    mark["image_id"] = image ? json::value(as_utf8(reader.images()[runs[i].image])) : json::value(nullptr);
    marks.push_back(std::move(mark));
  }
  std::ranges::reverse(marks);
  return marks;
}

std::string render(store::SeriesReader& reader, std::string const& pipeline, std::size_t points) {
  reader.finish();
  domain::PipelineSpec spec;
  if (auto stored = domain::spec_from_json(reader.spec())) spec = std::move(*stored);
  json::object body;
  body["pipeline"] = pipeline;
  body["runs"] = reader.runs().size();
  bool bucketed = false;
  json::array list;
  for (auto const& series : reader.series()) {
    list.push_back(draw(reader, series, spec, points));
    bucketed = bucketed || series.value.size() > points;
  }
  body["bucketed"] = bucketed;
  body["marks"] = marks_of(reader);
  body["series"] = std::move(list);
  return json::serialize(body);
}

awaitable<http::Reply> show_series(std::shared_ptr<Room> room, Call request) {
  auto& services = room->parts.services;
  auto const now = services.clock.wall();
  store::SeriesReader::Request wanted;
  wanted.pipeline = request.params["name"];
  auto const [first, last] = request.query.equal_range("name");
  for (auto name = first; name != last; ++name) wanted.names.push_back(name->second);
  wanted.runs = number_within(request, "runs", 2000, 1, most_runs);
  wanted.from = time_of(request, "from", now);
  wanted.to = time_of(request, "to", now);
  auto const points = number_within(request, "points", 400, 4, most_points);
  store::SeriesReader reader(wanted);
  for (bool more = true; more;) {
    auto step = [&reader](sql::Connection& db) { return reader.step(db); };
    auto const read = co_await services.database.read(std::move(step));
    if (!read) co_return problem(read.error());
    more = *read;
  }
  auto make = [&reader, &wanted, points] { return render(reader, wanted.pipeline, points); };
  auto body = co_await services.pool.run(std::move(make));
  co_return http::Reply::json(200, std::move(body));
}

}  // namespace

void add_series_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  add(router, room, config::Access::read, Reach::pipeline, "GET", "/api/v1/pipelines/{name}/series", show_series);
}

}  // namespace api
