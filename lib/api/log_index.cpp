#include "api/log_index.hpp"

#include <algorithm>

namespace api {

namespace {

constexpr std::size_t piece = std::size_t{256} << 10;
constexpr std::int64_t step_bytes = std::int64_t{8} << 20;
constexpr std::int64_t mark_distance = std::int64_t{512} << 10;
constexpr std::size_t answer_bytes = std::size_t{4} << 20;
constexpr std::int64_t search_bytes = std::int64_t{1} << 30;
constexpr std::size_t shown_of_match = 4096;
constexpr std::size_t kept_indexes = 16;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

void LogIndex::start_over() {
  read_ = 0;
  finished_ = false;
  lines_ = domain::LogLines();
  marks_ = {{1, 0}};
}

/// False: there is no such file yet.
core::Result<bool> LogIndex::open() {
  auto newer = orchestrator::LogReader::open(file_, reader_ ? reader_->inode() : 0);
  if (!newer) return newer.error();
  if (*newer) reader_ = std::move(*newer);
  if (!reader_) return false;
  auto const size = reader_->size();
  if (!size) return size.error();
  // The complete log that replaces the first one has the same bytes, and more.
  if (*size < read_) start_over();
  size_ = *size;
  return true;
}

core::Result<bool> LogIndex::advance(bool ended) {
  std::lock_guard const lock(mutex_);
  auto done = advance_open(ended);
  if (reader_) reader_->release();
  return done;
}

core::Result<bool> LogIndex::advance_open(bool ended) {
  auto const there = open();
  if (!there || !*there) return there ? core::Result<bool>(true) : there;
  if (finished_ && size_ > read_) start_over();  // the complete log came after it had been taken for complete
  auto const ignore = [](domain::LogLine const&) {};
  for (auto const end = read_ + step_bytes; read_ < end;) {
    auto const bytes = reader_->read(read_, piece);
    if (!bytes) return bytes.error();
    if (bytes->empty()) {
      if (ended && !finished_) lines_.finish(INT64_MAX, ignore);
      finished_ = finished_ || ended;
      return true;
    }
    lines_.feed(*bytes, INT64_MAX, ignore);
    read_ += static_cast<std::int64_t>(bytes->size());
    auto const line = lines_.boundary();
    if (line && lines_.offset() - marks_.back().offset >= mark_distance) marks_.push_back({*line, lines_.offset()});
  }
  return false;
}

core::Result<LogPage> LogIndex::read(Range range, bool ended) {
  std::lock_guard const lock(mutex_);
  LogPage page;
  page.total = lines_.count();
  page.size = size_;
  auto const from = std::max<std::int64_t>(range.from < 0 ? page.total + range.from + 1 : range.from, 1);
  page.next = std::min(from, page.total + 1);
  if (!reader_ || from > page.total) return page;
  auto const behind = [](std::int64_t line, Mark const& mark) { return line < mark.line; };
  auto const mark = *std::prev(std::upper_bound(marks_.begin(), marks_.end(), from, behind));
  domain::LogLines lines(mark.line, mark.offset);
  std::size_t bytes_taken = 0;
  bool full = false;
  domain::LogLines::Sink const take = [&](domain::LogLine const& line) {
    full = full || page.lines.size() >= range.limit || bytes_taken >= answer_bytes || line.n > page.total;
    if (full) return;
    page.next = line.n + 1;
    if (range.is_stderr && *range.is_stderr != line.is_stderr) return;
    bytes_taken += line.text.size();
    page.lines.push_back(line);
  };
  // Among lines of the other stream it gives up for now; one line that is larger than that it goes through.
  auto const budget = mark.offset + 4 * step_bytes;
  for (auto offset = mark.offset; offset < read_ && !full && (offset < budget || page.next == from);) {
    auto const bytes = reader_->read(offset, std::min(piece, static_cast<std::size_t>(read_ - offset)));
    if (!bytes) return bytes.error();
    if (bytes->empty()) break;
    lines.feed(*bytes, from, take);
    offset += static_cast<std::int64_t>(bytes->size());
    if (offset >= read_ && ended && finished_) lines.finish(from, take);
  }
  reader_->release();
  return page;
}

std::shared_ptr<LogIndex> LogIndexes::of(std::filesystem::path const& file) {
  auto const found = std::ranges::find(entries_, file, &Entry::file);
  if (found != entries_.end())
    entries_.splice(entries_.begin(), entries_, found);
  else
    entries_.push_front({file, std::make_shared<LogIndex>(file)});
  if (entries_.size() > kept_indexes) entries_.pop_back();
  return entries_.front().index;
}

LogSearch::LogSearch(std::filesystem::path file, std::string text, std::size_t limit)
    : file_(std::move(file)), text_(std::move(text)), limit_(limit) {
  std::ranges::transform(text_, text_.begin(), lower);
}

core::Result<bool> LogSearch::step(bool ended) {
  if (!reader_) {
    auto opened = orchestrator::LogReader::open(file_);
    if (!opened) return opened.error();
    reader_ = std::move(*opened);
    at_end_ = !reader_;
  }
  auto const look = [this](domain::LogLine const& line) { look_at(line); };
  for (auto const end = read_ + step_bytes / 2; read_ < end && !at_end_;) {
    auto const bytes = reader_->read(read_, piece);
    if (!bytes) return bytes.error();
    at_end_ = bytes->empty();
    if (at_end_ && ended) lines_.finish(1, look);
    lines_.feed(*bytes, 1, look);
    read_ += static_cast<std::int64_t>(bytes->size());
  }
  return !at_end_ && read_ < search_bytes;
}

void LogSearch::look_at(domain::LogLine const& line) {
  auto const same = [](char in_line, char wanted) { return lower(in_line) == wanted; };
  auto const found = std::search(line.text.begin(), line.text.end(), text_.begin(), text_.end(), same);
  if (found == line.text.end()) return;
  ++total_;
  if (matches_.size() >= limit_) return;
  auto const at = static_cast<std::size_t>(found - line.text.begin());
  auto const begin = at + text_.size() > shown_of_match ? at : 0;
  matches_.push_back({line.n, line.text.substr(begin, shown_of_match)});
}

}  // namespace api
