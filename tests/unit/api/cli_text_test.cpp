#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>

#include "fields.hpp"
#include "input_path.hpp"
#include "log_output.hpp"
#include "support/temp_dir.hpp"
#include "terminal.hpp"

namespace {

TEST(Fields, read_missing_and_foreign_values_as_nothing) {
  auto const value =
      boost::json::parse(R"({"a": 1, "b": null, "c": "x", "d": [1], "e": 2.5, "f": true, "g": {"h": 3}})");
  auto const& object = value.as_object();
  EXPECT_EQ(cli::text(object, "a"), "1");
  EXPECT_EQ(cli::text(object, "b"), "");
  EXPECT_EQ(cli::text(object, "e"), "2.5");
  EXPECT_EQ(cli::text(object, "none"), "");
  EXPECT_EQ(cli::integer(object, "c"), std::nullopt);
  EXPECT_EQ(cli::integer(object, "a"), 1);
  EXPECT_TRUE(cli::flag(object, "f"));
  EXPECT_TRUE(cli::array_at(object, "c").empty());
  EXPECT_EQ(cli::text(cli::object_at(object, "g"), "h"), "3");
  EXPECT_TRUE(cli::object_at(object, "d").empty());
}

TEST(Fields, show_times_for_people) {
  EXPECT_EQ(cli::short_time("2026-11-22T10:00:00.123Z"), "2026-11-22 10:00:00");
  EXPECT_EQ(cli::short_time(""), "");
  EXPECT_EQ(cli::for_people(0.21), "210 ms");
  EXPECT_EQ(cli::for_people(12.34), "12.3 s");
  EXPECT_EQ(cli::for_people(754), "12m34s");
}

TEST(Fields, turn_a_file_uri_back_into_its_bytes) {
  EXPECT_EQ(cli::path_of("file:///srv/a%20b%FF.csv"), "/srv/a b\xff.csv");
  EXPECT_EQ(cli::path_of("s3://bucket/key"), "s3://bucket/key");
}

TEST(InputPath, takes_relative_paths_from_the_current_folder_and_follows_links_of_folders_only) {
  support::TempDir const folder;
  auto const real = std::filesystem::canonical(folder.path());
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_directory_symlink("real", folder / "link");
  EXPECT_EQ(cli::absolute_input((folder / "link" / "none.csv").string()), (real / "real" / "none.csv").string());
  std::filesystem::create_symlink("none", folder / "real" / "file");
  EXPECT_EQ(cli::absolute_input((folder / "link" / "file").string()), (real / "real" / "file").string());
  EXPECT_EQ(cli::absolute_input("x.csv"),
            (std::filesystem::canonical(std::filesystem::current_path()) / "x.csv").string());
}

TEST(InputPath, travels_as_base64_where_it_is_not_utf_8) {
  boost::json::object body;
  cli::put_path(body, "input", "/a\xff");
  EXPECT_EQ(body.size(), 1U);
  EXPECT_EQ(body.at("input_base64").as_string(), "L2H/");
}

TEST(LogOutput, lets_colours_through_and_nothing_else_that_steers) {
  EXPECT_EQ(cli::without_control("a\x1b[31mred\x1b[0m\x1b[2J\x1b]0;title\x07\tb\r\n"),
            "a\x1b[31mred\x1b[0m[2J]0;title\tb\n");
  EXPECT_EQ(cli::without_control("\x1b["), "[");
}

TEST(Terminal, cuts_at_characters_and_shows_that_it_did) {
  EXPECT_EQ(cli::cut("äöüß", 4, true), "äöüß");
  EXPECT_EQ(cli::cut("äöüß", 3, true), "äö…");
  EXPECT_EQ(cli::cut("abcd", 3, false), "ab>");
  EXPECT_EQ(cli::cut("abcd", 0, true), "");
}

}  // namespace
