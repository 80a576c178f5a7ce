#include "unit/config/corpus.hpp"

#include <gtest/gtest.h>

#include "config/pipeline_file.hpp"
#include "domain/spec_json.hpp"

namespace {

TEST(Corpus, good_files_load) {
  auto const files = corpus::files("good");
  ASSERT_GE(files.size(), 5U);
  for (auto const& path : files) {
    auto const loaded = config::load_pipeline(corpus::read(path), path.filename().string());
    ASSERT_TRUE(loaded.spec) << config::render(loaded.diagnostics);
    EXPECT_TRUE(domain::spec_from_json(domain::spec_to_json(*loaded.spec))) << path;
  }
}

/// To write the expectations anew after a change of words: TIDEWHEEL_WRITE_EXPECTED=1 config_unit, and read the diff.
TEST(Corpus, bad_files_say_what_is_wrong) {
  auto const files = corpus::files("bad");
  ASSERT_GE(files.size(), 20U);
  for (auto const& path : files) {
    auto const loaded = config::load_pipeline(corpus::read(path), path.filename().string());
    EXPECT_FALSE(loaded.spec) << path;
    auto const said = config::render(loaded.diagnostics);
    auto expected_path = path;
    expected_path.replace_extension(".expected");
    if (std::getenv("TIDEWHEEL_WRITE_EXPECTED") != nullptr) std::ofstream(expected_path, std::ios::binary) << said;
    EXPECT_EQ(said, corpus::read(expected_path)) << path;
    EXPECT_FALSE(said.empty()) << path;
  }
}

}  // namespace
