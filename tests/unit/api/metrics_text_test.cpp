#include "api/metrics_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "api/process_metrics.hpp"

namespace api {
namespace {

using Type = MetricsText::Type;

TEST(MetricsText, writes_families_with_their_samples) {
  MetricsText text;
  text.family("tidewheel_runs_total", Type::counter, "Runs that ended.");
  text.sample(std::int64_t{3}, {{"pipeline", "qc"}, {"state", "failed"}});
  text.single("tidewheel_lag_seconds", Type::gauge, "Behind.", 0.25);
  EXPECT_EQ(text.take(),
            "# HELP tidewheel_runs_total Runs that ended.\n# TYPE tidewheel_runs_total counter\n"
            "tidewheel_runs_total{pipeline=\"qc\",state=\"failed\"} 3\n"
            "# HELP tidewheel_lag_seconds Behind.\n# TYPE tidewheel_lag_seconds gauge\ntidewheel_lag_seconds 0.25\n");
}

TEST(MetricsText, a_label_can_neither_end_its_line_nor_its_quotes) {
  MetricsText text;
  text.family("x", Type::gauge, "X.");
  text.sample(std::int64_t{1}, {{"source", "/srv/a\"} 9\nevil 1\\\xff"}});
  EXPECT_EQ(text.take(), "# HELP x X.\n# TYPE x gauge\nx{source=\"/srv/a\\\"} 9\\\\x0aevil 1\\\\\xef\xbf\xbd\"} 1\n");
}

TEST(MetricsText, writes_histograms_and_every_number) {
  MetricsText text;
  text.family("d", Type::histogram, "D.");
  text.sample("_bucket", std::int64_t{2}, {{"le", "+Inf"}});
  text.sample("_sum", 1e21, {});
  EXPECT_EQ(text.take(), "# HELP d D.\n# TYPE d histogram\nd_bucket{le=\"+Inf\"} 2\nd_sum 1e+21\n");
  EXPECT_EQ(metric_number(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(metric_number(0.1), "0.1");
}

TEST(MetricsText, writes_a_histogram_with_its_labels) {
  static constexpr std::array<double, 2> bounds{0.5, 10};
  core::Histogram histogram(bounds);
  for (double const value : {0.25, 2.0, 11.0}) histogram.add(value);
  MetricsText text;
  text.family("d", Type::histogram, "D.");
  text.histogram(histogram, {{"stage", "queued"}});
  EXPECT_EQ(text.take(),
            "# HELP d D.\n# TYPE d histogram\nd_bucket{stage=\"queued\",le=\"0.5\"} 1\n"
            "d_bucket{stage=\"queued\",le=\"10\"} 2\nd_bucket{stage=\"queued\",le=\"+Inf\"} 3\n"
            "d_sum{stage=\"queued\"} 13.25\nd_count{stage=\"queued\"} 3\n");
}

TEST(ProcessUsage, is_that_of_this_process) {
  auto const usage = process_usage();
  EXPECT_GT(usage.resident_bytes, 1 << 20);
  EXPECT_GT(usage.virtual_bytes, usage.resident_bytes);
  EXPECT_GE(usage.cpu_seconds, 0);
  EXPECT_GT(usage.start_seconds, 1.7e9);
  EXPECT_GE(usage.open_fds, 3);
  EXPECT_GE(usage.max_fds, usage.open_fds);
}

}  // namespace
}  // namespace api
