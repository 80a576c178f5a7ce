#include "watch/folder_watch.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/run_coro.hpp"
#include "support/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
namespace asio = boost::asio;

struct FolderWatch : ::testing::Test {
  ~FolderWatch() override { pool.join(); }
  void change() {
    support::run_coro(io, [this] { return watch.next_change(); });
  }
  bool quiet() {
    try {
      support::run_coro(
          io, [this] { return watch.next_change(); }, 200ms);
    } catch (std::runtime_error const&) {
      return true;
    }
    return false;
  }

  support::TempDir dir;
  asio::io_context io{1};
  aio::Worker pool{1, "test"};
  watch::FolderWatch watch{io.get_executor(), dir / "pipelines.d", pool, 20ms};
};

TEST_F(FolderWatch, tells_of_new_changed_renamed_and_deleted_files) {
  fs::create_directories(dir / "pipelines.d");
  change();
  EXPECT_TRUE(quiet());
  std::ofstream(dir / "pipelines.d/a.yaml") << "1";
  change();
  EXPECT_TRUE(quiet()) << "one burst is one change";
  std::ofstream(dir / "pipelines.d/a.yaml", std::ios::app) << "2";
  change();
  fs::rename(dir / "pipelines.d/a.yaml", dir / "pipelines.d/b.yaml");
  change();
  fs::remove(dir / "pipelines.d/b.yaml");
  change();
  EXPECT_TRUE(quiet());
}

TEST_F(FolderWatch, misses_nothing_between_two_calls) {
  fs::create_directories(dir / "pipelines.d");
  change();
  std::ofstream(dir / "pipelines.d/early.yaml") << "1";
  change();
}

TEST_F(FolderWatch, waits_for_an_absent_directory_and_survives_its_replacement) {
  EXPECT_TRUE(quiet());
  fs::create_directories(dir / "pipelines.d");
  change();
  fs::rename(dir / "pipelines.d", dir / "old");
  change();
  EXPECT_TRUE(quiet());
  fs::create_directories(dir / "pipelines.d");
  change();
  std::ofstream(dir / "pipelines.d/a.yaml") << "1";
  change();
}

}  // namespace
