#include "watch/tree_scan.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "watch/default_ignores.hpp"
#include "watch/inotify.hpp"

namespace watch {

TreeScan::TreeScan(Root const& root, Inotify const* inotify, std::string prefix)
    : root_(root), inotify_(inotify), path_(std::move(prefix)) {}

ScanBatch TreeScan::next() {
  ScanBatch batch;
  if (!std::exchange(begun_, true)) begin(batch);
  while (!levels_.empty() && batch.entries.size() < batch_size) step(batch);
  batch.done = levels_.empty();
  batch.totals = totals_;
  return batch;
}

void TreeScan::begin(ScanBatch& batch) {
  auto opened = root_.open_dir(path_, O_RDONLY);
  if (opened.fd) {
    enter(std::move(opened.fd), batch);
  } else if (opened.absent()) {
    totals_.absent = true;
  } else {
    refused(opened.error, batch);
  }
}

void TreeScan::step(ScanBatch& batch) {
  auto& level = levels_.back();
  path_.resize(level.prefix_length);
  if (level.next == level.names.size()) {
    levels_.pop_back();
    return;
  }
  auto const entry = level.names[level.next++];
  char const* const name = level.text.data() + entry.offset;
  bool const tree = name[entry.length - 1] == '/';
  if (entry.type == DT_UNKNOWN) {
    put(batch, tree ? ScanEntry::Kind::unknown_tree : ScanEntry::Kind::unknown, path_ + name);
    totals_.unreadable += tree ? 0 : 1;  // such a name is listed twice, once for each thing that it may be
  } else if (tree) {
    descend(level.fd.get(), std::string(name, entry.length - std::size_t{1}), batch);
  } else {
    take_file(level, name, batch);
  }
}

void TreeScan::take_file(Level const& level, char const* name, ScanBatch& batch) {
  struct ::statx status {};
  int const error = status_of(level.fd.get(), name, status);
  if (error == ENOENT) return;  // gone since the reading, and the watch has told
  if (error != 0) {
    ++totals_.unreadable;
    put(batch, ScanEntry::Kind::unknown, path_ + name);
  } else if (S_ISREG(status.stx_mode)) {
    ++totals_.files;
    put(batch, ScanEntry::Kind::file, path_ + name);
    batch.entries.back().version = version_of(status);
  } else {
    put(batch, ScanEntry::Kind::unknown, path_ + name);  // replaced since the reading: an event says by what
  }
}

void TreeScan::descend(int parent_fd, std::string const& name, ScanBatch& batch) {
  path_ += name;
  path_ += '/';
  int const fd = open_below(parent_fd, name.c_str(), O_RDONLY | O_DIRECTORY);
  if (fd >= 0) {
    enter(core::Fd(fd), batch);
  } else if (fd != -ENOENT) {
    refused(-fd, batch);
  }
}

void TreeScan::refused(int error, ScanBatch& batch) {
  if (error == EXDEV)
    ++totals_.other_mounts;
  else
    ++totals_.unreadable;
  put(batch, ScanEntry::Kind::unknown_tree, path_);
}

void TreeScan::enter(core::Fd fd, ScanBatch& batch) {
  int const wd = inotify_ != nullptr ? inotify_->add(fd.get()) : -ENOSPC;
  if (wd < 0) {
    ++totals_.unwatched;
    totals_.watch_error = -wd;
  }
  Level level;
  level.fd = std::move(fd);
  level.prefix_length = path_.size();
  put(batch, ScanEntry::Kind::directory, path_);
  batch.entries.back().wd = wd >= 0 ? wd : -1;
  if (int const error = read_names(level); error != 0) {
    refused(error, batch);
    return;
  }
  ++totals_.directories;
  totals_.empty = levels_.empty() && totals_.directories == 1 && level.text.empty();
  levels_.push_back(std::move(level));
}

int TreeScan::read_names(Level& level) const {
  alignas(::dirent64) std::array<char, 64 * 1024> buffer;
  for (;;) {
    auto const got = ::syscall(SYS_getdents64, level.fd.get(), buffer.data(), buffer.size());
    if (got < 0) return errno;
    if (got == 0) break;
    for (std::ptrdiff_t at = 0; at < got;) {
      auto const* const entry = buffer.data() + at;
      std::uint16_t length = 0;
      std::memcpy(&length, entry + offsetof(::dirent64, d_reclen), sizeof length);
      add_name(level, entry + offsetof(::dirent64, d_name),
               static_cast<unsigned char>(entry[offsetof(::dirent64, d_type)]));
      at += length;
    }
  }
  auto const text = [&](Name const& name) { return std::string_view(level.text.data() + name.offset, name.length); };
  std::sort(level.names.begin(), level.names.end(), [&](Name const& a, Name const& b) { return text(a) < text(b); });
  return 0;
}

void TreeScan::add_name(Level& level, char const* name, unsigned char type) const {
  std::string_view const view(name);
  if (view == "." || view == "..") return;
  if (type == DT_UNKNOWN) {  // a file system that does not tell types in its listing
    struct ::statx status {};
    int const error = status_of(level.fd.get(), name, status);
    if (error == ENOENT) return;
    if (error == 0) type = S_ISREG(status.stx_mode) ? DT_REG : S_ISDIR(status.stx_mode) ? DT_DIR : DT_LNK;
  }
  auto const append = [&](bool slash) {
    auto const offset = static_cast<std::uint32_t>(level.text.size());
    level.text.append(view);
    if (slash) level.text += '/';
    level.text += '\0';
    level.names.push_back({offset, static_cast<std::uint16_t>(view.size() + (slash ? 1 : 0)), type});
  };
  if (!default_ignored(view).empty()) {
    if (level.text.empty()) level.text += '\0';  // an ignored entry still shows that the directory is not empty
    return;
  }
  if (type == DT_REG || type == DT_UNKNOWN) append(false);
  if (type == DT_DIR || type == DT_UNKNOWN) append(true);
  if (level.text.empty()) level.text += '\0';
}

void TreeScan::put(ScanBatch& batch, ScanEntry::Kind kind, std::string key) const {
  ScanEntry entry;
  entry.kind = kind;
  entry.key = std::move(key);
  batch.entries.push_back(std::move(entry));
}

}  // namespace watch
