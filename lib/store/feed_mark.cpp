#include "store/feed_mark.hpp"

#include <sys/stat.h>

#include <fstream>

#include "core/ulid.hpp"
#include "sql/transaction.hpp"
#include "store/schema.hpp"

namespace store {
namespace {

constexpr auto pause = std::chrono::seconds(10);

std::int64_t feed_seq(sql::Connection& db) {
  return db.integer("SELECT value FROM counter WHERE name = 'feed'").value_or(0);
}

std::int64_t inode_of(std::filesystem::path const& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 ? static_cast<std::int64_t>(status.st_ino) : 0;
}

}  // namespace

bool FeedMark::begin(sql::Connection& db) {
  std::string marked_id;
  std::int64_t marked_seq = 0;
  std::ifstream(mark()) >> marked_id >> marked_seq;
  auto const inode = inode_of(database_);
  auto const known = db.integer("SELECT value FROM meta WHERE name = 'inode'");
  bool const behind = marked_id == feed_id(db) && marked_seq > feed_seq(db);
  bool const copied = known && *known != inode;
  {
    sql::Transaction transaction(db);
    if (behind || copied) db.run("UPDATE meta SET value = ? WHERE name = 'feed_id'", core::random_hex(16));
    db.run("INSERT INTO meta(name, value) VALUES ('inode', ?1) ON CONFLICT DO UPDATE SET value = ?1", inode);
    transaction.commit();
  }
  write(db);
  return behind || copied;
}

void FeedMark::note(sql::Connection& db, std::chrono::steady_clock::time_point now) {
  if (now < due_) return;
  due_ = now < core::Steady::max() - pause ? now + pause : now;
  write(db);
}

void FeedMark::write(sql::Connection& db) {
  auto const fresh = mark().string() + ".new";
  std::ofstream file(fresh, std::ios::trunc);
  file << feed_id(db) << ' ' << feed_seq(db) << '\n';
  file.close();
  std::error_code ignored;  // the inode still tells
  if (file) std::filesystem::rename(fresh, mark(), ignored);
}

}  // namespace store
