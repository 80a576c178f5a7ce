#include "archive/tar_reader.hpp"

#include <algorithm>
#include <charconv>

namespace archive {

namespace {

using core::Errc;
using core::Error;
using core::Result;

constexpr std::uint64_t meta_limit = 1U << 20;  // Go's archive/tar has the same

Error corrupt(std::string what) {
  return Error{Errc::corrupt, std::move(what), "tar stream", {}};
}

EntryType type_of(TarBlock const& block) {
  switch (block.type) {
    case '0':
    case '7':
      if (!block.path.ends_with('/')) return EntryType::file;
      return block.size == 0 ? EntryType::directory : EntryType::other;  // a slash is v7's way to say folder
    case '1':
      return EntryType::hardlink;
    case '2':
      return EntryType::symlink;
    case '3':
    case '4':
      return EntryType::device;
    case '5':
      return EntryType::directory;
    case '6':
      return EntryType::fifo;
    default:
      return EntryType::other;
  }
}

std::string_view take(std::string_view& bytes, std::uint64_t most) {
  auto const piece = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(most, bytes.size())));
  bytes.remove_prefix(piece.size());
  return piece;
}

}  // namespace

std::string_view to_string(EntryType type) noexcept {
  switch (type) {
    case EntryType::file:
      return "file";
    case EntryType::directory:
      return "folder";
    case EntryType::symlink:
      return "symbolic link";
    case EntryType::hardlink:
      return "hard link";
    case EntryType::fifo:
      return "named pipe";
    case EntryType::device:
      return "device";
    case EntryType::other:
      return "special entry";
  }
  return "special entry";
}

Result<void> TarReader::feed(std::string_view bytes) {
  if (failed_) return *failed_;
  while (!bytes.empty() && state_ != State::ended) {
    if (auto done = step(bytes); !done) {
      failed_ = done.error();
      return done;
    }
  }
  return {};
}

Result<void> TarReader::finish() const {
  if (failed_) return *failed_;
  if (state_ != State::ended) return corrupt("it ends before its end mark: the stream was cut");
  return {};
}

Result<void> TarReader::step(std::string_view& bytes) {
  switch (state_) {
    case State::header:
      block_ += take(bytes, block_size - block_.size());
      return block_.size() == block_size ? on_block() : Result<void>{};
    case State::meta: {
      auto const piece = take(bytes, left_);
      meta_ += piece;
      left_ -= piece.size();
      return left_ == 0 ? on_meta_end() : Result<void>{};
    }
    case State::data: {
      auto const piece = take(bytes, left_);
      left_ -= piece.size();
      if (auto done = sink_.data(piece); !done) return done;
      return left_ == 0 ? on_data_end() : Result<void>{};
    }
    case State::padding:
      padding_ -= take(bytes, padding_).size();
      if (padding_ == 0) state_ = State::header;
      return {};
    case State::ended:
      return {};
  }
  return {};
}

Result<void> TarReader::on_block() {
  auto const bytes = std::exchange(block_, {});
  if (is_zero(bytes)) {
    if (++zero_blocks_ == 2) state_ = State::ended;
    return {};
  }
  if (zero_blocks_ != 0) return corrupt("something follows its end mark");
  auto block = parse_block(bytes);
  if (!block) return block.error();
  bool const is_meta = block->type == 'x' || block->type == 'g' || block->type == 'L' || block->type == 'K';
  if (!is_meta) return on_entry(std::move(*block));
  if (block->size > meta_limit) return corrupt("an extended header is larger than 1 MiB");
  meta_type_ = block->type;
  left_ = block->size;
  padding_ = padding_of(left_);
  state_ = State::meta;
  return left_ == 0 ? on_meta_end() : Result<void>{};
}

Result<void> TarReader::on_entry(TarBlock block) {
  auto const overrides = std::exchange(overrides_, {});
  if (overrides.path) block.path = *overrides.path;
  if (overrides.size) block.size = *overrides.size;
  TarEntry entry{.path = std::move(block.path), .type = EntryType::other, .size = block.size};
  block.path = entry.path;
  entry.type = overrides.sparse ? EntryType::other : type_of(block);
  // Links, folders and devices have no data whatever their size field says (as in Go's archive/tar).
  if (entry.type != EntryType::file && entry.type != EntryType::other) entry.size = 0;
  left_ = entry.size;
  padding_ = padding_of(left_);
  if (auto done = sink_.begin(entry); !done) return done;
  state_ = State::data;
  return left_ == 0 ? on_data_end() : Result<void>{};
}

Result<void> TarReader::on_data_end() {
  state_ = padding_ == 0 ? State::header : State::padding;
  return sink_.end();
}

Result<void> TarReader::on_meta_end() {
  state_ = padding_ == 0 ? State::header : State::padding;
  Result<void> done;
  if (meta_type_ == 'x') done = parse_pax();
  if (meta_type_ == 'L') overrides_.path = meta_.substr(0, meta_.find('\0'));
  meta_.clear();
  return done;
}

/// Records "LENGTH KEY=VALUE\n", LENGTH counting all of it (POSIX.1-2017 pax, "pax Extended Header").
Result<void> TarReader::parse_pax() {
  for (std::string_view rest = meta_; !rest.empty();) {
    std::size_t length = 0;
    auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
    auto const digits = static_cast<std::size_t>(end - rest.data());
    if (error != std::errc{} || length <= digits + 1 || length > rest.size() || rest[digits] != ' ' ||
        rest[length - 1] != '\n')
      return corrupt("a pax record is malformed");
    auto const record = rest.substr(digits + 1, length - digits - 2);
    rest.remove_prefix(length);
    auto const equals = record.find('=');
    if (equals == std::string_view::npos) return corrupt("a pax record is malformed");
    auto const key = record.substr(0, equals);
    auto const value = record.substr(equals + 1);
    if (key == "path") {
      if (value.find('\0') != std::string_view::npos) return corrupt("a name contains a NUL byte");
      overrides_.path = std::string(value);
    } else if (key == "size") {
      std::uint64_t size = 0;
      auto const parsed = std::from_chars(value.data(), value.data() + value.size(), size);
      if (parsed.ec != std::errc{} || parsed.ptr != value.data() + value.size() || size > std::uint64_t{1} << 62)
        return corrupt("a pax size is no number");
      overrides_.size = size;
    } else if (key.starts_with("GNU.sparse.")) {
      overrides_.sparse = true;
    }
  }
  return {};
}

}  // namespace archive
