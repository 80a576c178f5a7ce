#include "orchestrator/startable.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <iostream>

#include "store/pipelines.hpp"
#include "store/runs.hpp"
#include "store/schema.hpp"
#include "support/temp_dir.hpp"

namespace orchestrator {
namespace {

constexpr int pipelines = 100;
constexpr int runs_each = 1000;

class StartableRuns : public testing::Test {
 protected:
  StartableRuns() {
    store::prepare_schema(db);
    for (int i = 0; i < pipelines; ++i) {
      domain::PipelineSpec spec;
      spec.name = "p" + std::to_string(i);
      open.push_back(store::register_revision(db, spec, spec.name, "{}", core::Wall{}, core::Wall{}).value().id);
    }
  }
  /// The whole queue of the first pipeline comes before all of the second one's, and so on.
  void fill() {
    db.run_script("BEGIN");
    db.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 * ?2)"
        " INSERT INTO run(run_no, run_id, pipeline_id, state, trigger, place, queued_ms)"
        " SELECT i, 'r' || i, ?3 + (i - 1) / ?2, 'queued', 'change', i, 0 FROM n",
        std::int64_t{pipelines}, std::int64_t{runs_each}, open.front().value);
    db.run_script("COMMIT");
  }
  static Room slots(std::size_t count) {
    Room room;
    room.slots = count;
    return room;
  }

  support::TempDir dir;
  sql::Connection db{dir / "tidewheel.db", sql::Mode::read_write};
  std::vector<store::PipelineId> open;
};

TEST_F(StartableRuns, take_turns_in_a_queue_of_100000) {
  fill();
  auto const room = slots(8);
  std::set<store::PipelineId> chosen;
  auto const begin = std::chrono::steady_clock::now();
  auto const runs = choose(find_startable(db, open, room, {}, false, core::Wall{}), room);
  auto const took = std::chrono::steady_clock::now() - begin;
  std::cout << "a pick of 8 out of 100,000 queued runs of 100 pipelines: "
            << std::chrono::duration_cast<std::chrono::microseconds>(took).count() << " us\n";
  for (auto const& run : runs) chosen.insert(run.pipeline);
  EXPECT_EQ(runs.size(), 8U);
  EXPECT_EQ(chosen.size(), 8U) << "one of each";
}

TEST_F(StartableRuns, come_from_the_pipelines_whose_turn_it_is) {
  fill();
  auto room = slots(2);
  room.shares[open[70]].priority = 5;
  for (auto const pipeline : open) room.turns[pipeline] = 9;
  room.turns.erase(open[40]);
  auto const runs = choose(find_startable(db, open, room, {}, false, core::Wall{}), room);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].pipeline, open[70]);
  EXPECT_EQ(runs[1].pipeline, open[70]) << "as long as it has something, nobody of a lower priority";
  room.shares[open[70]].max_running = 1;
  auto const others = choose(find_startable(db, open, room, {}, false, core::Wall{}), room);
  ASSERT_EQ(others.size(), 2U);
  EXPECT_EQ(others[1].pipeline, open[40]) << "it was never given anything";
}

TEST_F(StartableRuns, are_not_those_that_still_have_a_runner) {
  fill();
  auto const room = slots(1);
  auto const runs = choose(find_startable(db, {open[0]}, room, {{1}, {2}}, false, core::Wall{}), room);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].no.value, 3);
}

TEST_F(StartableRuns, with_a_free_value_are_found_behind_those_that_wait_for_theirs) {
  fill();
  // Runs 1 to 999 are on a/x, the last one on b/x.
  db.run("UPDATE run SET key = CAST('a/x' AS BLOB) WHERE pipeline_id = ?", open[0].value);
  db.run("UPDATE run SET key = CAST('b/x' AS BLOB) WHERE run_no = 1000");
  auto room = slots(4);
  auto& share = room.shares[open[0]];
  share.max_running = 9;
  share.serializer = std::make_shared<domain::Serializer const>("${input.folder}", "p0");
  std::vector<Overtaken> overtaken;
  auto runs = choose(find_startable(db, {open[0]}, room, {}, false, core::Wall{}, &overtaken), room);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].no.value, 1);
  EXPECT_EQ(runs[1].no.value, 1000);
  EXPECT_TRUE(overtaken.empty());
  room.serials = {{{open[0], "a"}, {1}}, {{open[0], "b"}, {1000}}};
  EXPECT_TRUE(find_startable(db, {open[0]}, room, {{1}, {1000}}, false, core::Wall{}, &overtaken).empty());
  EXPECT_TRUE(overtaken.empty()) << "overlap: queue";
  share.cancels = true;
  room.slots = 0;
  EXPECT_TRUE(find_startable(db, {open[0]}, room, {{1}, {1000}}, false, core::Wall{}, &overtaken).empty());
  ASSERT_EQ(overtaken.size(), 998U) << "whatever room there is";
  EXPECT_EQ(overtaken[0].active.value, 1);
  EXPECT_EQ(overtaken[0].newer.value, 2);
}

}  // namespace
}  // namespace orchestrator
