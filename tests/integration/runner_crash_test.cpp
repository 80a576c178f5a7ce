#include <algorithm>
#include <set>

#include "runner_world.hpp"

namespace orchestrator {
namespace {

/// The daemon is given up after every single turn of its loop, and everything is built anew on what it left: state
/// directory and engine. A write that was under way then is committed, as it may be in a crash; one turn earlier it was
/// not.
class Crash {
 public:
  using Script = std::function<void(FakeEngine&, FakeContainer&)>;
  using Change = std::function<void(World&)>;
  explicit Crash(Script script) : script_(std::move(script)) {}

  Crash& prepare(Change change) {
    prepare_ = std::move(change);
    return *this;
  }
  Crash& check(std::function<void(World&, store::RunNo)> check) {
    check_ = std::move(check);
    return *this;
  }
  /// One crash after every `stride` turns more, until the run is over before its crash comes; how many crashes there
  /// were.
  int at_every_turn(int stride = 1) {
    for (int crashes = 0;; ++crashes) {
      int const turns = 1 + crashes * stride;
      SCOPED_TRACE("crash after turn " + std::to_string(turns));
      if (!once(turns) || testing::Test::HasFailure()) return crashes;
    }
  }
  [[nodiscard]] std::set<std::string> const& steps() const { return steps_; }

 private:
  static bool turn(World& world, store::RunNo no, int turns) {
    auto const deadline = std::chrono::steady_clock::now() + 20s;
    world.io.restart();
    for (int i = 0; i < turns; ++i) {
      if (world.life->scheduler().active() == 0 && world.ended(no)) return false;
      if (world.io.run_one_until(deadline) == 0) throw std::runtime_error("nothing goes on: " + world.picture());
    }
    return true;
  }
  bool once(int turns) {
    World world;
    world.engine.on_start(script_);
    if (prepare_) prepare_(world);
    world.begin();
    auto const no = world.land("a.csv");
    bool const crashed = turn(world, no, turns);
    world.life.reset();
    if (world.count("SELECT count(*) FROM attempt") > 0)
      steps_.insert(world.text("SELECT state FROM run") + "/" +
                    world.text("SELECT step FROM attempt ORDER BY attempt DESC"));
    world.begin();
    try {
      world.until_over(no);
    } catch (std::exception const& failure) {
      ADD_FAILURE() << failure.what();
      return false;
    }
    if (check_)
      check_(world, no);
    else
      world.expect_published(no);
    EXPECT_EQ(world.count("SELECT count(*) FROM run"), 1);
    world.expect_clean();
    return crashed;
  }

  Script script_;
  Change prepare_;
  std::function<void(World&, store::RunNo)> check_;
  std::set<std::string> steps_;  ///< where the crashes met the run
};

TEST(RunnerCrash, at_any_turn_leaves_one_start_one_end_and_the_same_result) {
  std::set<std::string> const wanted{"starting/creating", "starting/starting", "running/running", "collecting/exited",
                                     "succeeded/collected"};
  Crash crash(World::good_script());
  crash.check([](World& world, store::RunNo no) {
    world.expect_published(no);
    EXPECT_EQ(world.attempts(no), 1);
    EXPECT_EQ(world.log_of(no, 1), "2026-11-22T10:00:00.000000000Z stdout F hello\n");
  });
  // How many turns a step lasts depends on when the worker threads answer, so one pass may jump over a short one.
  for (int pass = 0; pass < 5 && !std::ranges::includes(crash.steps(), wanted) && !HasFailure(); ++pass)
    EXPECT_GT(crash.at_every_turn(), 20);
  EXPECT_TRUE(std::ranges::includes(crash.steps(), wanted)) << testing::PrintToString(crash.steps());
}

TEST(RunnerCrash, at_any_turn_finds_a_container_that_ended_while_the_daemon_was_down) {
  bool more = true;
  for (int turns = 0; more && !testing::Test::HasFailure(); ++turns) {
    SCOPED_TRACE("crash after turn " + std::to_string(turns));
    World world;
    world.engine.on_start(World::long_script());
    world.begin();
    auto const no = world.land("a.csv");
    more = world.turn_until_watched(no, turns);
    world.life.reset();
    if (world.container_runs()) {
      World::leave_results(world.engine, world.only_container());
      world.engine.exit(world.only_container(), 0);
    }
    world.engine.on_start(World::good_script());
    world.begin();
    world.until_over(no);
    world.expect_published(no);
    EXPECT_EQ(world.attempts(no), 1);
    EXPECT_EQ(world.count("SELECT count(*) FROM attempt WHERE started_ms IS NULL"), 0);
    world.expect_clean();
  }
}

TEST(RunnerCrash, at_any_turn_lets_a_long_container_go_on) {
  bool more = true;
  for (int turns = 0; more && !testing::Test::HasFailure(); ++turns) {
    SCOPED_TRACE("crash after turn " + std::to_string(turns));
    World world;
    world.engine.on_start(World::long_script());
    world.begin();
    auto const no = world.land("a.csv");
    more = world.turn_until_watched(no, turns);
    world.restart();
    world.until([&] { return world.container_runs(); });
    world.restart();  // and once more while it is being watched
    world.until_state(no, "running");
    World::leave_results(world.engine, world.only_container());
    world.engine.exit(world.only_container(), 0);
    world.until_over(no);
    world.expect_published(no);
    EXPECT_EQ(world.attempts(no), 1);
    world.expect_clean();
  }
}

TEST(RunnerCrash, at_any_turn_opens_the_out_folder_before_a_user_who_is_not_root_starts) {
  bool late = false;
  Crash crash([&late](FakeEngine& world, FakeContainer& container) {
    late = late || !container.put.contains("/");
    World::good_script()(world, container);
  });
  auto const crashes = crash
                           .prepare([](World& world) {
                             docker::Image image;
                             image.user = "1000";
                             world.engine.add_image("qc:1", std::move(image));
                           })
                           .at_every_turn(2);
  EXPECT_GT(crashes, 12);
  EXPECT_FALSE(late) << "a container was started while its user could not write to /out";
}

TEST(RunnerCrash, at_any_turn_keeps_the_count_of_attempts) {
  Crash crash([](FakeEngine& world, FakeContainer& container) { world.exit(container, 75); });
  auto const crashes = crash
                           .check([](World& world, store::RunNo no) {
                             EXPECT_EQ(world.state(no), "failed") << world.picture();
                             EXPECT_EQ(world.attempts(no), 3);
                             EXPECT_EQ(world.engine.starts().size(), 3U);
                           })
                           .at_every_turn(5);
  EXPECT_GT(crashes, 12);
}

/// The engine did what it was told, but the daemon never heard so and died.
class LostAnswer : public testing::TestWithParam<Call> {};

TEST_P(LostAnswer, and_a_crash_end_as_if_nothing_had_been) {
  World world;
  docker::Image image;
  image.user = "1000";  // so that put_archive is called too
  world.engine.add_image("qc:1", std::move(image));
  world.engine.lose_answer(GetParam());
  world.begin();
  auto const no = world.land("a.csv");
  world.until([&] { return world.engine.calls(GetParam()) >= 1; });
  world.restart();
  world.until_over(no);
  world.expect_published(no);
  EXPECT_EQ(world.attempts(no), 1);
  world.expect_clean();
}

TEST_P(LostAnswer, alone_changes_nothing) {
  World world;
  docker::Image image;
  image.user = "1000";
  world.engine.add_image("qc:1", std::move(image));
  world.engine.lose_answer(GetParam());
  world.begin();
  auto const no = world.land("a.csv");
  world.until_over(no);
  world.expect_published(no);
  EXPECT_EQ(world.attempts(no), 1);
  world.expect_clean();
}

INSTANTIATE_TEST_SUITE_P(Runner, LostAnswer,
                         testing::Values(Call::create, Call::put_archive, Call::start, Call::wait, Call::logs,
                                         Call::get_archive, Call::remove),
                         [](testing::TestParamInfo<Call> const& call) {
                           switch (call.param) {
                             case Call::create:
                               return "to_create";
                             case Call::put_archive:
                               return "to_put_archive";
                             case Call::start:
                               return "to_start";
                             case Call::wait:
                               return "to_wait";
                             case Call::logs:
                               return "to_logs";
                             case Call::get_archive:
                               return "to_get_archive";
                             default:
                               return "to_remove";
                           }
                         });

}  // namespace
}  // namespace orchestrator
