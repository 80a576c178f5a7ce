#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <set>

#include "api/attention.hpp"
#include "api/json.hpp"
#include "api/routes.hpp"
#include "store/read_signals.hpp"
#include "store/schema.hpp"

namespace api {

namespace {

using namespace std::chrono_literals;
constexpr std::size_t newest_entries = 20;
constexpr std::size_t looked_at = 10 * newest_entries;  // a run has several, and some the caller may not see

/// The newest entry of each run.
json::array feed_of(sql::Connection& db, Principal const& who, std::int64_t end) {
  json::array list;
  std::set<std::int64_t> runs;
  auto rows = store::feed_after(db, std::max<std::int64_t>(0, end - std::int64_t{looked_at}), looked_at);
  for (auto row = rows.rbegin(); row != rows.rend() && list.size() < newest_entries; ++row)
    if (who.may_see(row->pipeline) && runs.insert(row->run.value).second) list.push_back(to_json(*row));
  return list;
}

json::array hours_of(sql::Connection& db, Principal const& who, core::Wall since) {
  std::vector<std::string> only;
  if (who.pipelines) only.assign(who.pipelines->begin(), who.pipelines->end());
  json::array list;
  for (auto const& count : store::hourly_ends(db, since, only)) {
    json::object hour;
    hour["hour_at"] = to_json(std::optional(count.hour));
    hour["succeeded"] = count.succeeded;
    hour["failed"] = count.failed;
    list.push_back(std::move(hour));
  }
  return list;
}

/// What the database says: runs on the reader thread.
struct Stored {
  json::object body;
  Attention attention;
  std::vector<store::PipelineRow> pipelines;
};

Stored read_stored(sql::Connection& db, Principal const& who, core::Wall now) {
  Stored stored;
  auto const end = store::feed_end(db);
  stored.body["feed"] = feed_of(db, who, end);
  stored.body["feed_seq"] = end;
  stored.body["feed_id"] = store::feed_id(db);
  stored.body["throughput"] = hours_of(db, who, now - 24h);
  std::int64_t waiting = 0;
  for (auto const& count : store::count_unfinished(db))
    if (who.may_see(count.pipeline) && !domain::is_active(count.state)) waiting += count.runs;
  stored.body["waiting"] = waiting;
  stored.pipelines = store::list_pipelines(db);
  stored.attention = pipelines_to_look_at(stored.pipelines, store::list_signals(db), now);
  add_invalid_files(store::list_pipeline_files(db), stored.attention);
  return stored;
}

/// With what is not yet moved from its write-ahead log.
json::value database_bytes(std::filesystem::path const& file) {
  std::error_code error;
  auto size = std::filesystem::file_size(file, error);
  if (error) return nullptr;
  auto const log = std::filesystem::file_size(file.string() + "-wal", error);
  if (!error) size += log;
  return size;
}

json::object disk_of(orchestrator::Services const& services) {
  std::error_code error;
  auto const space = std::filesystem::space(services.state_dir.root(), error);
  json::object disk;
  disk["free_bytes"] = error ? json::value(nullptr) : json::value(space.available);
  disk["total_bytes"] = error ? json::value(nullptr) : json::value(space.capacity);
  disk["min_free_bytes"] = services.config.min_free;
  disk["database_bytes"] = database_bytes(services.state_dir.database());
  return disk;
}

awaitable<http::Reply> overview(std::shared_ptr<Room> room, Call request) {
  auto& parts = room->parts;
  auto const now = parts.services.clock.wall();
  auto query = [who = request.who, now](sql::Connection& db) { return read_stored(db, who, now); };
  auto stored = co_await parts.services.database.read(std::move(query));
  auto& body = stored.body;
  add_unkillable(parts.scheduler.unkillable(), stored.pipelines, stored.attention);
  if (request.who.pipelines) {
    std::erase_if(stored.attention, [&](Notice const& notice) { return !request.who.may_see(notice.pipeline); });
    body["coverage"] = nullptr;  // of one pipeline: /api/v1/coverage?pipeline=
    body["disk"] = nullptr;
  } else {
    add_obstacle(parts.scheduler.obstacle(), stored.attention);
    add_sources(parts.registry.sources().status(), stored.attention);
    auto const coverage = co_await room->coverage.everything();
    body["coverage"] = to_json(coverage);
    body["disk"] = disk_of(parts.services);
  }
  json::array attention;
  for (auto const& notice : sorted(std::move(stored.attention))) attention.push_back(to_json(notice));
  body["attention"] = std::move(attention);
  body["now"] = to_json(std::optional(now));
  body["active"] = parts.scheduler.active();
  co_return http::Reply::json(200, json::serialize(body));
}

}  // namespace

void add_overview_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  add(router, room, config::Access::read, Reach::own, "GET", "/api/v1/overview", overview);
}

}  // namespace api
