#include "orchestrator/state_dir.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <optional>

#include "core/result.hpp"
#include "support/temp_dir.hpp"

namespace orchestrator {
namespace {

std::string read(std::filesystem::path const& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
struct stat facts(std::filesystem::path const& file) {
  struct stat info {};
  EXPECT_EQ(::stat(file.c_str(), &info), 0) << file;
  return info;
}

/// Another process that holds the lock until this goes out of scope.
class Holder {
 public:
  explicit Holder(std::filesystem::path const& root) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    EXPECT_EQ(::pipe(end_), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(end_[1]);
      try {
        StateDir const state(root);
        EXPECT_EQ(::write(ready[1], "x", 1), 1);
        char byte = 0;
        (void)!::read(end_[0], &byte, 1);
      } catch (...) {
      }
      ::_exit(0);
    }
    ::close(ready[1]);
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
  }
  ~Holder() {
    ::close(end_[1]);
    ::waitpid(pid_, nullptr, 0);
    ::close(end_[0]);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  int end_[2]{};
};

TEST(StateDir, makes_what_is_missing_and_keeps_others_out) {
  support::TempDir const dir;
  StateDir const state(dir / "deep" / "state");
  for (auto const* const name : {"attempts", "logs", "artifacts", "init"})
    EXPECT_TRUE(std::filesystem::is_directory(state.root() / name)) << name;
  EXPECT_EQ(facts(state.root()).st_mode & 0777U, 0750U);
  EXPECT_EQ(facts(state.root() / "attempts").st_mode & 0777U, 0700U);
}

TEST(StateDir, refuses_a_second_daemon_and_names_the_first) {
  support::TempDir const dir;
  {
    Holder const other(dir / "state");
    try {
      StateDir const state(dir / "state");
      FAIL() << "two daemons on one state directory";
    } catch (core::Failure const& failure) {
      EXPECT_EQ(failure.error().code, core::Errc::conflict);
      EXPECT_NE(failure.error().operation.find("pid " + std::to_string(other.pid())), std::string::npos)
          << failure.what();
      EXPECT_FALSE(failure.error().hint.empty());
    }
  }
  EXPECT_NO_THROW(StateDir(dir / "state"));  // the lock ends with the process that held it
}

TEST(StateDir, says_where_it_cannot_write) {
  support::TempDir const dir;
  std::ofstream(dir / "file") << "not a folder";
  try {
    StateDir const state(dir / "file");
    FAIL();
  } catch (core::Failure const& failure) {
    EXPECT_EQ(failure.error().subject, (dir / "file").string()) << failure.what();
    EXPECT_FALSE(failure.error().hint.empty());
  }
}

TEST(StateDir, gives_each_attempt_places_of_its_own) {
  support::TempDir const dir;
  StateDir const state(dir / "state");
  EXPECT_EQ(state.attempt("R", 2), state.root() / "attempts" / "R-a2");
  EXPECT_EQ(state.log("R", 2), state.root() / "logs" / "R-a2.log");
  EXPECT_EQ(state.artifacts("qc", "R", 2), std::filesystem::path("artifacts/qc/R-a2"));
  EXPECT_GT(state.free_bytes(), 0);
}

TEST(StateDir, installs_an_init_that_can_be_run) {
  support::TempDir const dir;
  StateDir const state(dir / "state");
  auto const old_mask = ::umask(0077);
  state.install_init("binary one");
  ::umask(old_mask);
  EXPECT_EQ(read(state.init_binary()), "binary one");
  EXPECT_EQ(facts(state.init_binary()).st_mode & 0777U, 0755U);
  EXPECT_NE(read(state.hosts_file()).find("127.0.0.1\tlocalhost\n"), std::string::npos);
  EXPECT_EQ(facts(state.hosts_file()).st_mode & 0777U, 0644U);
}

TEST(StateDir, replaces_the_init_and_leaves_the_one_that_containers_run) {
  support::TempDir const dir;
  StateDir const state(dir / "state");
  state.install_init("binary one");
  core::Fd const bound(::open(state.init_binary().c_str(), O_RDONLY | O_CLOEXEC));
  state.install_init("another binary");
  EXPECT_EQ(read(state.init_binary()), "another binary");
  char bytes[32]{};
  EXPECT_EQ(::pread(bound.get(), bytes, sizeof bytes, 0), 10);
  EXPECT_STREQ(bytes, "binary one");
  for (auto const& entry : std::filesystem::directory_iterator(state.root() / "init"))
    EXPECT_TRUE(entry.path() == state.init_binary() || entry.path() == state.hosts_file()) << entry.path();
}

TEST(StateDir, leaves_an_init_alone_that_is_the_same) {
  support::TempDir const dir;
  StateDir const state(dir / "state");
  state.install_init("binary one");
  auto const before = facts(state.init_binary()).st_ino;
  state.install_init("binary one");
  EXPECT_EQ(facts(state.init_binary()).st_ino, before);
}

TEST(DiskSpace, says_what_is_short) {
  core::PercentOrCount const percent{5, 0};
  EXPECT_EQ((DiskSpace{100, 500, 1000}.shortage(100, percent)), "");
  EXPECT_EQ((DiskSpace{99, 500, 1000}.shortage(100, percent)), "99 B free, storage.min_free is 100 B");
  EXPECT_NE((DiskSpace{100, 49, 1000}.shortage(100, percent)).find("storage.min_free_inodes is 50"), std::string::npos);
  EXPECT_EQ((DiskSpace{100, 50, 1000}.shortage(100, percent)), "");
  EXPECT_EQ((DiskSpace{-1, -1, -1}.shortage(100, percent)), "") << "what cannot be told holds nothing back";
}

}  // namespace
}  // namespace orchestrator
