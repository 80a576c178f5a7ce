#include "store/run_search.hpp"

#include <gmock/gmock.h>

#include "store_fixture.hpp"

namespace store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RunSearchTest : public StoreTest {
 protected:
  RunSearchTest() {
    domain::OutputSpec n;
    n.name = "n";
    n.type = domain::ValueType::integer;
    domain::OutputSpec label;
    label.name = "label";
    label.type = domain::ValueType::string;
    qc = pipeline("qc", {n, label});
    other = pipeline("other");
    intake({difference("a.csv", version(2000), {match(qc)})}, at(3000));                // run 1
    intake({difference("b c%_'.csv", version(2000), {match(qc)})}, at(4000));           // run 2
    intake({difference("d.csv", version(2000), {match(qc), match(other)})}, at(5000));  // runs 3, 4
    commit([&] {
      set_params(db, {1}, {{"threshold", domain::ValueType::real, 2.5, true}});
      set_params(db, {2}, {{"threshold", domain::ValueType::real, std::int64_t{3}, true}});
      set_params(db, {3},
                 {{"mode", domain::ValueType::string, std::string("3"), true},
                  {"fast", domain::ValueType::boolean, true, true}});
    });
    succeed({1}, {{"n", domain::ValueType::integer, std::int64_t{60}, ""},
                  {"label", domain::ValueType::string, std::string("x"), ""}});
    succeed({2}, {{"n", domain::ValueType::integer, std::int64_t{5}, ""}});
  }
  std::vector<std::int64_t> find(std::string const& text, std::optional<std::set<std::string>> pipelines = {}) {
    RunSearch search;
    search.query = domain::parse_run_query(text, at(6000)).value();
    search.pipelines = std::move(pipelines);
    std::vector<std::int64_t> found;
    for (auto const& run : search_runs(db, search).runs) found.push_back(run.no.value);
    return found;
  }
  PipelineId qc, other;
};

TEST_F(RunSearchTest, finds_by_every_field) {
  EXPECT_THAT(find(""), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(find("state:succeeded"), ElementsAre(2, 1));
  EXPECT_THAT(find("state:queued,failed"), ElementsAre(4, 3));
  EXPECT_THAT(find("-state:queued"), ElementsAre(2, 1));
  EXPECT_THAT(find("state!=queued"), ElementsAre(2, 1));
  EXPECT_THAT(find("pipeline:other"), ElementsAre(4));
  EXPECT_THAT(find("pipeline:none"), IsEmpty());
  EXPECT_THAT(find("-pipeline:none"), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(find("trigger:manual"), IsEmpty());
  EXPECT_THAT(find("trigger:change reason:exit_zero"), ElementsAre(2, 1));
  EXPECT_THAT(find("revision:1"), ElementsAre(2, 1)) << "what is queued has none yet";
  EXPECT_THAT(find("-revision:1"), ElementsAre(4, 3));
  EXPECT_THAT(find("run:2,3"), ElementsAre(3, 2));
  EXPECT_THAT(find("-run:2"), ElementsAre(4, 3, 1));
  EXPECT_THAT(find("run:" + text("SELECT run_id FROM run WHERE run_no = 3")), ElementsAre(3));
  EXPECT_THAT(find("duration>=1000s"), ElementsAre(2, 1));
  EXPECT_THAT(find("duration>1001s"), IsEmpty());
  EXPECT_THAT(find("since:1500s"), ElementsAre(4, 3));
  EXPECT_THAT(find("until:1970-01-01T01:00:00Z"), ElementsAre(1));
}

TEST_F(RunSearchTest, takes_names_as_they_are) {
  EXPECT_THAT(find("key:\"b c%_'\""), ElementsAre(2));
  EXPECT_THAT(find("key:%"), ElementsAre(2)) << "no wildcard";
  EXPECT_THAT(find("key:a.,d."), ElementsAre(4, 3, 1));
  EXPECT_THAT(find("-key:csv"), IsEmpty());
  EXPECT_THAT(find("oth"), ElementsAre(4)) << "a word is a part of a key or a pipeline";
  EXPECT_THAT(find("'"), ElementsAre(2));
  EXPECT_THAT(find("\"') OR 1=1 --\""), IsEmpty());
}

TEST_F(RunSearchTest, compares_values_as_what_they_are) {
  EXPECT_THAT(find("param.threshold>2"), ElementsAre(2, 1));
  EXPECT_THAT(find("param.threshold:2.5"), ElementsAre(1));
  EXPECT_THAT(find("param.threshold!=2.5"), ElementsAre(2));
  EXPECT_THAT(find("param.mode:3"), ElementsAre(3)) << "a text that looks like a number";
  EXPECT_THAT(find("param.mode>2"), ElementsAre(3));
  EXPECT_THAT(find("param.fast:true"), ElementsAre(3));
  EXPECT_THAT(find("param.fast:false"), IsEmpty());
  EXPECT_THAT(find("out.n>50"), ElementsAre(1));
  EXPECT_THAT(find("-out.n>50"), ElementsAre(4, 3, 2));
  EXPECT_THAT(find("out.label:x"), ElementsAre(1));
  EXPECT_THAT(find("out.n:abc"), IsEmpty());
}

TEST_F(RunSearchTest, leaves_out_what_the_caller_may_not_see) {
  EXPECT_THAT(find("", std::set<std::string>{"other"}), ElementsAre(4));
  EXPECT_THAT(find("pipeline:qc", std::set<std::string>{"other"}), IsEmpty());
  EXPECT_THAT(find("", std::set<std::string>{}), IsEmpty());
}

TEST_F(RunSearchTest, counts_states_and_pipelines_without_looking_at_runs) {
  auto const counted = [this](std::string const& text) {
    RunSearch search;
    search.query = domain::parse_run_query(text, at(6000)).value();
    search.pipelines = std::set<std::string>{"qc", "other"};
    std::int64_t runs = 0;
    for (auto const& count : count_found(db, search).counts) runs += count.runs;
    return runs;
  };
  for (std::string const text : {"", "state:succeeded", "-state:succeeded", "state!=queued", "pipeline:qc",
                                 "pipeline:qc -state:queued", "pipeline:other,qc", "pipeline:none", "trigger:change"})
    EXPECT_EQ(counted(text), static_cast<std::int64_t>(find(text).size())) << text;
}

TEST_F(RunSearchTest, gives_up_after_its_time_and_goes_on_from_there) {
  commit([&] {
    db.run(
        "WITH RECURSIVE c(n) AS (SELECT 5 UNION ALL SELECT n + 1 FROM c WHERE n < 20004)"
        " INSERT INTO run(run_no, run_id, pipeline_id, state, trigger, source_id, key, place, queued_ms)"
        " SELECT n, printf('%026d', n), ?, 'queued', 'manual', NULL, NULL, n, 6000000 FROM c",
        other.value);
    db.run("UPDATE counter SET value = 20004 WHERE name = 'run'");
    recount();
  });
  RunSearch search;
  search.query = domain::parse_run_query("key:csv", at(6000)).value();
  search.limit = 2;
  search.patience = std::chrono::milliseconds(0);
  std::vector<std::int64_t> found;
  int calls = 0;
  for (;; ++calls) {
    auto const page = search_runs(db, search);
    for (auto const& run : page.runs) found.push_back(run.no.value);
    if (!page.next) break;
    search.before = page.next;
  }
  EXPECT_THAT(found, ElementsAre(4, 3, 2, 1));
  EXPECT_GE(calls, 3) << "one window a call";
  auto const counts = count_found(db, search);
  EXPECT_FALSE(counts.complete);
  search.patience = std::chrono::seconds(60);
  auto const all = count_found(db, search);
  EXPECT_TRUE(all.complete);
  ASSERT_EQ(all.counts.size(), 2U);
  EXPECT_EQ(all.counts[0].runs, 2);
}

}  // namespace
}  // namespace store
