#include "domain/run_query.hpp"

#include <gtest/gtest.h>

#include <random>

namespace domain {
namespace {

using Field = RunTerm::Field;
using Op = RunTerm::Op;

core::Wall const now = core::from_ms(1'800'000'000'000);

RunTerm one(std::string_view text) {
  auto const query = parse_run_query(text, now);
  if (!query) throw std::runtime_error(query.error().message());
  if (query->terms.size() != 1) throw std::runtime_error("not one term");
  return query->terms.front();
}

core::Error refused(std::string_view text) {
  auto const query = parse_run_query(text, now);
  EXPECT_FALSE(query) << text;
  return query ? core::Error{} : query.error();
}

TEST(RunQuery, reads_every_kind_of_term) {
  EXPECT_EQ(one("state:failed,timed_out").values, (std::vector<std::string>{"failed", "timed_out"}));
  EXPECT_EQ(one("pipeline:qc").field, Field::pipeline);
  EXPECT_TRUE(one("-trigger:manual").negated);
  EXPECT_EQ(one(R"(key:"a b, \"c\" \\.csv")").values.front(), R"(a b, "c" \.csv)");
  EXPECT_EQ(one("reason:timeout").field, Field::reason);
  EXPECT_EQ(one("revision>=3").op, Op::greater_equal);
  EXPECT_EQ(one("revision>=3").numbers.front(), 3);
  EXPECT_EQ(one("param.threshold>2.5").name, "threshold");
  EXPECT_EQ(one("out.outliers!=0").op, Op::not_equal);
  EXPECT_EQ(one("duration<1h30m").numbers.front(), 5'400'000);
  EXPECT_EQ(one("since:24h").numbers.front(), core::to_ms(now) - 86'400'000);
  EXPECT_EQ(one("run:42,43").numbers.size(), 2U);
  EXPECT_TRUE(one("run:01K9ZB6X4M8QWERTY0ASDFGHJK").numbers.empty());
  EXPECT_EQ(one("report").field, Field::word);
  EXPECT_EQ(one(R"("two words")").values.front(), "two words");
  EXPECT_EQ(one("a.csv").values.front(), "a.csv");
  EXPECT_EQ(parse_run_query("  state:failed   -pipeline:qc\tx ", now)->terms.size(), 3U);
  EXPECT_TRUE(parse_run_query("", now)->terms.empty());
}

TEST(RunQuery, names_the_term_that_is_wrong_and_its_place) {
  auto const error = refused("pipeline:qc stat:failed");
  EXPECT_EQ(error.code, core::Errc::invalid);
  EXPECT_NE(error.operation.find("'stat:failed' at character 13"), std::string::npos) << error.operation;
  EXPECT_EQ(error.hint, "did you mean 'state'?");
  EXPECT_EQ(refused("state:faild").hint, "did you mean 'failed'?");
  EXPECT_EQ(refused("reason:timout").hint, "did you mean 'timeout'?");
  EXPECT_NE(refused("colour:red").hint.find("filters: state"), std::string::npos);
}

TEST(RunQuery, refuses_what_makes_no_sense) {
  for (std::string_view const text : {"state>failed",
                                      "state:",
                                      "state:failed,",
                                      "param>2",
                                      "param.>2",
                                      "out:3",
                                      "duration:fast",
                                      "since:yesterday",
                                      "since>24h",
                                      "until:2026-13-01",
                                      "until:2026-02-30",
                                      "run:abc",
                                      "revision:x",
                                      "run:1,01K9ZB6X4M8QWERTY0ASDFGHJK",
                                      "-",
                                      "- a",
                                      R"(key:"open)",
                                      R"(key:"a"b)",
                                      R"("")",
                                      "out.n>1,2",
                                      "state.x:failed",
                                      "key>a"})
    EXPECT_EQ(refused(text).code, core::Errc::invalid) << text;
}

TEST(RunQuery, is_bounded) {
  EXPECT_EQ(refused(std::string(2049, 'a')).code, core::Errc::invalid);
  std::string many;
  for (int i = 0; i < 33; ++i) many += "a ";
  EXPECT_NE(refused(many).operation.find("more than 32 terms"), std::string::npos);
  std::string values = "key:";
  for (int i = 0; i < 40; ++i) values += "a,";
  EXPECT_EQ(refused(values + "a").code, core::Errc::invalid);
  EXPECT_EQ(refused("\xff").code, core::Errc::invalid);
}

TEST(RunQuery, never_does_worse_than_refuse_any_text) {
  std::mt19937 random(7);
  std::string_view const alphabet = "state:failed,param.x>out.<=!\"\\- 0123456789hkey\n;'%()";
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 40, ' ');
    for (auto& c : text) c = alphabet[random() % alphabet.size()];
    auto const query = parse_run_query(text, now);
    EXPECT_TRUE(!query || query->terms.size() <= 32U) << text;
    EXPECT_TRUE(query || query.error().code == core::Errc::invalid) << text;
  }
}

TEST(RunQuery, reads_times_as_dates_and_as_ages) {
  EXPECT_EQ(core::to_rfc3339(*parse_moment("2026-11-01T13:00:00+01:00", now)), "2026-11-01T12:00:00.000Z");
  EXPECT_EQ(core::to_rfc3339(*parse_moment("2026-11-01", now)), "2026-11-01T00:00:00.000Z");
  EXPECT_EQ(parse_moment("90s", now), now - std::chrono::seconds(90));
  for (std::string_view const text : {"", "2026", "-5h"}) EXPECT_FALSE(parse_moment(text, now)) << text;
}

}  // namespace
}  // namespace domain
