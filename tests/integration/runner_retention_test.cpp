#include "orchestrator/retention.hpp"

#include "runner_world.hpp"

namespace orchestrator {
namespace {

/// Three good runs, one after the other, whose logs and artifacts may go after an hour.
class RunnerRetention : public testing::Test, protected World {
 protected:
  RunnerRetention() {
    config.retention.logs = 1h;
    config.retention.artifacts = 1h;
    config.retention.keep_last = 1;
    begin();
    for (auto const* const key : {"a", "b", "c"}) until_over(land(key, key));
    make();
  }
  void make(Retention::Pace pace = Retention::Pace()) {
    retention = std::make_unique<Retention>(io.get_executor(), life->services(), pace);
  }
  core::Result<RetentionReport> collect(bool dry_run = false) {
    return support::run_coro(io, [this, dry_run] { return retention->collect(dry_run); });
  }
  bool has_log(std::int64_t no) { return std::filesystem::exists(log_file(no)); }
  std::filesystem::path log_file(std::int64_t no) {
    return dir / "state" / "logs" / (text("SELECT run_id FROM run WHERE run_no = " + std::to_string(no)) + "-a1.log");
  }
  std::filesystem::path report(std::int64_t no) {
    return dir / "state" / text("SELECT path FROM artifact WHERE run_no = " + std::to_string(no));
  }
  bool has_report(std::int64_t no) { return std::filesystem::exists(report(no)); }

  std::unique_ptr<Retention> retention;
};

TEST_F(RunnerRetention, takes_what_is_old_enough_and_leaves_the_newest) {
  auto const early = collect();
  ASSERT_TRUE(early);
  EXPECT_EQ(early->logs.runs, 0);
  EXPECT_TRUE(has_log(1) && has_report(1));
  clock.ahead = 2h;
  make();  // as a daemon that began then: the clock did not jump under it
  auto const dry = collect(true);
  ASSERT_TRUE(dry);
  EXPECT_EQ(dry->logs.runs, 2);
  EXPECT_EQ(dry->artifacts.bytes, 40);
  EXPECT_EQ(dry->artifacts.newest, 1);
  EXPECT_TRUE(has_log(1) && has_report(1));
  auto const done = collect();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->logs.runs, 2);
  EXPECT_EQ(done->artifacts.bytes, 40);
  EXPECT_FALSE(has_log(1) || has_log(2) || has_report(1) || has_report(2));
  EXPECT_TRUE(has_log(3) && has_report(3));
  EXPECT_EQ(count("SELECT count(*) FROM v1_runs WHERE artifacts_removed_at IS NOT NULL"), 2);
  EXPECT_EQ(count("SELECT count(*) FROM v1_outputs"), 3) << "results stay";
}

TEST_F(RunnerRetention, a_clock_that_is_set_pauses_it) {
  ASSERT_TRUE(collect());
  clock.ahead = 24h * 365;
  auto const refused = collect();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::Errc::unavailable);
  EXPECT_NE(refused.error().message().find("clock"), std::string::npos);
  EXPECT_TRUE(has_log(1) && has_report(1));
  EXPECT_TRUE(collect(true)) << "looking is free";
  make();
  auto const after_a_restart = collect();
  EXPECT_FALSE(after_a_restart) << "a year went by while nobody looked";
  EXPECT_TRUE(has_log(1) && has_report(1));
  clock.ahead = -48h;
  make();
  EXPECT_FALSE(collect()) << "the clock went back";
  clock.ahead = 0ms;
  make();
  EXPECT_TRUE(collect());
}

TEST_F(RunnerRetention, makes_room_only_where_it_may) {
  config.min_free = std::int64_t{1} << 60;
  auto const kept = collect();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->artifacts.runs, 0);
  EXPECT_TRUE(has_report(1));
  config.retention.make_room = true;
  auto const planned = collect(true);
  ASSERT_TRUE(planned);
  EXPECT_EQ(planned->artifacts.runs, 2);
  ASSERT_FALSE(planned->list.empty());
  EXPECT_TRUE(planned->list.front().for_room);
  EXPECT_TRUE(has_report(1));
  auto const made = collect();
  ASSERT_TRUE(made);
  EXPECT_EQ(made->artifacts.runs, 2);
  EXPECT_FALSE(has_report(1) || has_report(2) || has_log(1) || has_log(2));
  EXPECT_TRUE(has_report(3) && has_log(3)) << "never those";
}

TEST_F(RunnerRetention, runs_by_itself_and_when_the_disk_is_low) {
  clock.ahead = 2h;
  Retention::Pace pace;
  pace.first = 1ms;
  make(pace);
  boost::asio::cancellation_signal stop;
  bool over = false;
  boost::asio::co_spawn(io, retention->run(),
                        boost::asio::bind_cancellation_slot(stop.slot(), [&over](std::exception_ptr) { over = true; }));
  until([this] { return count("SELECT count(*) FROM run WHERE log_removed_ms IS NOT NULL") == 2; });
  stop.emit(boost::asio::cancellation_type::terminal);
  until([&over] { return over; });
  EXPECT_FALSE(has_log(1));
}

}  // namespace
}  // namespace orchestrator
