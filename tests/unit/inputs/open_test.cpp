#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "unit/inputs/source_folder.hpp"

namespace inputs_test {

namespace fs = std::filesystem;
using core::Errc;
using testing::HasSubstr;
using testing::StartsWith;

TEST(OpenInput, says_what_the_file_is) {
  SourceFolder source;
  source.write("a/b.csv", "1,2\n");
  ::chmod(source.path("a/b.csv").c_str(), 0640);
  auto const input = source.open("a/b.csv").value();
  struct stat status {};
  ASSERT_EQ(::stat(source.path("a/b.csv").c_str(), &status), 0);
  EXPECT_EQ(input.version.size, 4);
  EXPECT_EQ(input.version.ino, static_cast<std::int64_t>(status.st_ino));
  EXPECT_EQ(input.version.mtime_ns, status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec);
  EXPECT_EQ(input.version.ctime_ns, status.st_ctim.tv_sec * 1'000'000'000LL + status.st_ctim.tv_nsec);
  EXPECT_EQ(input.mode, 0640U);
  EXPECT_EQ(input.uid, ::geteuid());
  EXPECT_EQ(inputs::version_of(input.fd.get(), "b.csv").value(), input.version);
}

TEST(OpenInput, takes_any_name_that_a_file_can_have) {
  SourceFolder source;
  for (std::string const& name :
       {std::string("with space"), std::string("new\nline"), std::string("quote\"'`$(id);&"),
        std::string("caf\xe9-\xff\xfe"), std::string(255, 'n'), std::string("-rf"), std::string("...")}) {
    source.write("d/" + name, name);
    auto const input = source.open("d/" + name);
    ASSERT_TRUE(input) << input.error().message();
    EXPECT_EQ(input->version.size, static_cast<std::int64_t>(name.size()));
  }
}

TEST(OpenInput, proves_a_file_gone_only_below_folders_that_are_there) {
  SourceFolder source;
  source.write("d/a", "a");
  EXPECT_EQ(source.open("d/gone").error().code, Errc::not_found);
  EXPECT_EQ(source.open("gone/with/its/folder").error().code, Errc::not_found);
  EXPECT_EQ(source.open("d/a/below-a-file").error().code, Errc::not_found);
  EXPECT_EQ(inputs::open_input(source.root() + "/no-such-root", "a").error().code, Errc::unavailable);
  EXPECT_EQ(inputs::open_input(source.root() + "/d/a", "a").error().code, Errc::unavailable);
}

TEST(OpenInput, follows_no_link_and_stays_beneath_its_root) {
  SourceFolder source, outside;
  outside.write("secret", "s");
  source.write("real/a", "a");
  fs::create_symlink(outside.path("secret"), source.path("link"));
  fs::create_symlink(source.path("real/a"), source.path("inside"));
  fs::create_directory_symlink(outside.root(), source.path("folder"));
  fs::create_directory_symlink("/proc/self", source.path("magic"));
  auto const up = "../" + fs::path(outside.root()).filename().string() + "/secret";
  for (std::string const& key : {std::string("link"), std::string("inside"), std::string("folder/secret"), up,
                                 "real/../" + up, outside.root() + "/secret", std::string("magic/root/etc/passwd")}) {
    auto const opened = source.open(key);
    ASSERT_FALSE(opened) << key;
    EXPECT_EQ(opened.error().code, Errc::invalid) << key;
  }
  // The root itself is the operator's word and may be a link.
  fs::create_directory_symlink(source.root(), outside.path("root-link"));
  EXPECT_TRUE(inputs::open_input(outside.path("root-link").string(), "real/a"));
}

TEST(OpenInput, takes_regular_files_only_and_never_hangs) {
  SourceFolder source;
  fs::create_directory(source.path("folder"));
  ASSERT_EQ(::mkfifo(source.path("fifo").c_str(), 0644), 0);
  core::Fd const socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  source.path("socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  for (std::string const key : {"folder", "fifo", "socket", "."})
    EXPECT_EQ(source.open(key).error().code, Errc::invalid) << key;
}

TEST(OpenInput, names_owner_mode_and_remedy_when_it_may_not_read) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become someone else";
  SourceFolder source;
  source.write("private", "x");
  ASSERT_EQ(::chown(source.path("private").c_str(), 1234, 2345), 0);
  ::chmod(source.path("private").c_str(), 0640);
  auto const said = as_nobody([&source] {
    auto const opened = source.open("private");
    return opened ? std::string("opened")
                  : std::string(to_string(opened.error().code)) + " " + opened.error().message();
  });
  EXPECT_THAT(said, StartsWith("permission "));
  EXPECT_THAT(said, HasSubstr(source.path("private").string()));
  EXPECT_THAT(said, HasSubstr("belongs to uid 1234 and group 2345 with mode 0640"));
  EXPECT_THAT(said, HasSubstr("nobody (uid 65534)"));
  EXPECT_THAT(said, HasSubstr("usermod -aG 2345 "));
  EXPECT_THAT(said, HasSubstr("setfacl -m u:65534:r "));
}

TEST(OpenInput, sends_nobody_into_a_group_that_may_not_read_or_is_roots) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become someone else";
  SourceFolder source;
  source.write("private", "x");
  for (auto const& [gid, mode] : {std::pair<gid_t, mode_t>{2345, 0600}, {0, 0640}}) {
    ASSERT_EQ(::chown(source.path("private").c_str(), 1234, gid), 0);
    ::chmod(source.path("private").c_str(), mode);
    auto const said = as_nobody([&source] { return source.open("private").error().message(); });
    EXPECT_THAT(said, testing::Not(HasSubstr("usermod")));
    EXPECT_THAT(said, HasSubstr("setfacl -m u:65534:r "));
  }
}

TEST(OpenInput, names_the_folder_that_is_in_the_way) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become someone else";
  SourceFolder source;
  source.write("closed/deeper/file", "x");
  fs::permissions(source.path("closed"), fs::perms{0700});
  auto const said = as_nobody([&source] {
    auto const opened = source.open("closed/deeper/file");
    return opened ? std::string("opened")
                  : std::string(to_string(opened.error().code)) + " " + opened.error().message();
  });
  EXPECT_THAT(said, StartsWith("permission "));
  EXPECT_THAT(said,
              HasSubstr(source.path("closed").string() + " belongs to root (uid 0) and group root with mode 0700"));
}

TEST(OpenInput, does_not_call_a_file_gone_whose_folder_it_cannot_list) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become someone else";
  SourceFolder source;
  source.write("dark/file", "x");
  fs::permissions(source.path("dark"), fs::perms{0711});  // may be searched, may not be listed
  auto const said = as_nobody([&source] {
    auto const opened = source.open("dark/other");
    return opened ? std::string("opened")
                  : std::string(to_string(opened.error().code)) + " " + opened.error().message();
  });
  EXPECT_THAT(said, StartsWith("permission "));
  EXPECT_THAT(said, HasSubstr("proves nothing"));
}

}  // namespace inputs_test
