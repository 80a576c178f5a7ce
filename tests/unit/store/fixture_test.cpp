#include "store_fixture.hpp"

namespace store {
namespace {

class Fixture : public StoreTest {};

/// Writes the database that tests/fixtures/db/make turns into SQL text: one of everything, in the present schema.
TEST_F(Fixture, DISABLED_writes_one_of_everything) {
  auto const* const target = std::getenv("TIDEWHEEL_FIXTURE");
  ASSERT_NE(target, nullptr);
  domain::OutputSpec n;
  n.name = "n";
  n.type = domain::ValueType::integer;
  commit([&] { return note_pipeline_file(db, "sensor-qc.yaml", "sensor-qc", "aa", "", at(500)); });
  auto const qc = pipeline("sensor-qc", {n});
  intake({difference("a.csv", version(2000), {match(qc)}),
          difference("b \xff.csv", version(2000), {match(qc)}, hash(1)),
          difference("old.csv", version(400), {match(qc)})});
  start({1});
  ArtifactRow report;
  report.name = "report.html";
  report.role = domain::ArtifactRole::report;
  report.media_type = "text/html";
  report.path = "artifacts/report.html";
  commit([&] {
    set_params(db, {1}, {{"threshold", domain::ValueType::real, 2.5, true}});
    note_pulled_image(db, "example:1", "sha256:aa", "example@sha256:bb", at(2900));
    set_image(db, {1}, "example:1", "sha256:aa", "example@sha256:bb", at(3000));
    publish(db, {1}, 1, good_end(), domain::RunState::succeeded,
            {{"n", domain::ValueType::integer, std::int64_t{3}, "files"}}, {report}, {}, at(5000));
  });
  intake({difference("b \xff.csv", version(2001), {match(qc)}), difference("gone.csv", version(2000))});
  intake(difference("gone.csv", std::nullopt));
  commit([&] { hold_pipeline(db, qc, domain::Reason::image_unavailable, "no such image", at(9000)); });
  std::filesystem::remove(target);
  db.run("VACUUM INTO ?", std::string(target));
}

}  // namespace
}  // namespace store
