#include "store/pipelines.hpp"

#include <gmock/gmock.h>

#include "domain/spec_json.hpp"
#include "store/read_models.hpp"
#include "store_fixture.hpp"

namespace store {
namespace {

using domain::ValueType;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Pipelines : public StoreTest {
 protected:
  core::Result<store::Registration> add(domain::PipelineSpec const& spec, std::string const& yaml) {
    return commit([&] { return register_revision(db, spec, yaml, "{\"yaml\":\"" + yaml + "\"}", at(500), at(2000)); });
  }
  static domain::PipelineSpec spec(std::string name, std::vector<domain::OutputSpec> outputs = {}) {
    domain::PipelineSpec spec;
    spec.name = std::move(name);
    spec.outputs = std::move(outputs);
    return spec;
  }
  static domain::OutputSpec output(std::string name, ValueType type) {
    domain::OutputSpec output;
    output.name = std::move(name);
    output.type = type;
    return output;
  }
  std::vector<std::string> columns(std::string const& view) {
    std::vector<std::string> names;
    db.each(
        "SELECT name FROM pragma_table_info(?)", [&](sql::Row const& row) { names.push_back(row.text(0)); }, view);
    return names;
  }
};

TEST_F(Pipelines, the_same_yaml_makes_no_second_revision) {
  auto const first = add(spec("qc"), "one").value();
  EXPECT_TRUE(first.new_pipeline);
  EXPECT_TRUE(first.new_revision);
  auto const again = add(spec("qc"), "one").value();
  EXPECT_FALSE(again.new_pipeline);
  EXPECT_FALSE(again.new_revision);
  EXPECT_EQ(again.revision, first.revision);
  auto const second = add(spec("qc"), "two").value();
  EXPECT_EQ(second.revision_number, 2);
  auto const back = add(spec("qc"), "one").value();
  EXPECT_EQ(back.revision_number, 1) << "an older text becomes current again";
  EXPECT_EQ(list_pipelines(db)[0].revision_number, 1);
  EXPECT_EQ(revision_spec(db, second.revision), "{\"yaml\":\"two\"}");
}

TEST_F(Pipelines, what_a_later_revision_watches_is_new_from_its_registration_on) {
  auto const watch = [this](std::string const& yaml, std::vector<std::string> const& paths, core::Wall now) {
    domain::PipelineSpec spec;
    spec.name = "qc";
    for (auto const& path : paths) spec.watch.emplace_back().path = path;
    commit([&] { return register_revision(db, spec, yaml, domain::spec_to_json(spec), at(500), now).value(); });
    return watched_since(db, list_pipelines(db)[0]);
  };
  using Since = std::map<std::string, core::Wall>;
  EXPECT_EQ(watch("one", {"/a", "/b"}, at(1000)), (Since{{"/a", at(500)}, {"/b", at(500)}})) << "as its file was seen";
  EXPECT_EQ(watch("two", {"/b", "/c"}, at(2000)), (Since{{"/b", at(500)}, {"/c", at(2000)}}));
  EXPECT_EQ(watch("three", {"/a", "/b", "/c"}, at(3000)), (Since{{"/a", at(3000)}, {"/b", at(500)}, {"/c", at(2000)}}))
      << "what came to /a while nobody watched it is as old as what was there before";
}

TEST_F(Pipelines, the_inventory_is_decided_once_for_each_revision) {
  auto const first = add(spec("qc"), "one").value();
  EXPECT_TRUE(first.undecided);
  EXPECT_TRUE(add(spec("qc"), "one").value().undecided) << "the daemon died before it was through";
  commit([&] { return set_decided(db, first.id, first.revision); });
  EXPECT_FALSE(add(spec("qc"), "one").value().undecided);
  auto const second = add(spec("qc"), "two").value();
  EXPECT_TRUE(second.undecided);
  EXPECT_FALSE(commit([&] { return set_decided(db, first.id, first.revision); })) << "it is no longer the current one";
  EXPECT_TRUE(add(spec("qc"), "two").value().undecided);
}

TEST_F(Pipelines, the_inventory_is_decided_again_after_a_time_in_which_nobody_decided) {
  auto const made = add(spec("qc"), "one").value();
  commit([&] { return set_decided(db, made.id, made.revision); });
  commit([&] { return retire_missing_files(db, {}, at(3000)).size(); });
  EXPECT_TRUE(add(spec("qc"), "one").value().undecided);
  commit([&] { return set_decided(db, made.id, made.revision); });
  auto off = spec("qc");
  off.enabled = false;
  (void)add(off, "off");
  EXPECT_TRUE(add(spec("qc"), "one").value().undecided);
}

TEST_F(Pipelines, wide_views_are_the_union_over_revisions) {
  (void)add(spec("sensor-qc", {output("n", ValueType::integer), output("old", ValueType::real)}), "one");
  (void)add(spec("sensor-qc", {output("median", ValueType::real), output("n", ValueType::integer)}), "two");
  for (std::string const view : {"v1_p_sensor_qc", "v1_p_sensor_qc_history"})
    EXPECT_THAT(columns(view), ElementsAre("run_no", "run_id", "pipeline", "revision", "state", "seq", "data_at",
                                           "finished_at", "input_uri", "input_key", "n", "old", "median"));
}

TEST_F(Pipelines, retyping_an_output_is_refused_and_changes_nothing) {
  (void)add(spec("qc", {output("n", ValueType::integer)}), "one");
  auto const refused = add(spec("qc", {output("more", ValueType::real), output("n", ValueType::real)}), "two");
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, core::Errc::conflict);
  EXPECT_THAT(refused.error().message(), HasSubstr("output n is float now and was int"));
  EXPECT_EQ(count("SELECT count(*) FROM revision"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM output_column"), 1);
}

TEST_F(Pipelines, a_name_that_collides_with_a_history_view_is_refused) {
  (void)add(spec("qc"), "one");
  EXPECT_TRUE(add(spec("qc-history"), "one").has_error());
}

TEST_F(Pipelines, hostile_output_names_stay_names) {
  (void)add(spec("qc", {output("a\" FROM run; --'", ValueType::real)}), "one");
  EXPECT_THAT(columns("v1_p_qc"), testing::Contains("a\" FROM run; --'"));
}

TEST_F(Pipelines, a_file_remembers_when_it_was_first_seen) {
  EXPECT_EQ(commit([&] { return note_pipeline_file(db, "qc.yaml", "", "aa", "line 1: broken", at(100)); }), at(100));
  EXPECT_EQ(commit([&] { return note_pipeline_file(db, "qc.yaml", "qc", "bb", "", at(200)); }), at(100));
  auto const files = list_pipeline_files(db);
  ASSERT_EQ(files.size(), 1);
  EXPECT_EQ(files[0].pipeline, "qc");
  EXPECT_EQ(files[0].diagnostics, "");
  EXPECT_EQ(files[0].read, at(200));
}

TEST_F(Pipelines, an_invalid_file_keeps_its_pipeline_live) {
  commit([&] { return note_pipeline_file(db, "qc.yaml", "qc", "aa", "", at(100)); });
  (void)add(spec("qc"), "one");
  commit([&] { return note_pipeline_file(db, "qc.yaml", "", "bb", "cannot be read", at(200)); });
  EXPECT_THAT(commit([&] { return retire_missing_files(db, {"qc.yaml"}, at(300)); }), IsEmpty());
  EXPECT_EQ(list_pipelines(db)[0].state, "live");
}

TEST_F(Pipelines, a_file_taken_away_retires_and_holds_what_waits) {
  commit([&] { return note_pipeline_file(db, "qc.yaml", "qc", "aa", "", at(100)); });
  auto const qc = add(spec("qc"), "one").value().id;
  intake({difference("a", version(2000), {match(qc)}), difference("b", version(2000), {match(qc)})});
  start({2});
  EXPECT_THAT(commit([&] { return retire_missing_files(db, {}, at(3000)); }), ElementsAre("qc"));
  EXPECT_EQ(state(1), "held pipeline_retired");
  EXPECT_EQ(state(2), "collecting none") << "what runs goes on";
  EXPECT_THAT(startable_runs(db, at(9000), {}, 10), IsEmpty());
  EXPECT_THAT(commit([&] { return retire_missing_files(db, {}, at(3001)); }), IsEmpty()) << "retired once";

  EXPECT_FALSE(add(spec("qc"), "one").value().new_revision);
  EXPECT_EQ(state(1), "queued none");
  EXPECT_EQ(list_pipelines(db)[0].state, "live");
}

TEST_F(Pipelines, a_pipeline_with_two_files_stays_until_the_last_is_gone) {
  for (std::string const file : {"a.yaml", "b.yaml"})
    commit([&] { return note_pipeline_file(db, file, "qc", "aa", "", at(100)); });
  (void)add(spec("qc"), "one");
  EXPECT_THAT(commit([&] { return retire_missing_files(db, {"b.yaml"}, at(300)); }), IsEmpty());
  EXPECT_THAT(commit([&] { return retire_missing_files(db, {}, at(300)); }), ElementsAre("qc"));
}

TEST_F(Pipelines, a_file_that_names_another_pipeline_now_retires_the_first) {
  commit([&] { return note_pipeline_file(db, "qc.yaml", "qc", "aa", "", at(100)); });
  (void)add(spec("qc"), "one");
  commit([&] { return note_pipeline_file(db, "qc.yaml", "other", "bb", "", at(100)); });
  EXPECT_THAT(commit([&] { return retire_missing_files(db, {"qc.yaml"}, at(300)); }), ElementsAre("qc"));
}

TEST_F(Pipelines, a_disabled_pipeline_holds_until_it_is_enabled) {
  auto const qc = add(spec("qc"), "one").value().id;
  intake(difference("a", version(2000), {match(qc)}));
  auto off = spec("qc");
  off.enabled = false;
  (void)add(off, "off");
  EXPECT_EQ(list_pipelines(db)[0].state, "disabled");
  EXPECT_EQ(state(1), "held pipeline_disabled");
  (void)add(spec("qc"), "one");
  EXPECT_EQ(state(1), "queued none");
}

TEST_F(Pipelines, a_fault_holds_the_pipeline_until_its_time) {
  auto const qc = add(spec("qc"), "one").value().id;
  intake(difference("a", version(2000), {match(qc)}));
  commit([&] { hold_pipeline(db, qc, domain::Reason::image_unavailable, "no such image", at(3060)); });
  commit([&] { hold_pipeline(db, qc, domain::Reason::image_unavailable, "no such image", at(3120)); });
  EXPECT_THAT(startable_runs(db, at(3119), {}, 10), IsEmpty());
  EXPECT_EQ(next_due(db, at(3000)), at(3120));
  EXPECT_EQ(startable_runs(db, at(3120), {}, 10).size(), 1);
  auto const row = list_pipelines(db)[0];
  EXPECT_EQ(row.hold, domain::Reason::image_unavailable);
  EXPECT_EQ(row.hold_detail, "no such image");
  EXPECT_EQ(row.hold_count, 2);
  commit([&] { release_pipeline(db, qc, domain::Reason::image_unavailable); });
  EXPECT_EQ(list_pipelines(db)[0].hold_count, 2) << "this one stays";
  commit([&] { release_pipeline(db, qc); });
  EXPECT_EQ(startable_runs(db, at(3000), {}, 10).size(), 1);
  EXPECT_EQ(list_pipelines(db)[0].hold_count, 0);
  EXPECT_FALSE(list_pipelines(db)[0].hold_until);
}

}  // namespace
}  // namespace store
