#include "store/database.hpp"

#include "store/feed_mark.hpp"
#include "store/schema.hpp"

namespace store {

Database::Database(std::filesystem::path const& file, Writer::TellRoom tell_room) {
  auto db = std::make_unique<sql::Connection>(file, sql::Mode::read_write);
  prepare_schema(*db);
  db->reserve_space();
  FeedMark(file).begin(*db);
  instance_ = instance_id(*db);
  reader_ = std::make_unique<sql::Connection>(file, sql::Mode::read_only);
  writer_ = std::make_unique<Writer>(std::move(db), std::move(tell_room));
}

Database::~Database() {
  close();
}

void Database::close() {
  reader_thread_.join();
  reader_.reset();  // before the writer, whose last checkpoint then has nobody in its way
  if (writer_) writer_->close();
}

}  // namespace store
