#include "orchestrator/run_counts.hpp"

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using domain::RunState;

TEST(RunCounts, count_ends_and_where_their_time_went) {
  RunCounts counts;
  counts.add({{"qc", RunState::succeeded, 2000ms, {{"queued", 20ms}, {"running", 1500ms}}}});
  counts.add({{"qc", RunState::failed, 700ms, {{"queued", 400ms}, {"running", 600ms}}},
              {"qc", RunState::outdated, {}, {{"queued", 90s}}},
              {"other", RunState::succeeded, 100s, {}}});
  EXPECT_EQ(counts.ended().at("qc").at(RunState::succeeded), 1);
  EXPECT_EQ(counts.ended().at("qc").at(RunState::outdated), 1);
  EXPECT_EQ(counts.durations().at("qc").count(), 2) << "what never started took no time";
  EXPECT_EQ(counts.durations().at("qc").sum(), 2.7);
  auto const& queued = counts.stages().at("qc").at("queued");
  EXPECT_EQ(queued.count(), 3);
  EXPECT_EQ(queued.upto()[1], 1) << "up to 0.05 s";
  EXPECT_EQ(queued.upto()[3], 2) << "up to 0.5 s";
  EXPECT_EQ(queued.upto().back(), 3);
  EXPECT_EQ(counts.stages().at("qc").at("running").sum(), 2.1);
  EXPECT_FALSE(counts.stages().at("other").contains("queued"));
}

}  // namespace
}  // namespace orchestrator
