#include <gmock/gmock.h>

#include "store/read_models.hpp"
#include "store_fixture.hpp"

namespace store {
namespace {

using domain::RunState;
using domain::ValueType;
using testing::ElementsAre;
using testing::IsEmpty;

class Publish : public StoreTest {
 protected:
  static domain::OutputSpec output(std::string name, ValueType type) {
    domain::OutputSpec output;
    output.name = std::move(name);
    output.type = type;
    return output;
  }
  PipelineId qc = pipeline(
      "qc", {output("n", ValueType::integer), output("median", ValueType::real), output("ok", ValueType::boolean),
             output("note", ValueType::string), output("extra", ValueType::json)});
  std::int64_t second = 2000;

  RunNo changed(std::string const& key) {
    intake(difference(key, version(++second), {match(qc)}));
    return {count("SELECT max(run_no) FROM run")};
  }
  static std::vector<OutputRow> n_is(std::int64_t n) { return {{"n", ValueType::integer, n, ""}}; }
  /// input_key=n of the view's rows, newest data first.
  std::vector<std::string> rows(bool history = false) {
    ResultFilter filter;
    filter.pipeline = "qc";
    filter.history = history;
    auto const table = results(db, filter).value();
    std::vector<std::string> found;
    for (auto const& row : table.rows)
      found.push_back((std::holds_alternative<std::string>(row[9]) ? std::get<std::string>(row[9]) : "-") + "=" +
                      domain::to_argument(row[10]));
    return found;
  }
};

TEST_F(Publish, puts_typed_values_into_the_wide_view) {
  auto const no = changed("a.csv");
  succeed(no, {{"n", ValueType::integer, std::int64_t{3}, ""},
               {"median", ValueType::real, 21.5, "celsius"},
               {"ok", ValueType::boolean, true, ""},
               {"note", ValueType::string, std::string("it's"), ""},
               {"extra", ValueType::json, std::string("{\"a\":[1]}"), ""}});
  ResultFilter filter;
  filter.pipeline = "qc";
  auto const table = results(db, filter).value();
  ASSERT_EQ(table.rows.size(), 1);
  std::vector<domain::Value> const values(table.rows[0].begin() + 10, table.rows[0].end());
  EXPECT_THAT(values, ElementsAre(domain::Value(std::int64_t{3}), domain::Value(21.5), domain::Value(true),
                                  domain::Value(std::string("it's")), domain::Value(std::string("{\"a\":[1]}"))));
  EXPECT_EQ(text("SELECT unit FROM v1_outputs WHERE name = 'median'"), "celsius");
  EXPECT_EQ(text("SELECT data_at || ' ' || finished_at || ' ' || input_uri FROM v1_p_qc"),
            "1970-01-01T00:33:21.000Z 1970-01-01T01:23:20.000Z file:///srv/data/a.csv");
}

TEST_F(Publish, a_missing_output_is_null_and_a_whole_float_stays_one) {
  succeed(changed("a.csv"), {{"median", ValueType::real, std::int64_t{2}, ""}, {"note", ValueType::string, {}, ""}});
  ResultFilter filter;
  filter.pipeline = "qc";
  auto const table = results(db, filter).value();
  EXPECT_EQ(table.rows[0][10], domain::Value());
  EXPECT_EQ(table.rows[0][11], domain::Value(2.0));
}

TEST_F(Publish, a_value_of_another_type_is_refused_whole) {
  auto const no = changed("a.csv");
  start(no);
  auto const wrong = [&] {
    commit([&] {
      publish(db, no, 1, good_end(), RunState::succeeded, {{"n", ValueType::integer, std::string("three"), ""}}, {}, {},
              at(5000));
    });
  };
  EXPECT_THROW(wrong(), core::Failure);
  EXPECT_EQ(state(no.value), "collecting none") << "all of it was undone";
  EXPECT_EQ(count("SELECT count(*) FROM run_output"), 0);
}

TEST_F(Publish, only_a_succeeded_run_has_outputs_but_every_end_has_artifacts) {
  auto const no = changed("a.csv");
  start(no);
  AttemptEnd end;
  end.reason = domain::Reason::exit_nonzero;
  end.detail = "exit code 3";
  end.exit_code = 3;
  ArtifactRow artifact;
  artifact.name = "plot \xff.png";
  artifact.role = domain::ArtifactRole::plot;
  artifact.media_type = "image/png";
  artifact.size = 4;
  artifact.sha256 = hash(1);
  artifact.path = "artifacts/1/plot.png";
  commit([&] { publish(db, no, 1, end, RunState::failed, n_is(1), {artifact}, {}, at(5000)); });
  auto const detail = run_detail(db, no).value();
  EXPECT_THAT(detail.outputs, IsEmpty());
  ASSERT_EQ(detail.artifacts.size(), 1);
  EXPECT_EQ(detail.artifacts[0].artifact.name, artifact.name);
  EXPECT_EQ(detail.artifacts[0].artifact.role, artifact.role);
  EXPECT_EQ(detail.artifacts[0].artifact.sha256, artifact.sha256);
  EXPECT_EQ(detail.run.exit_code, 3);
  EXPECT_EQ(detail.run.detail, "exit code 3");
  EXPECT_EQ(detail.run.finished, at(5000));
  ASSERT_EQ(detail.attempts.size(), 1);
  EXPECT_EQ(detail.attempts[0].outcome, "failed");
  EXPECT_EQ(detail.attempts[0].step, "collected");
  EXPECT_EQ(text("SELECT name FROM v1_artifacts"), "plot \xef\xbf\xbd.png");
  EXPECT_THAT(rows(), IsEmpty());
}

TEST_F(Publish, an_end_never_reopens) {
  auto const no = changed("a.csv");
  succeed(no, n_is(1));
  EXPECT_THROW(commit([&] { publish(db, no, 1, good_end(), RunState::failed, {}, {}, {}, at(6000)); }), core::Failure);
  EXPECT_EQ(state(no.value), "succeeded exit_zero");
}

TEST_F(Publish, retry_wait_has_its_time_and_no_end) {
  auto const no = changed("a.csv");
  start(no);
  commit([&] { publish(db, no, 1, AttemptEnd{}, RunState::retry_wait, {}, {}, at(5030), at(5000)); });
  EXPECT_FALSE(run_detail(db, no)->run.finished);
  EXPECT_EQ(next_due(db, at(5000)), at(5030));
  EXPECT_EQ(startable_runs(db, at(5030), {}, 10)[0].state, RunState::retry_wait);
}

TEST_F(Publish, the_newest_good_run_of_each_item_is_in_the_view_and_all_are_in_its_history) {
  succeed(changed("a.csv"), n_is(1));
  succeed(changed("b.csv"), n_is(2));
  succeed(changed("a.csv"), n_is(3));
  EXPECT_THAT(rows(), ElementsAre("a.csv=3", "b.csv=2"));
  EXPECT_THAT(rows(true), ElementsAre("a.csv=3", "b.csv=2", "a.csv=1"));
  EXPECT_EQ(count("SELECT replaced_by FROM v1_runs WHERE run_no = 1"), 3);
}

TEST_F(Publish, newest_follows_the_data_and_not_the_clock) {
  auto const march = changed("a.csv");
  succeed(march, n_is(3));
  succeed(changed("a.csv"), n_is(4));
  NewRun rerun;
  rerun.pipeline = qc;
  rerun.trigger = domain::Trigger::rerun;
  rerun.seq = load_run(db, march)->seq;
  rerun.inputs = load_run(db, march)->inputs;
  auto const again = commit([&] { return insert_run(db, rerun, at(9000)); });
  succeed(again.no, n_is(33), at(9100));
  EXPECT_THAT(rows(), ElementsAre("a.csv=4")) << "re-running March does not make March the latest";
  EXPECT_THAT(rows(true), ElementsAre("a.csv=4", "a.csv=33", "a.csv=3"));
}

TEST_F(Publish, a_rerun_of_the_newest_data_replaces_its_result) {
  succeed(changed("a.csv"), n_is(1));
  NewRun rerun;
  rerun.pipeline = qc;
  rerun.seq = 1;
  rerun.inputs = load_run(db, {1})->inputs;
  succeed(commit([&] { return insert_run(db, rerun, at(9000)); }).no, n_is(2));
  EXPECT_THAT(rows(), ElementsAre("a.csv=2"));
}

TEST_F(Publish, an_older_run_that_ends_later_does_not_win) {
  auto const old = changed("a.csv");
  start(old);
  succeed(changed("a.csv"), n_is(2));
  commit([&] { publish(db, old, 1, good_end(), RunState::succeeded, n_is(1), {}, {}, at(9000)); });
  EXPECT_THAT(rows(), ElementsAre("a.csv=2"));
}

TEST_F(Publish, runs_without_an_input_share_one_row_and_files_outside_have_their_own) {
  auto const manual = [&](std::string const& path) {
    NewRun wish;
    wish.pipeline = qc;
    RunInput input;
    input.key = path;
    if (!path.empty()) wish.inputs = {input};
    return commit([&] { return insert_run(db, wish, at(3000)); }).no;
  };
  std::int64_t n = 0;
  for (std::string const path : {"", "/tmp/a", "/tmp/b", "/tmp/a", ""}) succeed(manual(path), n_is(++n));
  EXPECT_THAT(rows(), ElementsAre("-=5", "/tmp/a=4", "/tmp/b=3"));
}

TEST_F(Publish, results_come_page_by_page) {
  for (int i = 0; i < 5; ++i) succeed(changed("f" + std::to_string(i)), n_is(i));
  ResultFilter filter;
  filter.pipeline = "qc";
  filter.limit = 2;
  std::vector<std::string> seen;
  int pages = 0;
  for (;; ++pages) {
    auto const table = results(db, filter).value();
    for (auto const& row : table.rows) seen.push_back(domain::to_argument(row[10]));
    if (!table.next) break;
    filter.before = table.next;
  }
  EXPECT_THAT(seen, ElementsAre("4", "3", "2", "1", "0"));
  EXPECT_EQ(pages, 2);
  filter.pipeline = "absent";
  EXPECT_FALSE(results(db, filter));
}

TEST_F(Publish, lists_of_runs_are_filtered_and_paged) {
  succeed(changed("a"));
  changed("b");
  changed("c");
  pipeline("other");
  auto const numbers = [&](RunFilter const& filter) {
    std::vector<std::int64_t> found;
    for (auto const& run : list_runs(db, filter)) found.push_back(run.no.value);
    return found;
  };
  RunFilter filter;
  EXPECT_THAT(numbers(filter), ElementsAre(3, 2, 1));
  filter.limit = 2;
  EXPECT_THAT(numbers(filter), ElementsAre(3, 2));
  filter.before = RunNo{2};
  EXPECT_THAT(numbers(filter), ElementsAre(1));
  filter = {};
  filter.state = RunState::queued;
  EXPECT_THAT(numbers(filter), ElementsAre(3, 2));
  filter.pipeline = "other";
  EXPECT_THAT(numbers(filter), IsEmpty());
  filter.pipeline = "qc";
  EXPECT_THAT(numbers(filter), ElementsAre(3, 2));
  auto const runs = list_runs(db, filter);
  EXPECT_EQ(runs[0].input_key, "c");
  EXPECT_EQ(runs[0].pipeline, "qc");
  auto const counts = count_unfinished(db);
  ASSERT_EQ(counts.size(), 1);
  EXPECT_EQ(counts[0].runs, 2);
  EXPECT_EQ(count_runs(db).size(), 2);
}

TEST_F(Publish, why_tells_what_was_decided_about_a_file) {
  succeed(changed("a.csv"));
  remember_hash(db, source.id, "a.csv", version(second), hash(1));
  intake(difference("a.csv", version(second + 1), {match(qc)}, hash(1)));
  auto const detail = item_detail(db, source.id, "a.csv");
  ASSERT_TRUE(detail.item);
  EXPECT_EQ(detail.item->seq, 2);
  ASSERT_EQ(detail.decisions.size(), 2);
  EXPECT_EQ(detail.decisions[0].reason, domain::Reason::same_content);
  EXPECT_FALSE(detail.decisions[0].run);
  EXPECT_EQ(detail.decisions[1].run_state, RunState::succeeded);
  EXPECT_EQ(detail.decisions[1].run, RunNo{1});
  ASSERT_EQ(detail.changes.size(), 2);
  EXPECT_EQ(detail.changes[0].kind, "modified");
  auto const unknown = item_detail(db, source.id, "nothing");
  EXPECT_FALSE(unknown.item);
  EXPECT_THAT(unknown.decisions, IsEmpty());
  EXPECT_EQ(list_sources(db)[0].root, "/srv/data");
}

}  // namespace
}  // namespace store
