#include "api/attention.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
constexpr core::Wall now{1'795'341'600s};

std::vector<std::string> kinds(api::Attention const& attention) {
  std::vector<std::string> list;
  for (auto const& notice : attention) list.push_back(notice.kind);
  return list;
}

store::PipelineRow pipeline(std::string const& name) {
  store::PipelineRow row;
  row.name = name;
  row.state = "live";
  return row;
}

TEST(Attention, a_pipeline_that_does_well_needs_none) {
  store::PipelineSignals signals;
  signals.good_at = now;
  EXPECT_TRUE(api::pipelines_to_look_at({pipeline("qc")}, {{"qc", signals}}, now).empty());
}

TEST(Attention, tells_of_failures_overdue_data_alerts_holds_and_pauses) {
  auto row = pipeline("qc");
  row.hold = domain::Reason::image_unavailable;
  row.paused = now;
  row.paused_by = "ana";
  store::PipelineSignals signals;
  signals.failing_since = now - 1h;
  signals.failing_run = store::RunNo{7};
  signals.overdue_since = now - 2h;
  signals.alerts.push_back({"outliers", "above", {8}, now, std::int64_t{60}});
  auto const attention = api::pipelines_to_look_at({row}, {{"qc", signals}}, now);
  EXPECT_EQ(kinds(attention), (std::vector<std::string>{"pipeline_failing", "pipeline_overdue", "alert",
                                                        "pipeline_held", "pipeline_paused"}));
  EXPECT_EQ(attention[0].href, "/runs/7");
  EXPECT_EQ(attention[2].title, "qc: outliers = 60 is above its bound");
}

TEST(Attention, a_hold_that_is_over_and_a_retired_pipeline_need_none) {
  auto over = pipeline("qc");
  over.hold = domain::Reason::image_unavailable;
  over.hold_until = now - 1s;
  auto retired = pipeline("old");
  retired.state = "retired";
  retired.paused = now;
  EXPECT_TRUE(api::pipelines_to_look_at({over, retired}, {}, now).empty());
}

TEST(Attention, puts_errors_first_and_the_newest_of_them) {
  api::Attention attention;
  api::add_obstacle("engine_unavailable: connection refused", attention);
  api::add_obstacle("", attention);
  ASSERT_EQ(attention.size(), 1U);
  EXPECT_EQ(attention[0].kind, "engine");
  api::Notice info;
  info.kind = "info";
  info.severity = api::Notice::Severity::info;
  info.since = now;
  api::Notice newer;
  newer.kind = "newer";
  newer.severity = api::Notice::Severity::error;
  newer.since = now;
  attention.insert(attention.begin(), {info, newer});
  EXPECT_EQ(kinds(api::sorted(attention)), (std::vector<std::string>{"newer", "engine", "info"}));
}

}  // namespace
