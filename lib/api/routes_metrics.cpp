#include <algorithm>
#include <filesystem>

#include "api/metrics_text.hpp"
#include "api/process_metrics.hpp"
#include "api/routes.hpp"
#include "store/read_metrics.hpp"
#include "store/read_signals.hpp"

namespace api {

namespace {

using Type = MetricsText::Type;

double seconds_of(core::Wall at) {
  return static_cast<double>(core::to_ms(at)) / 1000;
}

/// What has to be read from the database and from files.
struct Measured {
  store::MetricRows rows;
  std::map<std::string, store::PipelineSignals> signals;
  ProcessUsage process;
  std::int64_t database = 0, wal = 0, free = -1;
};

awaitable<Measured> measure(Parts const& parts) {
  Measured measured;
  auto query = [](sql::Connection& db) { return std::pair(store::read_metrics(db), store::list_signals(db)); };
  auto found = co_await parts.services.database.read(std::move(query));
  measured.rows = std::move(found.first);
  measured.signals = std::move(found.second);
  auto look = [&measured, &state_dir = parts.services.state_dir] {
    measured.process = process_usage();
    measured.free = state_dir.free_bytes();
    std::error_code error;
    auto const file = std::filesystem::path(state_dir.database());
    auto const size = [&error](std::filesystem::path const& path) {
      auto const bytes = std::filesystem::file_size(path, error);
      return error ? std::int64_t{0} : static_cast<std::int64_t>(bytes);
    };
    measured.database = size(file);
    measured.wal = size(file.string() + "-wal");
  };
  co_await parts.services.pool.run(std::move(look));
  co_return measured;
}

void write_runs(MetricsText& text, Parts const& parts, Measured const& measured) {
  text.family("tidewheel_runs_active", Type::gauge, "Runs that have not ended, by state.");
  for (auto const& [state, count] : measured.rows.unfinished) text.sample(count, {{"state", domain::to_string(state)}});
  text.single("tidewheel_runs_unkillable", Type::gauge, "Runs whose containers go on though they were killed.",
              static_cast<double>(parts.scheduler.unkillable().size()));
  auto const oldest = measured.rows.oldest_queued;
  text.single("tidewheel_queue_oldest_seconds", Type::gauge, "For how long the oldest queued run has waited.",
              oldest ? std::max(0.0, seconds_of(parts.services.clock.wall()) - seconds_of(*oldest)) : 0.0);
  if (parts.signals == nullptr) return;
  auto const& counts = parts.signals->counts();
  text.family("tidewheel_runs_total", Type::counter, "Runs that ended since the daemon started, by how.");
  for (auto const& [pipeline, states] : counts.ended())
    for (auto const& [state, count] : states)
      text.sample(count, {{"pipeline", pipeline}, {"state", domain::to_string(state)}});
  text.family("tidewheel_run_duration_seconds", Type::histogram, "From the start of a run to its end.");
  for (auto const& [pipeline, durations] : counts.durations()) text.histogram(durations, {{"pipeline", pipeline}});
  text.family("tidewheel_run_stage_seconds", Type::histogram,
              "Where the time of runs that ended went; settling: from the last write of the data to its change.");
  for (auto const& [pipeline, stages] : counts.stages())
    for (auto const& [stage, took] : stages) text.histogram(took, {{"pipeline", pipeline}, {"stage", stage}});
}

void write_engine(MetricsText& text, docker::RequestCounts const& requests) {
  text.family("tidewheel_docker_requests_total", Type::counter,
              "Requests to the Docker Engine, by status or by what kept its answer from coming.");
  for (auto const& [operation, codes] : requests.answers())
    for (auto const& [code, count] : codes) text.sample(count, {{"operation", operation}, {"code", code}});
  text.family("tidewheel_docker_request_duration_seconds", Type::histogram,
              "Until the answer was read, or the head of one that is a stream.");
  for (auto const& [operation, took] : requests.durations()) text.histogram(took, {{"operation", operation}});
}

/// A gauge of those pipelines for which `value` gives one.
template <class Value>
void each_pipeline(MetricsText& text, Measured const& measured, std::string_view name, std::string_view help,
                   Value value) {
  text.family(name, Type::gauge, help);
  for (auto const& [pipeline, signals] : measured.signals)
    if (auto const number = value(signals)) text.sample(*number, {{"pipeline", pipeline}});
}

void write_pipelines(MetricsText& text, Measured const& measured) {
  using Signals = store::PipelineSignals;
  using Number = std::optional<double>;
  auto const seconds = [](std::optional<core::Wall> const& at) { return at ? Number(seconds_of(*at)) : std::nullopt; };
  text.family("tidewheel_pipelines", Type::gauge, "Pipelines by state.");
  for (auto const& [state, count] : measured.rows.pipelines) text.sample(count, {{"state", state}});
  text.single("tidewheel_pipelines_held", Type::gauge, "Pipelines that a fault of image, registry or engine holds.",
              measured.rows.held);
  text.single("tidewheel_pipelines_paused", Type::gauge, "Pipelines that somebody paused.", measured.rows.paused);
  text.single("tidewheel_spec_invalid", Type::gauge, "Pipeline files with errors.", measured.rows.invalid_files);
  each_pipeline(text, measured, "tidewheel_last_success_timestamp_seconds", "When a run last succeeded.",
                [&seconds](Signals const& signals) { return seconds(signals.good_at); });
  each_pipeline(text, measured, "tidewheel_pipeline_failing", "1: the newest end was a failure.",
                [](Signals const& signals) { return Number(signals.failing_since ? 1 : 0); });
  each_pipeline(text, measured, "tidewheel_expected_by_timestamp_seconds",
                "When data is due; while it is overdue: when it was.",
                [&seconds](Signals const& signals) { return seconds(signals.expected_at); });
  each_pipeline(text, measured, "tidewheel_pipeline_overdue", "1: no data has come in time.",
                [](Signals const& signals) {
                  return signals.expected_at ? Number(signals.overdue_since ? 1 : 0) : std::nullopt;
                });
  text.family("tidewheel_output_alert", Type::gauge, "1: the output of the newest good run lies beyond its bound.");
  for (auto const& [pipeline, signals] : measured.signals)
    for (auto const& alert : signals.alerts)
      text.sample(std::int64_t{1}, {{"pipeline", pipeline}, {"output", alert.output}, {"bound", alert.bound}});
}

/// One family of a number that every source has.
template <class Value>
void each_source(MetricsText& text, std::vector<orchestrator::Sources::Status> const& sources, std::string_view name,
                 Type type, std::string_view help, Value value) {
  text.family(name, type, help);
  for (auto const& source : sources)
    if (std::optional<double> const number = value(source)) text.sample(*number, {{"source", source.root}});
}

void write_sources(MetricsText& text, Parts const& parts) {
  using Status = orchestrator::Sources::Status;
  using State = watch::SourceHealth::State;
  auto const sources = parts.registry.sources().status();
  auto const is_bucket = [](Status const& source) { return source.root.find(":s3://") != std::string::npos; };
  auto const number = [](std::int64_t value) { return static_cast<double>(value); };
  each_source(text, sources, "tidewheel_source_up", Type::gauge, "1: the source is watched, or scanned right now.",
              [](Status const& source) {
                return source.health.state == State::watching || source.health.state == State::scanning ? 1.0 : 0.0;
              });
  each_source(text, sources, "tidewheel_source_items", Type::gauge, "Items in the inventory.",
              [&](Status const& source) { return number(source.health.items); });
  each_source(text, sources, "tidewheel_source_unreadable", Type::gauge, "Entries whose state is unknown.",
              [&](Status const& source) { return number(source.health.unreadable); });
  each_source(text, sources, "tidewheel_source_scans_total", Type::counter, "Complete comparisons.",
              [&](Status const& source) { return number(source.health.scans); });
  each_source(text, sources, "tidewheel_changes_total", Type::counter, "Changes that were committed.",
              [&](Status const& source) { return number(source.changes); });
  each_source(text, sources, "tidewheel_change_runs_total", Type::counter, "Runs that changes queued.",
              [&](Status const& source) { return number(source.runs); });
  text.family("tidewheel_events_total", Type::counter,
              "Differences that sources found, by what was decided for each pipeline that they concern.");
  for (auto const& source : sources)
    source.decisions.each([&](store::Decided decided, std::int64_t count) {
      text.sample(count, {{"source", source.root}, {"decision", store::to_string(decided)}});
    });
  auto const local = [&](auto value) {
    return [&is_bucket, value](Status const& source) {
      return is_bucket(source) ? std::nullopt : std::optional(static_cast<double>(value(source.health)));
    };
  };
  each_source(text, sources, "tidewheel_inotify_watches", Type::gauge, "Folders that are watched.",
              local([](watch::SourceHealth const& health) { return health.directories; }));
  each_source(text, sources, "tidewheel_inotify_overflows_total", Type::counter,
              "How often the kernel dropped events; each makes a scan.",
              local([](watch::SourceHealth const& health) { return health.overflows; }));
  each_source(text, sources, "tidewheel_s3_requests_total", Type::counter, "Requests to the server.",
              [&](Status const& source) {
                return is_bucket(source) ? std::optional(number(source.health.requests)) : std::nullopt;
              });
  each_source(text, sources, "tidewheel_s3_lag_seconds", Type::gauge, "Everything older than this is known.",
              [&](Status const& source) {
                auto const& lag = source.health.lag;
                return lag ? std::optional(number(lag->count()) / 1000) : std::nullopt;
              });
}

void write_webhooks(MetricsText& text, Parts const& parts, Measured const& measured) {
  if (parts.signals == nullptr) return;
  auto const counts = parts.signals->webhooks().counts();
  text.family("tidewheel_webhook_deliveries_total", Type::counter, "Tries to deliver a notification, by outcome.");
  for (auto const& [name, count] : counts) {
    text.sample(count.delivered, {{"webhook", name}, {"result", "delivered"}});
    text.sample(count.failed, {{"webhook", name}, {"result", "failed"}});
    text.sample(count.given_up, {{"webhook", name}, {"result", "given_up"}});
  }
  text.family("tidewheel_webhook_waiting", Type::gauge, "Notifications that wait for their webhook.");
  for (auto const& [name, unused] : counts) {
    auto const found = measured.rows.waiting_notifications.find(name);
    text.sample(found == measured.rows.waiting_notifications.end() ? std::int64_t{0} : found->second,
                {{"webhook", name}});
  }
}

void write_daemon(MetricsText& text, Parts const& parts, Measured const& measured) {
  text.family("tidewheel_build_info", Type::gauge, "1, with the version and the name of the instance.");
  text.sample(std::int64_t{1}, {{"version", TIDEWHEEL_VERSION}, {"instance_name", parts.services.config.instance}});
  text.single("tidewheel_engine_up", Type::gauge, "1: the Docker Engine answered when it was last asked.",
              std::int64_t{parts.scheduler.obstacle().starts_with("engine_unavailable") ? 0 : 1});
  text.single("tidewheel_starting_allowed", Type::gauge, "0: nothing starts, the engine or the disk stands in the way.",
              std::int64_t{parts.scheduler.obstacle().empty() ? 1 : 0});
  text.single("tidewheel_db_bytes", Type::gauge, "Size of the database.", measured.database);
  text.single("tidewheel_db_wal_bytes", Type::gauge, "Size of its write-ahead log.", measured.wal);
  text.single("tidewheel_disk_free_bytes", Type::gauge, "Free on the file system of state_dir.", measured.free);
  text.single("tidewheel_disk_min_free_bytes", Type::gauge, "Below this nothing new starts (storage.min_free).",
              parts.services.config.min_free);
  if (!parts.loop) return;
  auto const loop = parts.loop();
  text.single("tidewheel_loop_handlers_total", Type::counter, "Handlers that the loop ran.", loop.handlers);
  text.single("tidewheel_loop_longest_handler_seconds", Type::gauge, "Most CPU that one of them used.",
              static_cast<double>(loop.longest_cpu_us) / 1e6);
}

void write_process(MetricsText& text, ProcessUsage const& usage) {
  auto const known = [&text](std::string_view name, Type type, std::string_view help, auto value) {
    if (value >= 0) text.single(name, type, help, value);
  };
  known("process_cpu_seconds_total", Type::counter, "CPU time used.", usage.cpu_seconds);
  known("process_resident_memory_bytes", Type::gauge, "Resident memory.", usage.resident_bytes);
  known("process_virtual_memory_bytes", Type::gauge, "Virtual memory.", usage.virtual_bytes);
  known("process_open_fds", Type::gauge, "Open file descriptors.", usage.open_fds);
  known("process_max_fds", Type::gauge, "Most that may be open.", usage.max_fds);
  known("process_start_time_seconds", Type::gauge, "When it started, since the epoch.", usage.start_seconds);
}

awaitable<http::Reply> metrics(std::shared_ptr<Room> room, Call) {
  auto const& parts = room->parts;
  auto const measured = co_await measure(parts);
  MetricsText text;
  write_daemon(text, parts, measured);
  write_runs(text, parts, measured);
  if (parts.engine_requests != nullptr) write_engine(text, *parts.engine_requests);
  write_pipelines(text, measured);
  write_sources(text, parts);
  write_webhooks(text, parts, measured);
  write_process(text, measured.process);
  http::Reply reply(200);
  reply.headers.set("Content-Type", MetricsText::media_type);
  reply.body = text.take();
  co_return reply;
}

}  // namespace

void add_metrics_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  add(router, room, config::Access::read, Reach::everything, "GET", "/metrics", metrics);
}

}  // namespace api
