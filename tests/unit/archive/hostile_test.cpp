#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "unit/archive/raw_tar.hpp"

namespace archive_test {

using core::Errc;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names(archive::Unpacked const& unpacked) {
  std::vector<std::string> all;
  for (auto const& file : unpacked.files) all.push_back(file.path);
  return all;
}

mode_t mode_of(std::filesystem::path const& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_mode : 0;
}

TEST(Unpack, keeps_files_and_folders_and_tells_what_they_are) {
  Destination to;
  auto const unpacked =
      to.unpack(entry("out/", {}, '5', 0777) + entry("out/report.html", "<p>") + entry("out/plots/", {}, '5') +
                entry("out/plots/a.png", "png") + entry("out/deep/er/b", "") + end_mark())
          .value();
  EXPECT_THAT(names(unpacked), ElementsAre("deep/er/b", "plots/a.png", "report.html"));
  EXPECT_EQ(to.read("report.html"), "<p>");
  EXPECT_EQ(unpacked.files[2].size, 3);
  EXPECT_EQ(core::to_hex(unpacked.files[2].sha256), core::sha256_hex("<p>"));
  EXPECT_EQ(core::to_hex(unpacked.files[0].sha256), core::sha256_hex(""));
  EXPECT_EQ(unpacked.bytes, 6);
  EXPECT_EQ(unpacked.skipped, 0U);
}

TEST(Unpack, never_leaves_its_destination) {
  Destination to;
  auto const outside = to.path("..") / "tidewheel-escaped";
  std::string tar;
  std::vector<std::string> const evil{"out/../../tidewheel-escaped",
                                      "../tidewheel-escaped",
                                      "/etc/tidewheel-escaped",
                                      "out//tidewheel-escaped",
                                      "out/./x",
                                      "out/a/../../x",
                                      "out/..",
                                      "out/.",
                                      "",
                                      "/",
                                      "out//",
                                      "outside/x",
                                      "./out/x",
                                      "out"};
  for (auto const& path : evil) tar += entry(path, "evil");
  auto const unpacked = to.unpack(tar + entry("out/good", "good") + end_mark()).value();
  EXPECT_THAT(names(unpacked), ElementsAre("good"));
  EXPECT_EQ(unpacked.skipped, evil.size());
  EXPECT_EQ(unpacked.warnings.size(), evil.size());
  EXPECT_FALSE(std::filesystem::exists(outside));
  EXPECT_FALSE(std::filesystem::exists("/etc/tidewheel-escaped"));
  EXPECT_EQ(to.size(), 1U);
}

TEST(Unpack, leaves_out_everything_that_is_no_file_or_folder) {
  Destination to;
  auto const unpacked =
      to.unpack(entry("out/symlink", {}, '2', 0777, "/etc/passwd") + entry("out/hardlink", {}, '1', 0644, "out/x") +
                entry("out/fifo", {}, '6') + entry("out/char", {}, '3') + entry("out/block", {}, '4') +
                entry("out/what", "data of a type nobody knows", 'Z') + entry("out/good", "good") + end_mark())
          .value();
  EXPECT_THAT(names(unpacked), ElementsAre("good"));
  EXPECT_EQ(to.size(), 1U);
  EXPECT_THAT(unpacked.warnings, ElementsAre(HasSubstr("out/symlink was left out: it is a symbolic link"),
                                             HasSubstr("hard link"), HasSubstr("named pipe"), HasSubstr("device"),
                                             HasSubstr("device"), HasSubstr("special entry")));
}

TEST(Unpack, does_not_believe_that_a_link_has_data) {
  Destination to;
  auto const unpacked =
      to.unpack(header("out/link", 1ULL << 20, '2', 0777, "x") + header("out/hard", 4096, '1', 0644, "x") +
                header("out/folder/", 512, '5') + entry("out/good", "good") + end_mark())
          .value();
  EXPECT_THAT(names(unpacked), ElementsAre("good"));
}

TEST(Unpack, does_not_write_through_a_link_that_is_already_there) {
  Destination to;
  support::TempDir elsewhere;
  std::filesystem::create_directory_symlink(elsewhere.path(), to.path("folder"));
  std::filesystem::create_symlink(elsewhere / "file", to.path("file"));
  auto const unpacked =
      to.unpack(entry("out/folder/x", "evil") + entry("out/file", "evil") + entry("out/good", "good") + end_mark())
          .value();
  EXPECT_THAT(names(unpacked), ElementsAre("good"));
  EXPECT_TRUE(std::filesystem::is_empty(elsewhere.path()));
}

TEST(Unpack, gives_its_own_modes_whatever_the_archive_and_the_umask_say) {
  Destination to;
  auto const old = ::umask(0077);
  auto const unpacked = to.unpack(entry("out/suid", "x", '0', 06777) + entry("out/secret", "x", '0', 0) +
                                  entry("out/folder/", {}, '5', 07777) + end_mark());
  ::umask(old);
  ASSERT_TRUE(unpacked);
  EXPECT_EQ(mode_of(to.path("suid")), S_IFREG | 0644U);
  EXPECT_EQ(mode_of(to.path("secret")), S_IFREG | 0644U);
  EXPECT_EQ(mode_of(to.path("folder")), S_IFDIR | 0755U);
}

TEST(Unpack, keeps_the_first_of_two_entries_of_one_name) {
  Destination to;
  auto const unpacked =
      to.unpack(entry("out/a", "first") + entry("out/a", "second") + entry("out/a/b", "below a file") +
                entry("out/d/", {}, '5') + entry("out/d", "a file now") + entry("out/d/", {}, '5') + end_mark())
          .value();
  EXPECT_THAT(names(unpacked), ElementsAre("a"));
  EXPECT_EQ(to.read("a"), "first");
  EXPECT_EQ(unpacked.skipped, 3U);
  EXPECT_THAT(unpacked.warnings[0], HasSubstr("something else of this name"));
}

TEST(Unpack, keeps_names_as_raw_bytes) {
  Destination to;
  std::string const odd = "caf\xe9 \n\"'$(id)\xff.csv";
  auto const unpacked =
      to.unpack(entry("out/" + odd, "a") + pax("path", "out/pax-" + odd) + entry("out/x", "b") + end_mark()).value();
  EXPECT_THAT(names(unpacked), ElementsAre(odd, "pax-" + odd));
  EXPECT_EQ(to.read(odd), "a");
  EXPECT_EQ(to.read("pax-" + odd), "b");
}

TEST(Unpack, leaves_out_names_over_the_limits) {
  Destination to;
  std::string deep = "out";
  for (int i = 0; i < 40; ++i) deep += "/d";
  auto const unpacked =
      to.unpack(pax("path", "out/" + std::string(256, 'n')) + entry("x", "a") +
                pax("path", "out/" + std::string(255, 'n')) + entry("x", "b") + pax("path", deep) + entry("x", "c") +
                gnu_long_name("out/" + std::string(200, 'a') + "/" + std::string(200, 'b')) + entry("x", "d") +
                gnu_long_name("out/" + std::string(2000, 'a')) + entry("x", "e") + end_mark())
          .value();
  EXPECT_THAT(names(unpacked), ElementsAre(std::string(200, 'a') + "/" + std::string(200, 'b'), std::string(255, 'n')));
  EXPECT_EQ(unpacked.skipped, 3U);
}

TEST(Unpack, warnings_cannot_steer_a_terminal) {
  Destination to;
  auto const unpacked = to.unpack(entry("out/\x1b[2J\xff", {}, '2') + end_mark()).value();
  ASSERT_EQ(unpacked.warnings.size(), 1U);
  EXPECT_EQ(unpacked.warnings[0].find('\x1b'), std::string::npos);
}

TEST(Unpack, stops_at_the_cap_of_bytes_before_it_writes_past_it) {
  archive::Limits const limits{.max_bytes = 1000};
  Destination exact;
  EXPECT_TRUE(
      exact.unpack(entry("out/a", std::string(600, 'a')) + entry("out/b", std::string(400, 'b')) + end_mark(), limits));
  Destination over;
  auto const stopped =
      over.unpack(entry("out/a", std::string(600, 'a')) + entry("out/b", std::string(401, 'b')) + end_mark(), limits);
  EXPECT_EQ(stopped.error().code, Errc::too_large);
  EXPECT_FALSE(std::filesystem::exists(over.path("b")));
}

TEST(Unpack, counts_the_bytes_of_what_it_leaves_out_too) {
  Destination to;
  auto const stopped = to.unpack(entry("out/a", std::string(2000, 'a'), 'Z') + end_mark(), {.max_bytes = 1000});
  EXPECT_EQ(stopped.error().code, Errc::too_large);
}

TEST(Unpack, refuses_a_terabyte_at_its_header) {
  for (std::uint64_t const size : {std::uint64_t{1} << 40, std::uint64_t{1} << 62}) {
    Destination to;
    EXPECT_EQ(to.unpack(header("out/huge", size)).error().code, Errc::too_large);
    Destination pax_to;
    EXPECT_EQ(pax_to.unpack(pax("size", std::to_string(size)) + header("out/huge", 0)).error().code, Errc::too_large);
    EXPECT_EQ(pax_to.size(), 0U);
  }
}

TEST(Unpack, stops_at_the_cap_of_files_of_any_kind) {
  for (char const type : {'0', '5', '2', '6'}) {
    std::string tar = entry("out/", {}, '5');
    for (int i = 0; i < 10; ++i) tar += entry("out/n" + std::to_string(i), {}, type);
    Destination exact;
    EXPECT_TRUE(exact.unpack(tar + end_mark(), {.max_files = 10}));
    Destination over;
    EXPECT_EQ(over.unpack(tar + end_mark(), {.max_files = 9}).error().code, Errc::too_large);
  }
}

TEST(Unpack, bounds_its_warnings) {
  std::string tar;
  for (int i = 0; i < 5000; ++i) tar += entry("out/n" + std::to_string(i), {}, '6');
  Destination to;
  auto const unpacked = to.unpack(tar + end_mark()).value();
  EXPECT_EQ(unpacked.skipped, 5000U);
  ASSERT_EQ(unpacked.warnings.size(), 100U);
  EXPECT_EQ(unpacked.warnings.back(), "and 4901 more were left out");
}

TEST(Unpack, makes_many_files_durable_at_once) {
  std::string tar;
  for (int i = 0; i < 500; ++i) tar += entry("out/d" + std::to_string(i % 7) + "/n" + std::to_string(i), "x");
  Destination to;
  EXPECT_EQ(to.unpack(tar + end_mark()).value().files.size(), 500U);
}

}  // namespace archive_test
