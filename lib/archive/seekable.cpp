#include "archive/seekable.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace archive {

using core::Errc;
using core::Error;
using core::Result;

namespace {

constexpr int level = 3;
constexpr std::uint32_t frame_magic = 0xFD2FB528U;
constexpr std::uint32_t table_magic = 0x184D2A5EU;  // a skippable frame
constexpr std::uint32_t footer_magic = 0x8F92EAB1U;
constexpr std::size_t head_size = 8, entry_size = 8, footer_size = 9;
constexpr std::uint32_t most_frames = 1U << 20U;
constexpr std::uint32_t longest_frame = 16U << 20U;

void put(std::string& bytes, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((number >> shift) & 0xFFU);
}

std::uint32_t take(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * static_cast<unsigned>(i));
  return number;
}

Result<std::string> read_at(int fd, std::int64_t offset, std::size_t size, std::string const& subject) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    auto const got = ::pread(fd, bytes.data() + done, size - done, offset + static_cast<std::int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::from_errno(errno, "read", subject);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

Error corrupt(std::string const& subject) {
  return Error{Errc::corrupt, "it is not what was written: its frames and its table do not fit", subject, {}};
}

}  // namespace

Result<std::string> compress_frame(std::string_view text) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  auto const size = ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), level);
  if (ZSTD_isError(size) != 0U)
    return Error{Errc::internal, std::string("compress: ") + ZSTD_getErrorName(size), {}, {}};
  bytes.resize(size);
  return bytes;
}

std::string seekable_table(std::vector<SeekableEntry> const& frames) {
  std::string bytes;
  put(bytes, table_magic);
  put(bytes, static_cast<std::uint32_t>(frames.size() * entry_size + footer_size));
  for (auto const& frame : frames) {
    put(bytes, frame.stored);
    put(bytes, frame.size);
  }
  put(bytes, static_cast<std::uint32_t>(frames.size()));
  bytes += '\0';  // no checksums in the table: zstd's own are in the frames
  put(bytes, footer_magic);
  return bytes;
}

Result<std::optional<SeekableReader>> SeekableReader::open(int fd, std::string subject) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return core::from_errno(errno, "stat", subject);
  auto const head = read_at(fd, 0, 4, subject);
  if (!head) return head.error();
  if (head->size() < 4 || take(*head, 0) != frame_magic) return std::optional<SeekableReader>();
  auto const size = static_cast<std::int64_t>(status.st_size);
  auto const footer =
      read_at(fd, std::max<std::int64_t>(size - static_cast<std::int64_t>(footer_size), 0), footer_size, subject);
  if (!footer) return footer.error();
  if (footer->size() < footer_size || take(*footer, 5) != footer_magic) return corrupt(subject);
  auto const count = take(*footer, 0);
  auto const table_size = head_size + std::size_t{count} * entry_size + footer_size;
  if (count > most_frames || static_cast<std::int64_t>(table_size) > size) return corrupt(subject);
  auto const table = read_at(fd, size - static_cast<std::int64_t>(table_size), table_size, subject);
  if (!table) return table.error();
  if (table->size() != table_size || take(*table, 0) != table_magic) return corrupt(subject);
  SeekableReader reader;
  reader.subject_ = std::move(subject);
  for (std::size_t i = 0; i < count; ++i) {
    auto const stored = take(*table, head_size + i * entry_size);
    auto const text = take(*table, head_size + i * entry_size + 4);
    if (text == 0 || text > longest_frame || stored > 2 * longest_frame) return corrupt(reader.subject_);
    reader.places_.push_back(reader.places_.back() + stored);
    reader.begins_.push_back(reader.begins_.back() + text);
  }
  if (reader.places_.back() + static_cast<std::int64_t>(table_size) != size) return corrupt(reader.subject_);
  return std::optional(std::move(reader));
}

Result<std::string> SeekableReader::read(int fd, std::int64_t offset, std::size_t most) {
  if (offset < 0 || offset >= size()) return std::string();
  auto const behind = std::upper_bound(begins_.begin(), begins_.end(), offset);
  auto const frame = static_cast<std::size_t>(behind - begins_.begin()) - 1;
  if (auto loaded = load(fd, frame); !loaded) return loaded.error();
  return text_.substr(static_cast<std::size_t>(offset - begins_[frame]), most);
}

Result<void> SeekableReader::load(int fd, std::size_t frame) {
  if (loaded_ == frame) return {};
  loaded_.reset();
  auto const stored =
      read_at(fd, places_[frame], static_cast<std::size_t>(places_[frame + 1] - places_[frame]), subject_);
  if (!stored) return stored.error();
  text_.resize(static_cast<std::size_t>(begins_[frame + 1] - begins_[frame]));
  auto const got = ZSTD_decompress(text_.data(), text_.size(), stored->data(), stored->size());
  if (ZSTD_isError(got) != 0U || got != text_.size()) return corrupt(subject_);
  loaded_ = frame;
  return {};
}

void SeekableReader::release() {
  loaded_.reset();
  text_ = {};
}

}  // namespace archive
