#include "watch/settle_machine.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using Kind = watch::SettleMachine::Action::Kind;

/// A machine with a hand-driven clock and one file.
struct Bench {
  explicit Bench(std::chrono::milliseconds settle) : machine(make(settle)) {}
  static watch::LocalSettings make(std::chrono::milliseconds settle) {
    watch::LocalSettings settings;
    settings.settle = settle;
    settings.max_settling = 3;
    return settings;
  }
  void hint(watch::Trace trace) { EXPECT_EQ(machine.on(watch::SettleMachine::Hint{"f", trace}, now).kind, Kind::none); }
  bool due() { return !machine.due(now, 10).empty(); }
  Kind see(watch::Found found, std::int64_t size = 0, bool known = false, bool differs = true) {
    watch::SettleMachine::Seen seen;
    seen.key = "f";
    seen.sight.found = found;
    seen.sight.version.size = size;
    seen.known = known;
    seen.differs = differs;
    auto const action = machine.on(seen, now);
    noticed = action.noticed;
    return action.kind;
  }
  void done() { machine.on(watch::SettleMachine::Done{"f"}, now); }

  watch::SettleMachine machine;
  core::Steady now{1h};
  core::Steady noticed{};  ///< of the last see()
};

TEST(Settle, commits_after_the_quiet_time_when_nothing_moved) {
  Bench bench(2s);
  bench.hint(watch::Trace::closed);
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::none);
  bench.now += 1999ms;
  EXPECT_FALSE(bench.due());
  bench.now += 1ms;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::commit);
  bench.done();
  EXPECT_EQ(bench.machine.size(), 0u);
}

TEST(Settle, tells_when_the_first_hint_came) {
  Bench bench(2s);
  bench.hint(watch::Trace::created);
  auto const first = bench.now;
  ASSERT_TRUE(bench.due());
  (void)bench.see(watch::Found::file, 0);
  bench.now += 1s;
  bench.hint(watch::Trace::modified);
  bench.hint(watch::Trace::closed);
  bench.now += 2s;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::commit);
  EXPECT_EQ(bench.noticed, first);
  bench.now += 1s;
  bench.hint(watch::Trace::closed);  // during the commit: another change
  bench.done();
  ASSERT_TRUE(bench.due());
  (void)bench.see(watch::Found::file, 6);
  bench.now += 2s;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 6), Kind::commit);
  EXPECT_EQ(bench.noticed, first + 4s) << "when what it saw was committed";
}

TEST(Settle, starts_over_when_the_last_look_sees_another_version) {
  Bench bench(2s);
  bench.hint(watch::Trace::closed);
  ASSERT_TRUE(bench.due());
  (void)bench.see(watch::Found::file, 5);
  bench.now += 2s;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 6), Kind::none);
  bench.now += 1999ms;
  EXPECT_FALSE(bench.due());
  bench.now += 1ms;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 6), Kind::commit);
}

TEST(Settle, counts_from_the_close_of_a_file_that_was_first_seen_empty) {
  Bench bench(2s);
  bench.hint(watch::Trace::created);
  ASSERT_TRUE(bench.due());
  (void)bench.see(watch::Found::file, 0);
  bench.now += 10ms;
  bench.hint(watch::Trace::modified);
  bench.hint(watch::Trace::closed);
  bench.now += 2s;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::commit);
}

TEST(Settle, starts_over_when_a_version_came_without_a_word) {
  Bench bench(2s);
  bench.hint(watch::Trace::created);
  ASSERT_TRUE(bench.due());
  (void)bench.see(watch::Found::file, 0);
  bench.hint(watch::Trace::closed);
  bench.now += 1s;
  bench.hint(watch::Trace::modified);  // and never closed: mapped memory, say
  bench.now += 60s;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::none);
}

TEST(Settle, waits_for_a_slow_writer) {
  Bench bench(300ms);
  bench.hint(watch::Trace::created);
  ASSERT_TRUE(bench.due());
  (void)bench.see(watch::Found::file, 0);
  for (int i = 1; i < 50; ++i) {
    bench.now += 1500ms;  // longer than settle: MODIFY without CLOSE_WRITE holds it
    bench.hint(watch::Trace::modified);
    EXPECT_FALSE(bench.due());
  }
  bench.hint(watch::Trace::closed);
  EXPECT_FALSE(bench.due());
  bench.now += 300ms;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 50), Kind::commit);
}

TEST(Settle, of_zero_commits_at_close) {
  Bench bench(0s);
  bench.hint(watch::Trace::created);
  bench.hint(watch::Trace::modified);
  bench.hint(watch::Trace::closed);
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::commit);
}

TEST(Settle, of_zero_waits_while_somebody_writes) {
  Bench bench(0s);
  bench.hint(watch::Trace::modified);
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::none);
  bench.now += 1999ms;
  EXPECT_FALSE(bench.due());
  bench.hint(watch::Trace::closed);
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::commit);
}

TEST(Settle, of_zero_takes_a_truncated_file_after_the_writers_quiet_time) {
  Bench bench(0s);
  bench.hint(watch::Trace::modified);
  ASSERT_TRUE(bench.due());
  (void)bench.see(watch::Found::file, 5);
  bench.now += 2s;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::commit);
}

TEST(Settle, of_zero_gives_a_linked_file_a_short_quiet_time) {
  Bench bench(0s);
  bench.hint(watch::Trace::created);
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::none);
  bench.now += 50ms;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::commit);
}

TEST(Settle, looks_again_when_an_event_came_during_the_look) {
  Bench bench(0s);
  bench.hint(watch::Trace::closed);
  ASSERT_TRUE(bench.due());
  bench.hint(watch::Trace::closed);
  EXPECT_FALSE(bench.due()) << "one look at a time";
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::none) << "this may be from before the event";
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 6), Kind::commit);
}

TEST(Settle, looks_again_when_an_event_came_during_the_commit) {
  Bench bench(0s);
  bench.hint(watch::Trace::closed);
  ASSERT_TRUE(bench.due());
  ASSERT_EQ(bench.see(watch::Found::file, 5), Kind::commit);
  bench.hint(watch::Trace::modified);
  EXPECT_FALSE(bench.due());
  bench.done();
  EXPECT_TRUE(bench.due());
}

TEST(Settle, drops_what_the_ledger_has_already) {
  Bench bench(2s);
  bench.hint(watch::Trace::touched);
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5, true, false), Kind::none);
  EXPECT_EQ(bench.machine.size(), 0u);
}

TEST(Settle, removes_only_after_a_second_proof) {
  Bench bench(0s);
  bench.hint(watch::Trace::touched);
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::absent, 0, true), Kind::none);
  bench.now += 1999ms;
  EXPECT_FALSE(bench.due());
  bench.now += 1ms;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::absent, 0, true), Kind::remove);
}

TEST(Settle, takes_unlink_and_create_as_a_change) {
  Bench bench(0s);
  bench.hint(watch::Trace::touched);
  ASSERT_TRUE(bench.due());
  (void)bench.see(watch::Found::absent, 0, true);
  bench.now += 100ms;
  bench.hint(watch::Trace::closed);
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 9, true), Kind::commit);
}

TEST(Settle, never_removes_what_it_cannot_see) {
  Bench bench(0s);
  bench.hint(watch::Trace::touched);
  auto wait = 1s;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(bench.due());
    EXPECT_EQ(bench.see(watch::Found::unknown, 0, true), Kind::none);
    EXPECT_EQ(bench.machine.unknown(), 1);
    EXPECT_EQ(bench.machine.next_due(), bench.now + std::min<std::chrono::seconds>(wait, 300s));
    bench.now = bench.machine.next_due();
    wait *= 2;
    if (wait > 300s) wait = 300s;
  }
  ASSERT_TRUE(bench.due());
  (void)bench.see(watch::Found::absent, 0, true);
  EXPECT_EQ(bench.machine.unknown(), 0);
}

TEST(Settle, enters_a_directory_and_removes_the_file_it_replaced) {
  Bench bench(0s);
  bench.hint(watch::Trace::created);
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::directory, 0, true), Kind::enter);
  bench.now += 2s;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::directory, 0, true), Kind::remove);
}

TEST(Settle, says_when_it_is_full_and_keeps_what_it_has) {
  Bench bench(2s);
  for (auto const* key : {"a", "b", "c"})
    EXPECT_EQ(bench.machine.on(watch::SettleMachine::Hint{key, watch::Trace::closed}, bench.now).kind, Kind::none);
  EXPECT_EQ(bench.machine.on(watch::SettleMachine::Hint{"d", watch::Trace::closed}, bench.now).kind, Kind::overfull);
  EXPECT_EQ(bench.machine.on(watch::SettleMachine::Candidate{"d", {}}, bench.now).kind, Kind::overfull);
  EXPECT_EQ(bench.machine.on(watch::SettleMachine::Hint{"a", watch::Trace::closed}, bench.now).kind, Kind::none);
  EXPECT_EQ(bench.machine.due(bench.now, 10).size(), 3u);
}

TEST(Settle, applies_a_new_quiet_time_to_what_waits) {
  Bench bench(1h);
  bench.hint(watch::Trace::closed);
  ASSERT_TRUE(bench.due());
  (void)bench.see(watch::Found::file, 5);
  bench.machine.set_settle(10ms);
  bench.now += 10ms;
  ASSERT_TRUE(bench.due());
  EXPECT_EQ(bench.see(watch::Found::file, 5), Kind::commit);
}

}  // namespace
