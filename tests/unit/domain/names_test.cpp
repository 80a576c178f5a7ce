#include <gtest/gtest.h>

#include <set>
#include <string>

#include "domain/pipeline.hpp"
#include "domain/reserved.hpp"
#include "domain/run_state.hpp"
#include "domain/value.hpp"

namespace {

template <class Enum, class Parse>
void each_name_reads_back(Enum last, Parse parse) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    auto const name = domain::to_string(static_cast<Enum>(i));
    EXPECT_TRUE(names.emplace(name).second) << name;
    EXPECT_EQ(parse(name), static_cast<Enum>(i)) << name;
  }
  EXPECT_FALSE(parse("?"));
}

TEST(Names, read_back) {
  each_name_reads_back(domain::RunState::skipped, domain::parse_run_state);
  each_name_reads_back(domain::Step::removed, domain::parse_step);
  each_name_reads_back(domain::Reason::unkillable, domain::parse_reason);
  each_name_reads_back(domain::Trigger::backfill, domain::parse_trigger);
  each_name_reads_back(domain::ValueType::json, domain::parse_value_type);
}

TEST(Names, are_those_of_the_contract) {
  EXPECT_EQ(domain::to_string(domain::RunState::timed_out), "timed_out");
  EXPECT_EQ(domain::to_string(domain::Reason::out_of_memory), "out_of_memory");
  EXPECT_EQ(domain::to_string(domain::ValueType::integer), "int");
  EXPECT_EQ(domain::to_string(domain::ValueType::real), "float");
  EXPECT_EQ(domain::to_string(domain::ChangeKind::modified), "modified");
}

TEST(Names, every_reason_is_explained_in_a_sentence) {
  std::set<std::string_view> sentences;
  for (int i = 0; i <= static_cast<int>(domain::Reason::removed); ++i) {
    auto const sentence = domain::explain(static_cast<domain::Reason>(i));
    EXPECT_GT(sentence.size(), 20U);
    EXPECT_EQ(sentence.back(), '.') << sentence;
    EXPECT_EQ(sentence.find("  "), std::string_view::npos) << sentence;
    EXPECT_TRUE(sentences.insert(sentence).second) << sentence;
  }
}

TEST(Names, roles_follow_the_file) {
  using domain::ArtifactRole;
  EXPECT_EQ(domain::role_of("report.html"), ArtifactRole::report);
  EXPECT_EQ(domain::role_of("plots/Fit.PNG"), ArtifactRole::plot);
  EXPECT_EQ(domain::role_of("a.csv"), ArtifactRole::table);
  EXPECT_EQ(domain::role_of("summary.md"), ArtifactRole::summary);
  EXPECT_EQ(domain::role_of("old/summary.md"), ArtifactRole::file);
  EXPECT_EQ(domain::role_of(".csv"), ArtifactRole::file);
  EXPECT_EQ(domain::role_of("model.rds"), ArtifactRole::file);
}

TEST(Names, views_are_named_after_pipelines) {
  EXPECT_EQ(domain::view_name("sensor-qc"), "v1_p_sensor_qc");
  EXPECT_TRUE(domain::is_reserved_output_name("run_no"));
  EXPECT_FALSE(domain::is_reserved_output_name("median"));
}

}  // namespace
