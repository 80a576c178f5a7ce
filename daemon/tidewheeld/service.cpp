#include "service.hpp"

#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sysexits.h>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "api/api.hpp"
#include "api/guard.hpp"
#include "config/pipeline_file.hpp"
#include "dashboard/assets.hpp"
#include "docker/engine_client.hpp"
#include "embedded_init.hpp"
#include "http/server.hpp"
#include "loop_meter.hpp"
#include "network.hpp"
#include "orchestrator/actions.hpp"
#include "orchestrator/buckets.hpp"
#include "orchestrator/registry.hpp"
#include "orchestrator/retention.hpp"
#include "orchestrator/scheduler.hpp"
#include "orchestrator/signals.hpp"
#include "service_notify.hpp"
#include "store/read_models.hpp"

namespace tidewheeld {

namespace {

namespace asio = boost::asio;
using aio::awaitable;

void set_up_log(config::DaemonConfig const& config) {
  auto logger = std::make_shared<spdlog::logger>("tidewheeld", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  // journald adds time and level names itself when it reads the <N> prefix; elsewhere people want the time.
  logger->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  logger->set_level(spdlog::level::from_str(std::string(config::to_string(config.log_level))));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

awaitable<void> stop_on_signal(aio::TaskGroup& services) {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM);
  auto const number = co_await signals.async_wait(asio::use_awaitable);
  spdlog::info("signal {}: stopping; containers go on and are taken up at the next start", number);
  notify_service_manager("STOPPING=1");
  // Everything that matters is committed already, so a second signal may end the process at once.
  ::signal(SIGINT, [](int) { ::_exit(130); });
  ::signal(SIGTERM, [](int) { ::_exit(143); });
  services.stop();
}

awaitable<void> reload_on_signal(orchestrator::Registry& registry, std::shared_ptr<http::TlsIdentity> identity) {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGHUP);
  for (;;) {
    co_await signals.async_wait(asio::use_awaitable);
    spdlog::info("SIGHUP: reading the pipelines again");
    registry.reload();
    auto const renewed = identity ? identity->reload() : core::Result<void>();
    if (!renewed) spdlog::error("the certificate stays as it was: {}", renewed.error().message());
  }
}

/// Writer thread.
void tell_room(core::Error const* failure) {
  if (failure != nullptr)
    spdlog::error("there is no room for the database; writing waits, and all that needs it: {}", failure->message());
  else
    spdlog::info("there is room for the database again; writing goes on");
}

/// Cancellation withdraws no write; once everything stops, those that wait for room on a full disk fail instead.
awaitable<void> stop_waiting_for_room_at_the_end(store::Database& database) {
  struct AtTheEnd {
    store::Database& database;
    ~AtTheEnd() { database.stop_waiting_for_room(); }
  } const at_the_end{database};
  for (;;) co_await aio::sleep_for(std::chrono::hours(24));
}

awaitable<void> feed_watchdog() {
  auto const interval = watchdog_interval();
  if (!interval) co_return;
  for (;;) {
    notify_service_manager("WATCHDOG=1");
    co_await aio::sleep_for(*interval);
  }
}

awaitable<void> tell_ready(orchestrator::Registry& registry) {
  while (!registry.ready()) co_await aio::sleep_for(std::chrono::milliseconds(10));
  notify_service_manager("READY=1\nSTATUS=watching");
  spdlog::info("ready");
}

/// Everything that lives on the loop, in order of dependency; destroyed in reverse.
struct Daemon {
  Daemon(asio::io_context& io, orchestrator::Services& services, LoopMeter const& meter,
         docker::RequestCounts const& engine_requests, std::shared_ptr<http::TlsIdentity> with_identity)
      : database(services.database),
        identity(std::move(with_identity)),
        scheduler(io.get_executor(), services),
        registry(io.get_executor(), services, scheduler),
        actions(services, registry, scheduler),
        feed(io.get_executor(), services, [this] { return scheduler.active(); }),
        retention(io.get_executor(), services),
        signals(io.get_executor(), services, {services.config.instance, services.config.api.public_url}),
        router(api::build_router({services, registry, scheduler, actions, feed,
                                  [&meter] {
                                    return api::LoopStatus{meter.handlers, meter.longest_cpu_us, meter.slept};
                                  },
                                  dashboard::assets(), &signals, &engine_requests, &retention})),
        server(
            io.get_executor(), api::guard(router, services, dashboard::assets()),
            [](std::string_view failure) { spdlog::error("a request failed: {}", failure); },
            server_limits(services.config)) {
    services.disk_is_low = [this] { retention.disk_is_low(); };
    add_listeners(server, services.config, identity);
  }

  awaitable<void> serve() {
    auto body = [this](aio::TaskGroup& tasks) -> awaitable<void> {
      tasks.spawn([&tasks] { return stop_on_signal(tasks); });
      tasks.spawn([this] { return stop_waiting_for_room_at_the_end(database); });
      co_await signals.begin();
      tasks.spawn([this] { return reload_on_signal(registry, identity); });
      tasks.spawn([this] { return scheduler.run(); });
      tasks.spawn([this] { return registry.run(); });
      tasks.spawn([this] { return feed.run(); });
      tasks.spawn([this] { return signals.run(); });
      tasks.spawn([this] { return retention.run(); });
      tasks.spawn([this] { return server.run(); });
      tasks.spawn([] { return feed_watchdog(); });
      tasks.spawn([this] { return tell_ready(registry); });
      co_await tasks.join();
    };
    co_await aio::with_task_group(std::move(body));
  }

  store::Database& database;
  std::shared_ptr<http::TlsIdentity> identity;  ///< null: no TLS
  orchestrator::Scheduler scheduler;
  orchestrator::Registry registry;
  orchestrator::Actions actions;
  api::Feed feed;
  orchestrator::Retention retention;
  orchestrator::Signals signals;
  http::Router router;
  http::Server server;
};

}  // namespace

int serve(config::DaemonConfig const& config) {
  set_up_log(config);
  ::signal(SIGPIPE, SIG_IGN);
  auto identity = load_identity(config);
  if (!identity) {
    spdlog::critical("api.tls: {}", identity.error().message());
    return EX_CONFIG;
  }
  raise_descriptor_limit();
  asio::io_context io(1);  // first: destroyed last
  orchestrator::StateDir const state_dir(config.state_dir);
  state_dir.install_init(embedded_init());
  store::Database database(state_dir.database(), tell_room);
  aio::Worker pool(2, "tw-pool");
  auto const engine_client = connect_engine(config);
  if (!engine_client) {
    spdlog::critical("engine.tls: {}", engine_client.error().message());
    return EX_CONFIG;
  }
  docker::EngineClient& engine = **engine_client;
  engine.read_files_on(pool);
  core::SystemClock const clock;
  orchestrator::Buckets buckets(io.get_executor(), config.s3, clock, pool);
  orchestrator::Services services{database, engine, pool, clock, config, state_dir, database.instance(), &buckets};
  LoopMeter meter;
  int exit_code = EXIT_SUCCESS;
  {
    Daemon daemon(io, services, meter, engine.requests(), std::move(*identity));
    spdlog::info("tidewheeld {} of instance {}, state in {}", TIDEWHEEL_VERSION, services.instance, config.state_dir);
    asio::co_spawn(io, daemon.serve(), [&exit_code](std::exception_ptr error) {
      if (!error) return;
      try {
        std::rethrow_exception(error);
      } catch (std::exception const& failure) {
        spdlog::critical("stopping: {}", failure.what());
        exit_code = EXIT_FAILURE;
      }
    });
    meter.run(io);  // returns only when every coroutine has finished
  }
  pool.join();
  database.close();
  spdlog::info("stopped");
  return exit_code;
}

int check_pipelines(config::DaemonConfig const& config) {
  if (auto const identity = load_identity(config); !identity) {
    std::cerr << "tidewheeld: api.tls: " << identity.error().message() << "\n";
    return EX_CONFIG;
  }
  if (auto const engine = check_engine(config); !engine) {
    std::cerr << "tidewheeld: engine.tls: " << engine.error().message() << "\n";
    return EX_CONFIG;
  }
  int wrong = 0;
  int files = 0;
  std::error_code error;
  for (auto const& entry : std::filesystem::directory_iterator(config.pipelines_dir, error)) {
    if (entry.path().extension() != ".yaml" && entry.path().extension() != ".yml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string const text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    auto loaded = config::load_pipeline(text, entry.path().string(), config.policy);
    ++files;
    if (loaded.spec) config::refuse(loaded, config::check_policy_links(*loaded.spec, config.policy));
    if (loaded.spec) continue;
    ++wrong;
    std::cerr << config::render(loaded.diagnostics);
  }
  if (error) {
    std::cerr << "tidewheeld: " << config.pipelines_dir << ": " << error.message() << "\n";
    return EX_CONFIG;
  }
  std::cout << "configuration is valid; " << files << " pipelines, " << wrong << " with errors\n";
  return wrong == 0 ? EXIT_SUCCESS : EX_CONFIG;
}

}  // namespace tidewheeld
