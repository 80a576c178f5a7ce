#include "store/retention.hpp"

#include <gmock/gmock.h>

#include "domain/retention.hpp"
#include "domain/spec_json.hpp"
#include "unit/store/store_fixture.hpp"

namespace store {
namespace {

using namespace std::chrono_literals;
using domain::Keep;
using domain::keeps;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Retention : public StoreTest {
 protected:
  /// Runs number 1, 2, ... that succeeded, each a second after the other, with one artifact of 10 bytes.
  void succeed_runs(int count) {
    for (int i = 1; i <= count; ++i) {
      intake(difference("f" + std::to_string(i), version(2000 + i), {match(qc)}));
      RunNo const no{i};
      start(no);
      ArtifactRow artifact;
      artifact.name = "a.txt";
      artifact.size = 10;
      artifact.path = "artifacts/qc/" + std::to_string(i);
      commit([&] { publish(db, no, 1, good_end(), domain::RunState::succeeded, {}, {artifact}, {}, at(5000 + i)); });
    }
  }
  std::vector<std::int64_t> found(LeftoverKind kind, core::Wall before, std::optional<LeftoverCursor> after = {},
                                  std::size_t limit = 100) {
    std::vector<std::int64_t> numbers;
    for (auto const& row : find_leftovers(db, kind, after, before, limit)) numbers.push_back(row.no.value);
    return numbers;
  }
  PipelineId qc = pipeline();
};

TEST_F(Retention, finds_the_oldest_first_page_by_page_and_nothing_that_is_gone) {
  succeed_runs(4);
  EXPECT_THAT(found(LeftoverKind::log, at(5001)), IsEmpty());
  EXPECT_THAT(found(LeftoverKind::log, at(5004)), ElementsAre(1, 2, 3));
  auto const page = find_leftovers(db, LeftoverKind::artifacts, {}, at(9000), 2);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].bytes, 10);
  EXPECT_EQ(page[0].pipeline_name, "qc");
  EXPECT_EQ(page[0].attempts, 1);
  EXPECT_THAT(found(LeftoverKind::artifacts, at(9000), LeftoverCursor{page[1].finished, page[1].no}),
              ElementsAre(3, 4));
  commit([&] { mark_removed(db, LeftoverKind::artifacts, {{2}, {3}}, at(6000)); });
  EXPECT_THAT(found(LeftoverKind::artifacts, at(9000)), ElementsAre(1, 4));
  EXPECT_THAT(found(LeftoverKind::log, at(9000)), ElementsAre(1, 2, 3, 4)) << "the log is another thing";
  EXPECT_EQ(keeping_of(db, {2}).artifacts_removed, at(6000));
  EXPECT_FALSE(keeping_of(db, {2}).log_removed);
  EXPECT_EQ(text("SELECT artifacts_removed_at FROM v1_runs WHERE run_no = 3"), "1970-01-01T01:40:00.000Z");
}

TEST_F(Retention, a_run_without_artifacts_is_not_said_to_have_lost_them) {
  intake(difference("f", version(2000), {match(qc)}));
  succeed({1});
  commit([&] { mark_removed(db, LeftoverKind::artifacts, {{1}}, at(6000)); });
  EXPECT_THAT(found(LeftoverKind::artifacts, at(9000)), IsEmpty());
  EXPECT_FALSE(keeping_of(db, {1}).artifacts_removed);
  EXPECT_EQ(text("SELECT artifacts_removed_at FROM v1_runs"), "NULL");
}

TEST_F(Retention, what_has_not_ended_or_never_began_is_not_looked_at) {
  intake(difference("f", version(2000), {match(qc)}));
  intake(difference("g", version(2000), {match(qc)}));
  start({1});
  commit([&] { (void)request_cancel(db, {2}, at(5000)); });
  EXPECT_THAT(found(LeftoverKind::log, at(9000)), IsEmpty());
}

TEST_F(Retention, the_newest_good_runs_are_those_on_the_newest_data) {
  succeed_runs(3);
  EXPECT_THAT(newest_good(db, qc, 2), ElementsAre(RunNo{2}, RunNo{3}));
  EXPECT_THAT(newest_good(db, qc, 0), IsEmpty());
}

TEST_F(Retention, a_pin_is_kept_until_it_is_taken_off) {
  succeed_runs(1);
  EXPECT_TRUE(commit([&] { return pin_run(db, {1}, "ann", at(7000)); }));
  EXPECT_TRUE(commit([&] { return pin_run(db, {1}, "bob", at(8000)); }));
  EXPECT_EQ(keeping_of(db, {1}).pinned, at(7000));
  EXPECT_EQ(keeping_of(db, {1}).pinned_by, "ann");
  EXPECT_TRUE(find_leftovers(db, LeftoverKind::log, {}, at(9000), 1).at(0).pinned);
  EXPECT_TRUE(commit([&] { return unpin_run(db, {1}); }));
  EXPECT_FALSE(keeping_of(db, {1}).pinned);
  EXPECT_FALSE(commit([&] { return pin_run(db, {9}, "ann", at(7000)); }));
}

TEST(RetentionRules, keep_what_is_young_pinned_or_newest) {
  auto const now = at(100'000);
  auto const old = at(1'000);
  EXPECT_EQ(keeps({old, false, false}, 1h, now), Keep::none);
  EXPECT_EQ(keeps({old, true, true}, 1h, now), Keep::pinned);
  EXPECT_EQ(keeps({old, false, true}, 1h, now), Keep::newest);
  EXPECT_EQ(keeps({now - 59min, false, false}, 1h, now), Keep::young);
  EXPECT_EQ(keeps({now - 60min, false, false}, 1h, now), Keep::none);
  EXPECT_EQ(keeps({old, false, false}, {}, now), Keep::young) << "for ever";
  EXPECT_EQ(keeps({now + 1h, false, false}, 0ms, now), Keep::young) << "of a clock that was ahead";
}

TEST_F(Retention, images_go_that_were_pulled_and_nobody_needs) {
  auto const spec_of = [this](std::string const& name, std::string const& image) {
    domain::PipelineSpec spec;
    spec.name = name;
    spec.image = image;
    return register_revision(db, spec, name + image, domain::spec_to_json(spec), at(500), at(2000)).value().id;
  };
  auto const unused = [this](core::Wall before) {
    std::vector<std::string> names;
    for (auto const& image : unused_images(db, before))
      names.push_back(image.reference + (image.named ? " named" : ""));
    return names;
  };
  spec_of("named", "named:1");
  commit([&] {
    for (auto const* const name : {"named:1", "old:1", "busy:1", "used:1"})
      note_pulled_image(db, name, std::string("sha256:") + name, "", at(1000));
  });
  intake({difference("a", version(2001), {match(qc)}), difference("b", version(2002), {match(qc)})});
  commit([&] {
    set_image(db, {1}, "busy:1", "sha256:busy:1", "", at(3000));
    set_image(db, {2}, "used:1", "sha256:used:1", "", at(6000));
    EXPECT_TRUE(move_run(db, {2}, domain::RunState::queued, domain::RunState::cancelled,
                         domain::Reason::cancelled_by_user, {}, at(6000)));
  });
  EXPECT_THAT(unused(at(5000)), UnorderedElementsAre("named:1 named", "old:1")) << "not what runs need, or used later";
  EXPECT_THAT(unused(at(7000)), UnorderedElementsAre("named:1 named", "old:1", "used:1"));
  EXPECT_THAT(unused(at(1000)), IsEmpty());
  commit([&] { forget_image(db, {"old:1", "sha256:old:1", {}, false}); });
  EXPECT_THAT(unused(at(7000)), UnorderedElementsAre("named:1 named", "used:1"));
}

}  // namespace
}  // namespace store
