#include "orchestrator/upload.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "archive/make_tar.hpp"
#include "archive/tar_block.hpp"
#include "archive/tar_reader.hpp"
#include "core/fd.hpp"
#include "orchestrator/attempt_files.hpp"

namespace orchestrator {

using core::Errc;
using core::Error;
using core::Result;

namespace {

constexpr std::size_t longest_list = std::size_t{1} << 20;

/// A header for a member, with GNU's long name before it where it needs one.
std::string header(std::string path, std::uint64_t size, unsigned mode, bool is_folder) {
  constexpr std::size_t longest_name = 100;
  if (is_folder) path += '/';
  std::string text;
  if (path.size() > longest_name) {
    text += archive::format_block({.path = "././@LongLink", .size = path.size() + 1, .mode = 0644, .type = 'L'});
    text += path;
    text.append(1 + static_cast<std::size_t>(archive::padding_of(path.size() + 1)), '\0');
  }
  text += archive::format_block({.path = path, .size = size, .mode = mode, .type = is_folder ? '5' : '0'});
  return text;
}

Error unusable(Error error) {
  error.code = Errc::invalid;
  return error;
}

/// The first regular file of an archive.
class OneFile final : public archive::TarSink {
 public:
  explicit OneFile(std::size_t limit) : limit_(limit) {}

  Result<void> begin(archive::TarEntry const& entry) override {
    taking_ = entry.type == archive::EntryType::file && !found_;
    found_ = found_ || taking_;
    return {};
  }
  Result<void> data(std::string_view bytes) override {
    if (!taking_) return {};
    bytes_ += bytes.substr(0, limit_ - bytes_.size());
    if (bytes_.size() < limit_) return {};
    is_full_ = true;
    return Error{Errc::too_large, "read file: it is too large", {}, {}};  // what follows is not waited for
  }
  Result<void> end() override {
    taking_ = false;
    return {};
  }

  [[nodiscard]] bool is_found() const noexcept { return found_; }
  [[nodiscard]] bool is_full() const noexcept { return is_full_; }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::size_t limit_;
  std::string bytes_;
  bool taking_ = false, found_ = false, is_full_ = false;
};

}  // namespace

std::string encode_uploads(std::vector<UploadMember> const& members) {
  std::string text;
  for (auto const& member : members) {
    text += member.target + '\0';
    text += member.source + '\0';
    text += std::to_string(member.mode) + '\0';
  }
  return text;
}

std::vector<UploadMember> decode_uploads(std::string_view text) {
  std::vector<UploadMember> members;
  auto const field = [&text]() -> std::optional<std::string> {
    auto const end = text.find('\0');
    if (end == text.npos) return std::nullopt;
    std::string value(text.substr(0, end));
    text.remove_prefix(end + 1);
    return value;
  };
  while (!text.empty()) {
    auto target = field();
    auto source = field();
    auto const mode = field();
    if (!mode || mode->empty() || mode->find_first_not_of("0123456789") != mode->npos || mode->size() > 4) return {};
    members.push_back({std::move(*target), std::move(*source), static_cast<unsigned>(std::stoul(*mode))});
  }
  return members;
}

Result<UploadTar> UploadTar::open(std::vector<UploadMember> const& members) {
  UploadTar tar;
  std::uint64_t padding = 0;  // of the file before
  for (auto const& member : members) {
    Part part;
    part.name = member.source;
    if (!member.source.empty()) {
      part.file = core::Fd(::open(member.source.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
      struct stat status {};
      if (!part.file || ::fstat(part.file.get(), &status) != 0)
        return unusable(core::from_errno(errno, "open for the engine", member.source));
      if (!S_ISREG(status.st_mode))
        return Error{Errc::invalid, "open for the engine: it is not a regular file", member.source, {}};
      part.file_size = static_cast<std::uint64_t>(status.st_size);
    }
    part.bytes.assign(static_cast<std::size_t>(padding), '\0');
    part.bytes += header(member.target, part.file_size, member.mode, member.source.empty());
    padding = archive::padding_of(part.file_size);
    tar.size_ += part.bytes.size() + part.file_size;
    tar.parts_.push_back(std::move(part));
  }
  Part end;
  end.bytes.assign(static_cast<std::size_t>(padding) + 2 * archive::block_size, '\0');
  tar.size_ += end.bytes.size();
  tar.parts_.push_back(std::move(end));
  return tar;
}

Result<std::string> UploadTar::next(std::size_t most) {
  std::string piece;
  while (part_ < parts_.size() && piece.size() < most) {
    Part& part = parts_[part_];
    auto const room = most - piece.size();
    if (done_ < part.bytes.size()) {
      auto const bytes = std::string_view(part.bytes).substr(static_cast<std::size_t>(done_), room);
      piece += bytes;
      done_ += bytes.size();
      continue;
    }
    auto const left = part.bytes.size() + part.file_size - done_;
    if (left == 0) {
      ++part_;
      done_ = 0;
      continue;
    }
    auto const old = piece.size();
    piece.resize(old + static_cast<std::size_t>(std::min<std::uint64_t>(room, left)));
    auto const got = ::read(part.file.get(), piece.data() + old, piece.size() - old);
    piece.resize(old + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unusable(core::from_errno(errno, "read for the engine", part.name));
    if (got == 0)
      return Error{Errc::invalid, "read for the engine: it became shorter while it was sent", part.name, {}};
    done_ += static_cast<std::uint64_t>(got);
  }
  return piece;
}

awaitable<Result<void>> upload(Services& services, std::string container_id, std::filesystem::path attempt_dir,
                               bool const& is_cancelled) {
  auto open = [list = attempt_dir / "uploads"]() -> Result<std::shared_ptr<UploadTar>> {
    auto const members = decode_uploads(read_bounded(list, longest_list));
    if (members.empty())
      return Error{
          Errc::invalid, "read what the container is to be given: the list is gone or damaged", list.string(), {}};
    auto tar = UploadTar::open(members);
    if (!tar) return tar.error();
    return std::make_shared<UploadTar>(std::move(*tar));
  };
  auto const opened = co_await services.pool.run(std::move(open));
  if (!opened) co_return opened.error();
  docker::TarSource source;
  source.size = (*opened)->size();
  source.next = [&services, tar = *opened, &is_cancelled](std::size_t most) -> awaitable<Result<std::string>> {
    if (is_cancelled) co_return Error{Errc::conflict, "cancelled while its files were sent to the engine", {}, {}};
    auto read = [tar, most] { return tar->next(most); };
    co_return co_await services.pool.run(std::move(read));
  };
  co_return co_await services.engine.put_archive_stream(container_id, "/", std::move(source));
}

awaitable<Result<std::string>> fetch_file(Services& services, std::string container_id, std::string path,
                                          std::size_t limit) {
  OneFile file(limit);
  archive::TarReader reader(file);
  docker::Engine::ByteSink sink = [&reader](std::string_view bytes) -> awaitable<Result<void>> {
    co_return reader.feed(bytes);
  };
  auto const fetched = co_await services.engine.get_archive(container_id, path, std::move(sink));
  if (file.is_full()) co_return file.take();
  if (!fetched) co_return fetched.error();
  if (auto const whole = reader.finish(); !whole)
    co_return Error{Errc::protocol, "read " + path + " of the container: the archive was cut", container_id, {}};
  if (!file.is_found())
    co_return Error{Errc::not_found, "read " + path + " of the container: it is no file", container_id, {}};
  co_return file.take();
}

awaitable<void> give_up_command(Services& services, std::string container_id) {
  auto tar =
      archive::make_tar({{.path = ".tidewheel/command", .folder = false, .mode = 0644, .bytes = {}}}, {}).value();
  (void)co_await services.engine.put_archive(container_id, "/", std::move(tar));
}

}  // namespace orchestrator
