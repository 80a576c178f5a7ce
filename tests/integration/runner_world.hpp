#pragma once

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "domain/spec_json.hpp"
#include "inputs/input.hpp"
#include "orchestrator/scheduler.hpp"
#include "store/intake.hpp"
#include "store/pipelines.hpp"
#include "store/runs.hpp"
#include "support/fake_engine.hpp"
#include "support/run_coro.hpp"
#include "support/temp_dir.hpp"

namespace orchestrator {

using namespace std::chrono_literals;
using support::FakeContainer;
using support::FakeEngine;
using Call = support::FakeEngine::Call;

/// Wall time that a test may push forward; waits are real.
class PushedClock final : public core::Clock {
 public:
  std::chrono::milliseconds ahead{0};
  [[nodiscard]] core::Wall wall() const override { return core::SystemClock().wall() + ahead; }
  [[nodiscard]] core::Steady steady() const override { return core::SystemClock().steady(); }
};

/// One life of the daemon on a state directory: from opening the database to having let go of everything.
class Life {
 public:
  Life(boost::asio::io_context& io, FakeEngine& engine, PushedClock const& clock, config::DaemonConfig const& config)
      : io_(io),
        state_dir_(config.state_dir),
        database_(state_dir_.database()),
        services_{database_, engine, pool_, clock, config, state_dir_, database_.instance()},
        scheduler_(io.get_executor(), services_) {}
  ~Life() {
    end();
    pool_.join();
    database_.close();
  }

  void begin() {
    over_ = false;
    boost::asio::co_spawn(io_, scheduler_.run(),
                          boost::asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr error) {
                            over_ = true;
                            error_ = error;
                          }));
  }
  /// As SIGTERM and, since nothing is written on the way out, as SIGKILL: every coroutine is given up where it waits.
  void end() {
    if (over_) return;
    cancel_.emit(boost::asio::cancellation_type::terminal);
    auto const deadline = std::chrono::steady_clock::now() + 20s;
    io_.restart();
    while (!over_ && io_.run_one_until(deadline) != 0) {
    }
    if (!over_) ADD_FAILURE() << "the scheduler did not end after it was cancelled";
  }
  [[nodiscard]] bool over() const { return over_; }
  /// The exception that the scheduler ended with.
  [[nodiscard]] std::exception_ptr error() const { return error_; }
  [[nodiscard]] Scheduler& scheduler() { return scheduler_; }
  [[nodiscard]] Services& services() { return services_; }

 private:
  boost::asio::io_context& io_;
  StateDir state_dir_;
  store::Database database_;
  aio::Worker pool_{2, "test-pool"};
  Services services_;
  Scheduler scheduler_;
  boost::asio::cancellation_signal cancel_;
  bool over_ = true;
  std::exception_ptr error_;
};

/// Files, an engine and a state directory that outlive the daemon.
class World {
 public:
  World() {
    spdlog::set_level(spdlog::level::off);
    std::filesystem::create_directory(dir / "source");
    config.state_dir = (dir / "state").string();
    config.runs = 8;
    config.starts = 2;
    config.min_free = 0;
    engine.add_image("qc:1");
    spec.name = "qc";
    spec.image = "qc:1";
    spec.command = {"--input", "${input.path}"};
    spec.retries.backoff = 1ms;
    domain::WatchSpec watch;
    watch.path = (dir / "source").string();
    watch.files = {"**"};
    spec.watch = {watch};
    spec.outputs = {output("n", domain::ValueType::integer)};
    engine.on_start(good_script());
  }

  static domain::OutputSpec output(std::string name, domain::ValueType type) {
    domain::OutputSpec spec;
    spec.name = std::move(name);
    spec.type = type;
    return spec;
  }
  static void leave_results(FakeEngine& world, FakeContainer& container) {
    container.out["outputs.json"] = R"({"n": 12})";
    container.out["report.html"] = "<p>fine</p>";
    world.write_log(container, docker::Stream::standard_output, "hello\n");
  }
  /// Writes its results and ends well at once.
  static std::function<void(FakeEngine&, FakeContainer&)> good_script() {
    return [](FakeEngine& world, FakeContainer& container) {
      leave_results(world, container);
      world.exit(container, 0);
    };
  }
  /// Goes on until the test ends it.
  static std::function<void(FakeEngine&, FakeContainer&)> long_script() {
    return [](FakeEngine&, FakeContainer&) {};
  }

  template <class Op>
  auto write(Op op) {
    auto body = [&] { return life->services().database.write(store::Lane::run, op); };
    return support::run_coro(io, std::move(body));
  }
  Life& begin() {
    life = std::make_unique<Life>(io, engine, clock, config);
    register_pipeline();
    life->begin();
    return *life;
  }
  void restart() {
    life.reset();
    begin();
  }
  void register_pipeline() {
    auto op = [this](sql::Connection& db) {
      return store::register_revision(db, spec, domain::spec_to_json(spec), domain::spec_to_json(spec), clock.wall(),
                                      clock.wall())
          .value();
    };
    pipeline = write(std::move(op)).id;
    life->scheduler().set_share(pipeline, spec);
  }
  /// A file lands, and intake tells of it as the watcher would.
  store::RunNo land(std::string const& key, std::string const& content = "1,2,3\n") {
    std::ofstream(dir / "source" / key, std::ios::binary) << content;
    return tell(key);
  }
  store::RunNo tell(std::string const& key) {
    auto op = [this, key](sql::Connection& db) {
      auto const root = (dir / "source").string();
      auto const source = store::ensure_source(db, root, core::Wall{}, clock.wall());
      store::Match match;
      match.pipeline = pipeline;
      auto const opened = inputs::open_input(root, key);
      store::Difference difference{key, {}, {}, {match}, {}};
      if (opened) difference.found = opened->version;
      (void)store::commit_differences(db, source.id, {difference}, clock.wall());
      return store::RunNo{db.integer("SELECT max(run_no) FROM run").value_or(0)};
    };
    auto const no = write(std::move(op));
    life->scheduler().wake();
    return no;
  }
  /// What `tidewheel cancel` does.
  void cancel(store::RunNo no) {
    auto op = [this, no](sql::Connection& db) { return store::request_cancel(db, no, clock.wall()); };
    (void)write(std::move(op));
    (void)life->scheduler().cancel(no);
    life->scheduler().wake();
  }

  /// Turns the loop until `done`, looked at after every handler.
  template <class Done>
  void until(Done done, std::chrono::milliseconds limit = 20s) {
    auto const deadline = std::chrono::steady_clock::now() + limit;
    io.restart();
    while (!done()) {
      if (life && life->over() && life->error()) std::rethrow_exception(life->error());
      if (std::chrono::steady_clock::now() >= deadline)
        throw std::runtime_error("it did not come to pass: " + picture());
      io.run_one_for(50ms);
    }
  }
  void until_state(store::RunNo no, std::string const& wanted) {
    until([&] { return state(no) == wanted; });
  }
  /// Until the run has ended and its runner has cleaned up.
  void until_over(store::RunNo no) {
    until([&] {
      return ended(no) && life->scheduler().active() == 0 &&
             count("SELECT count(*) FROM attempt WHERE step <> 'removed'") == 0;
    });
  }

  /// Turns the loop so many times; false if the container was being watched before, so that nothing more would happen
  /// by itself.
  bool turn_until_watched(store::RunNo no, int turns) {
    auto const deadline = std::chrono::steady_clock::now() + 20s;
    io.restart();
    for (int i = 0; i < turns; ++i) {
      if (engine.calls(Call::logs) > 0 && engine.calls(Call::wait) > 0 && state(no) == "running") return false;
      if (io.run_one_until(deadline) == 0) throw std::runtime_error("nothing goes on: " + picture());
    }
    return true;
  }

  sql::Connection& reader() {
    if (!reader_) reader_ = std::make_unique<sql::Connection>(dir / "state" / "tidewheel.db", sql::Mode::read_only);
    return *reader_;
  }
  std::string text(std::string const& sql) {
    return reader()
        .first(sql, [](sql::Row const& row) { return row.is_null(0) ? std::string("NULL") : row.text(0); })
        .value_or("(no row)");
  }
  std::int64_t count(std::string const& sql) { return reader().integer(sql).value(); }
  std::string state(store::RunNo no) {
    return text("SELECT state FROM run WHERE run_no = " + std::to_string(no.value));
  }
  std::string reason(store::RunNo no) {
    return text("SELECT reason FROM run WHERE run_no = " + std::to_string(no.value));
  }
  std::string detail(store::RunNo no) {
    return text("SELECT coalesce(detail, '') FROM run WHERE run_no = " + std::to_string(no.value));
  }
  std::int64_t attempts(store::RunNo no) {
    return count("SELECT attempts FROM run WHERE run_no = " + std::to_string(no.value));
  }
  bool ended(store::RunNo no) { return domain::is_end(domain::parse_run_state(state(no)).value()); }
  std::string picture() {
    std::string all;
    reader().each(
        "SELECT run_no || ' ' || state || ' ' || coalesce(reason, '') || ' ' || coalesce(detail, '') FROM run",
        [&all](sql::Row const& row) { all += row.text(0) + "; "; });
    reader().each("SELECT 'attempt ' || attempt || ' ' || step FROM attempt",
                  [&all](sql::Row const& row) { all += row.text(0) + "; "; });
    return all + std::to_string(engine.containers().size()) + " containers";
  }

  FakeContainer& only_container() {
    if (engine.containers().size() != 1)
      throw std::runtime_error("not one container but " + std::to_string(engine.containers().size()));
    return *engine.containers().begin()->second;
  }
  bool container_runs() { return engine.containers().size() == 1 && only_container().running(); }
  std::string file(std::string const& sql) {
    std::ifstream in(dir / "state" / text(sql), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string log_of(store::RunNo no, int attempt) {
    auto const id = text("SELECT run_id FROM run WHERE run_no = " + std::to_string(no.value));
    std::ifstream in(dir / "state" / "logs" / (id + "-a" + std::to_string(attempt) + ".log"), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// Promise 3: every attempt's container was started once at most, and none is left, nor any of its files.
  void expect_clean() {
    for (auto const& [name, starts] : engine.starts()) EXPECT_EQ(starts, 1) << name;
    EXPECT_TRUE(engine.containers().empty()) << picture();
    EXPECT_TRUE(std::filesystem::is_empty(dir / "state" / "attempts")) << picture();
    EXPECT_EQ(count("SELECT count(*) FROM attempt WHERE step <> 'removed'"), 0);
    EXPECT_EQ(count("SELECT count(*) FROM run WHERE state IN ('pulling', 'starting', 'running', 'collecting')"), 0);
  }
  /// Promise 4: the result of good_script() is there, whole, and what it said.
  void expect_published(store::RunNo no) {
    expect_result(no);
    EXPECT_NE(log_of(no, static_cast<int>(attempts(no))).find("hello\n"), std::string::npos) << "its log";
  }
  void expect_result(store::RunNo no) {
    auto const of_run = " WHERE run_no = " + std::to_string(no.value);
    EXPECT_EQ(state(no), "succeeded") << picture();
    EXPECT_EQ(text("SELECT group_concat(name || '=' || value) FROM run_output" + of_run), "n=12");
    EXPECT_EQ(text("SELECT group_concat(name) FROM v1_artifacts" + of_run), "report.html");
    EXPECT_EQ(file("SELECT path FROM artifact" + of_run), "<p>fine</p>");
    EXPECT_EQ(count("SELECT count(*) FROM feed" + of_run + " AND state = 'succeeded'"), 1);
  }

  support::TempDir dir;
  boost::asio::io_context io{1};
  FakeEngine engine{io.get_executor()};
  PushedClock clock;
  config::DaemonConfig config;
  domain::PipelineSpec spec;
  store::PipelineId pipeline;
  std::unique_ptr<Life> life;

 private:
  std::unique_ptr<sql::Connection> reader_;
};

class RunnerTest : public testing::Test, protected World {};

}  // namespace orchestrator
