#include "archive/unpacker.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/units.hpp"
#include "core/utf8.hpp"

namespace archive {

namespace {

using core::Errc;
using core::Error;
using core::Result;

constexpr std::size_t max_warnings = 100;

Result<void> write_all(int fd, std::string_view bytes, std::string_view path) {
  while (!bytes.empty()) {
    auto const wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return core::from_errno(errno, "write", core::to_display(path));
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Error too_large(std::string what) {
  return Error{Errc::too_large, std::move(what), "outputs", "write less, or ask for a larger out_limit"};
}

}  // namespace

Unpacker::Unpacker(int destination, std::string strip, Limits limits)
    : reader_(*this), place_(destination), strip_(std::move(strip)), limits_(limits) {}

Result<Unpacked> Unpacker::finish() {
  if (auto whole = reader_.finish(); !whole) return whole.error();
  if (auto durable = place_.make_durable(); !durable) return durable.error();
  std::ranges::sort(result_.files, {}, &UnpackedFile::path);
  if (result_.skipped > max_warnings)
    result_.warnings.back() = "and " + std::to_string(result_.skipped - max_warnings + 1) + " more were left out";
  return std::move(result_);
}

/// The name below the stripped segment, "" for that folder itself; nullopt if it lies elsewhere.
std::optional<std::string_view> Unpacker::below_strip(std::string_view path) const {
  if (strip_.empty()) return path;
  if (path == strip_) return std::string_view{};
  if (!path.starts_with(strip_) || path[strip_.size()] != '/') return std::nullopt;
  return path.substr(strip_.size() + 1);
}

Result<void> Unpacker::skip(TarEntry const& entry, std::string_view why) {
  if (++result_.skipped <= max_warnings)
    result_.warnings.push_back(core::to_display(entry.path) + " was left out: " + std::string(why));
  return {};
}

Result<void> Unpacker::begin(TarEntry const& entry) {
  if (entry.size > static_cast<std::uint64_t>(limits_.max_bytes - announced_))
    return too_large("they are larger than " + core::format_bytes(limits_.max_bytes));
  announced_ += static_cast<std::int64_t>(entry.size);
  std::size_t const itself = strip_.empty() ? 0 : 1;  // the stripped folder has an entry too
  if (++entries_ > limits_.max_files + itself)
    return too_large("there are more than " + std::to_string(limits_.max_files) + " files");
  if (entry.type != EntryType::file && entry.type != EntryType::directory)
    return skip(entry, "it is a " + std::string(to_string(entry.type)) + ", only files and folders are kept");
  auto below = below_strip(entry.path);
  if (!below) return skip(entry, "it lies outside of /" + core::to_display(strip_));
  bool const folder = entry.type == EntryType::directory;
  if (folder && below->ends_with('/')) below->remove_suffix(1);
  if (folder && below->empty() && !strip_.empty()) return {};
  if (auto const* const reason = unsafe(*below, limits_.max_path, limits_.max_depth)) return skip(entry, reason);
  auto done = folder ? place_.make_folder(*below) : begin_file(*below);
  if (!done && done.error().code == Errc::conflict) return skip(entry, "there is something else of this name");
  return done;
}

Result<void> Unpacker::begin_file(std::string_view path) {
  auto file = place_.make_file(path);
  if (!file) return file.error();
  file_ = std::move(*file);
  hash_.emplace();
  result_.files.push_back({.path = std::string(path), .size = 0, .sha256 = {}});
  return {};
}

Result<void> Unpacker::data(std::string_view bytes) {
  if (!file_) return {};  // of an entry that is skipped
  auto& file = result_.files.back();
  hash_->update(bytes);
  file.size += static_cast<std::int64_t>(bytes.size());
  result_.bytes += static_cast<std::int64_t>(bytes.size());
  return write_all(file_.get(), bytes, file.path);
}

Result<void> Unpacker::end() {
  if (!file_) return {};
  auto& file = result_.files.back();
  file.sha256 = hash_->finish();
  hash_.reset();
  auto const whole = std::exchange(file_, core::Fd{});
  return place_.file_done(whole.get(), file.path);
}

}  // namespace archive
