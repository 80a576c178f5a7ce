#include "orchestrator/upload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "archive/tar_reader.hpp"
#include "support/temp_dir.hpp"

namespace orchestrator {
namespace {

/// What an archive says, a line an entry.
class Listing final : public archive::TarSink {
 public:
  core::Result<void> begin(archive::TarEntry const& entry) override {
    lines.push_back(std::string(archive::to_string(entry.type)) + " " + entry.path + " ");
    return {};
  }
  core::Result<void> data(std::string_view bytes) override {
    lines.back() += bytes;
    return {};
  }
  core::Result<void> end() override { return {}; }
  std::vector<std::string> lines;
};

class Upload : public testing::Test {
 protected:
  std::string file(std::string const& name, std::string const& bytes) const {
    std::ofstream(dir / name) << bytes;
    return (dir / name).string();
  }
  support::TempDir dir;
};

TEST(RemotePlan, has_no_path_of_this_host_and_sends_all_but_the_record) {
  domain::PipelineSpec pipeline;
  pipeline.name = "qc";
  pipeline.command = {"run"};
  pipeline.secrets = {"word"};
  docker::Image image;
  image.id = "sha256:1";
  PlanRequest request{std::string(32, 'f'),
                      "01ARZ3NDEKTSV4RRFFQ69G5FAV",
                      1,
                      pipeline,
                      image,
                      MountedInput(),
                      {},
                      "/state/attempts/x",
                      "/state/init/tidewheel-init",
                      "/state/init/hosts",
                      "local",
                      true};
  request.input->host_path = "/srv/data/a.csv";
  request.input->mount_target = request.input->path = "/in/a.csv";
  auto const plan = plan_container(request).value();
  EXPECT_THAT(plan.body, testing::Not(testing::AnyOf(testing::HasSubstr("/state/"), testing::HasSubstr("/srv/"))));
  EXPECT_THAT(plan.body,
              testing::HasSubstr(
                  R"("Mounts":[{"Target":"/.tidewheel","Type":"volume"},{"Target":"/run/secrets","Type":"volume"}])"));
  EXPECT_THAT(plan.body, testing::HasSubstr(
                             R"("Entrypoint":["/.tidewheel/init","/.tidewheel/command","/.tidewheel/record","-"])"));
  std::map<std::string, std::pair<std::string, unsigned>> sent;
  for (auto const& member : plan.uploads) sent[member.target] = {member.source, member.mode};
  std::map<std::string, std::pair<std::string, unsigned>> const expected = {
      {".tidewheel", {"", 01777}},
      {".tidewheel/init", {"/state/init/tidewheel-init", 0755}},
      {".tidewheel/command", {"/state/attempts/x/command", 0644}},
      {".tidewheel/params.json", {"/state/attempts/x/params.json", 0644}},
      {".tidewheel/outputs", {"/state/attempts/x/outputs", 0666}},
      {"out", {"", 0777}},
      {"etc/hosts", {"/state/init/hosts", 0644}},
      {"run/secrets/word", {"/state/attempts/x/secret-word", 0444}},
      {"in", {"", 0755}},
      {"in/a.csv", {"/srv/data/a.csv", 0444}}};
  EXPECT_EQ(sent, expected) << "the record is not among them: it may bear a start mark";
  request.remote = false;
  EXPECT_TRUE(plan_container(request).value().uploads.empty());
}

TEST_F(Upload, lists_come_back_as_they_were) {
  std::vector<UploadMember> const members{{".tidewheel", "", 01777}, {"in/a\nb \xff", "/srv/a\nb", 0444}};
  auto const back = decode_uploads(encode_uploads(members));
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].mode, 01777U);
  EXPECT_EQ(back[1].target, members[1].target);
  EXPECT_EQ(back[1].source, members[1].source);
  auto const text = encode_uploads(members);
  EXPECT_TRUE(decode_uploads(std::string_view(text).substr(0, text.size() - 1)).empty()) << "cut";
}

TEST_F(Upload, a_tar_is_the_same_in_pieces_of_any_size) {
  auto const long_name = "in/" + std::string(200, 'n');
  std::vector<UploadMember> const members{
      {".tidewheel", "", 01777}, {"empty", file("e", ""), 0644}, {long_name, file("x", std::string(1000, 'x')), 0444}};
  for (std::size_t const most : {1U, 511U, 512U, 700U, 100'000U}) {
    auto tar = UploadTar::open(members).value();
    std::string whole;
    while (whole.size() < tar.size()) {
      auto const piece = tar.next(most);
      ASSERT_TRUE(piece);
      ASSERT_FALSE(piece->empty());
      ASSERT_LE(piece->size(), most);
      whole += *piece;
    }
    EXPECT_EQ(whole.size() % 512, 0U);
    Listing listing;
    archive::TarReader reader(listing);
    ASSERT_TRUE(reader.feed(whole));
    ASSERT_TRUE(reader.finish());
    EXPECT_THAT(listing.lines, testing::ElementsAre("folder .tidewheel/ ", "file empty ",
                                                    "file " + long_name + " " + std::string(1000, 'x')));
  }
}

TEST_F(Upload, a_file_that_shrinks_is_an_error_and_one_that_grows_is_cut) {
  auto const path = file("x", std::string(10'000, 'x'));
  auto shrunk = UploadTar::open({{"x", path, 0644}}).value();
  std::filesystem::resize_file(path, 5);
  auto const piece = shrunk.next(100'000);
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().code, core::Errc::invalid);
  EXPECT_EQ(piece.error().subject, path);
  auto grown = UploadTar::open({{"x", path, 0644}}).value();
  auto const before = grown.size();
  std::filesystem::resize_file(path, 5'000);
  EXPECT_EQ(grown.next(100'000).value().size(), before);
}

TEST_F(Upload, only_regular_files_are_opened) {
  EXPECT_EQ(UploadTar::open({{"x", (dir / "none").string(), 0644}}).error().code, core::Errc::invalid);
  EXPECT_EQ(UploadTar::open({{"x", dir.string(), 0644}}).error().code, core::Errc::invalid);
}

}  // namespace
}  // namespace orchestrator
