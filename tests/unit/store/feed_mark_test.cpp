#include "store/feed_mark.hpp"

#include <filesystem>

#include "store/schema.hpp"
#include "store_fixture.hpp"

namespace store {
namespace {

namespace fs = std::filesystem;

/// A daemon's lives on one database file, and what people do to it between them.
class FeedMarkTest : public StoreTest {
 protected:
  /// One life, in which the feed comes to `seq`; the feed's id at its end.
  std::string live(std::int64_t seq) {
    sql::Connection own(file, sql::Mode::read_write);
    prepare_schema(own);
    FeedMark mark(file);
    mark.begin(own);
    own.run("UPDATE counter SET value = ? WHERE name = 'feed'", seq);
    mark.write(own);
    own.checkpoint(sql::Connection::Checkpoint::truncate);
    return feed_id(own);
  }
  void forget_wal() {
    fs::remove(file.string() + "-wal");
    fs::remove(file.string() + "-shm");
  }

  support::TempDir folder;
  fs::path file = folder / "lives.db";
};

TEST_F(FeedMarkTest, a_restart_goes_on_with_the_feed) {
  auto const id = live(5);
  EXPECT_EQ(live(7), id);
  EXPECT_EQ(live(7), id);
}

TEST_F(FeedMarkTest, a_copy_put_in_its_place_begins_a_new_feed) {
  auto const id = live(5);
  forget_wal();
  fs::copy_file(file, folder / "backup.db");
  fs::rename(folder / "backup.db", file);
  auto const anew = live(5);
  EXPECT_NE(anew, id);
  EXPECT_EQ(live(6), anew) << "once";
}

TEST_F(FeedMarkTest, an_older_state_written_over_the_same_file_begins_a_new_feed) {
  auto const id = live(5);
  forget_wal();
  fs::copy_file(file, folder / "backup.db");
  EXPECT_EQ(live(9), id);
  forget_wal();
  fs::copy_file(folder / "backup.db", file, fs::copy_options::overwrite_existing);  // keeps the inode
  EXPECT_NE(live(5), id);
}

TEST_F(FeedMarkTest, a_mark_that_cannot_be_read_does_no_harm) {
  auto const id = live(5);
  fs::remove(file.string() + "-feed");
  fs::create_directory(file.string() + "-feed");
  EXPECT_EQ(live(6), id);
}

}  // namespace
}  // namespace store
