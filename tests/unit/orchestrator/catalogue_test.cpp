#include "orchestrator/catalogue.hpp"

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using store::PipelineId;

domain::PipelineSpec spec(std::string name, std::string root, std::vector<std::string> files,
                          std::chrono::milliseconds settle = 2s) {
  domain::WatchSpec watch;
  watch.path = std::move(root);
  watch.files = std::move(files);
  watch.settle = settle;
  domain::PipelineSpec spec;
  spec.name = std::move(name);
  spec.watch = {std::move(watch)};
  return spec;
}
std::vector<std::int64_t> ids(std::vector<store::Match> const& matches) {
  std::vector<std::int64_t> found;
  for (auto const& match : matches) found.push_back(match.pipeline.value);
  return found;
}
using Ids = std::vector<std::int64_t>;

TEST(Catalogue, knows_whom_a_key_concerns) {
  Catalogue catalogue;
  catalogue.set(PipelineId{1}, spec("csv", "/data", {"**/*.csv"}), {});
  catalogue.set(PipelineId{2}, spec("all", "/data", {"**"}), {});
  catalogue.set(PipelineId{3}, spec("elsewhere", "/other", {"**"}), {});
  EXPECT_EQ(ids(catalogue.matches("/data", "a/x.csv")), (Ids{1, 2}));
  EXPECT_EQ(ids(catalogue.matches("/data", "a/x.txt")), (Ids{2}));
  EXPECT_EQ(ids(catalogue.matches("/other", "x.csv")), (Ids{3}));
  EXPECT_EQ(ids(catalogue.matches("/nowhere", "x.csv")), Ids{});
  EXPECT_EQ(catalogue.roots(), (std::vector<std::string>{"/data", "/other"}));
}

TEST(Catalogue, globs_see_an_objects_key_below_the_prefix) {
  auto pipeline = spec("s3", "", {"*/x.csv", "top.csv"}, 0s);
  domain::S3Watch bucket;
  bucket.connection = "acme";
  bucket.bucket = "lab-data";
  bucket.prefix = "in/";
  bucket.every = 10s;
  pipeline.watch[0].s3 = bucket;
  auto slow = pipeline;
  slow.watch[0].s3->every = 1h;
  Catalogue catalogue;
  catalogue.set(PipelineId{1}, pipeline, {});
  catalogue.set(PipelineId{2}, slow, {});
  auto const root = "acme:s3://lab-data/in/";
  EXPECT_EQ(catalogue.roots(), std::vector<std::string>{root}) << "one listing serves both";
  EXPECT_EQ(catalogue.pace(root).every, 10s);
  EXPECT_EQ(ids(catalogue.matches(root, "in/a/x.csv")), (Ids{1, 2}));
  EXPECT_EQ(ids(catalogue.matches(root, "in/top.csv")), (Ids{1, 2}));
  EXPECT_EQ(ids(catalogue.matches(root, "in/a/b/x.csv")), Ids{});
  EXPECT_EQ(ids(catalogue.matches(root, "in/")), Ids{});
  EXPECT_EQ(catalogue.matches(root, "in/a/x.csv").at(0).hold, 0ms);
}

TEST(Catalogue, ignores_what_it_is_told_to) {
  Catalogue catalogue;
  auto pipeline = spec("csv", "/data", {"**/*.csv", "extra/**"});
  pipeline.watch[0].ignore = {"**/tmp/**", "*.part.csv"};
  catalogue.set(PipelineId{1}, pipeline, {});
  EXPECT_EQ(ids(catalogue.matches("/data", "a.csv")), (Ids{1}));
  EXPECT_EQ(ids(catalogue.matches("/data", "extra/a.bin")), (Ids{1}));
  EXPECT_EQ(ids(catalogue.matches("/data", "x/tmp/a.csv")), Ids{});
  EXPECT_EQ(ids(catalogue.matches("/data", "x/a.part.csv")), Ids{});
}

TEST(Catalogue, commits_at_the_shortest_settle_and_lets_the_others_wait_the_rest) {
  Catalogue catalogue;
  catalogue.set(PipelineId{1}, spec("fast", "/data", {"**"}, 500ms), {});
  catalogue.set(PipelineId{2}, spec("slow", "/data", {"**"}, 5s), {});
  catalogue.set(PipelineId{3}, spec("far", "/other", {"**"}, 1ms), {});
  EXPECT_EQ(catalogue.settle("/data"), 500ms);
  auto const matches = catalogue.matches("/data", "a");
  ASSERT_EQ(matches.size(), 2U);
  EXPECT_EQ(matches[0].hold, 0ms);
  EXPECT_EQ(matches[1].hold, 4500ms);
  EXPECT_EQ(catalogue.settle("/nowhere"), 2s);
}

TEST(Catalogue, replaces_a_pipeline_whole) {
  Catalogue catalogue;
  catalogue.set(PipelineId{1}, spec("p", "/data", {"*.csv"}), {});
  catalogue.set(PipelineId{1}, spec("p", "/new", {"*.txt"}), {});
  EXPECT_EQ(catalogue.roots(), (std::vector<std::string>{"/new"}));
  EXPECT_EQ(ids(catalogue.matches("/data", "a.csv")), Ids{});
  EXPECT_EQ(ids(catalogue.matches("/new", "a.txt")), (Ids{1}));
}

TEST(Catalogue, forgets_a_pipeline_that_was_removed_or_disabled) {
  Catalogue catalogue;
  auto pipeline = spec("p", "/data", {"**"});
  catalogue.set(PipelineId{1}, pipeline, {});
  catalogue.remove(PipelineId{1});
  EXPECT_TRUE(catalogue.roots().empty());
  catalogue.set(PipelineId{1}, pipeline, {});
  pipeline.enabled = false;
  catalogue.set(PipelineId{1}, pipeline, {});
  EXPECT_TRUE(catalogue.roots().empty());
}

TEST(Catalogue, keeps_every_watch_of_a_pipeline) {
  Catalogue catalogue;
  auto pipeline = spec("p", "/a", {"**"});
  pipeline.watch.push_back(spec("p", "/b", {"*.csv"}).watch[0]);
  catalogue.set(PipelineId{1}, pipeline, {});
  EXPECT_EQ(ids(catalogue.matches("/a", "x")), (Ids{1}));
  EXPECT_EQ(ids(catalogue.matches("/b", "x")), Ids{});
  EXPECT_EQ(ids(catalogue.matches("/b", "x.csv")), (Ids{1}));
}

TEST(Catalogue, hands_on_what_the_watch_says) {
  Catalogue catalogue;
  auto pipeline = spec("p", "/a", {"**"});
  auto& watch = pipeline.watch[0];
  watch.on_created = false;
  watch.skip_same_content = false;
  watch.existing = {domain::Existing::Kind::since, core::from_ms(77)};
  catalogue.set(PipelineId{1}, pipeline, core::from_ms(55));
  auto const match = catalogue.matches("/a", "x").at(0);
  EXPECT_FALSE(match.on_created);
  EXPECT_TRUE(match.on_modified);
  EXPECT_FALSE(match.skip_same_content);
  EXPECT_EQ(match.existing.since, core::from_ms(77));
  EXPECT_EQ(match.first_seen, core::from_ms(55));
}

TEST(Catalogue, a_stored_glob_that_is_no_longer_good_matches_nothing) {
  Catalogue catalogue;
  catalogue.set(PipelineId{1}, spec("p", "/a", {"[", "*.csv"}), {});
  EXPECT_EQ(ids(catalogue.matches("/a", "x.csv")), (Ids{1}));
  EXPECT_EQ(ids(catalogue.matches("/a", "[")), Ids{});
}

}  // namespace
}  // namespace orchestrator
