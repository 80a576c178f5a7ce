#include "watch/folder_watch.hpp"

#include <fcntl.h>
#include <sys/inotify.h>

#include <utility>
#include <vector>

#include "aio/sleep.hpp"
#include "core/fd.hpp"
#include "watch/inotify_decode.hpp"

namespace watch {

namespace {

constexpr std::chrono::milliseconds burst{50};  // an editor's save is several events
constexpr std::uint32_t ends = IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT;

}  // namespace

FolderWatch::FolderWatch(asio::any_io_executor executor, std::string path, aio::Worker& pool,
                         std::chrono::milliseconds retry)
    : executor_(std::move(executor)), path_(std::move(path)), pool_(pool), retry_(retry) {}

awaitable<bool> FolderWatch::arm() {
  auto inotify = Inotify::open(executor_);
  if (!inotify) co_return false;
  auto work = [path = path_, &inotify = **inotify] {
    core::Fd const directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return directory && inotify.add(directory.get()) >= 0;
  };
  if (!co_await pool_.run(std::move(work))) co_return false;
  inotify_ = std::move(*inotify);
  co_return true;
}

awaitable<void> FolderWatch::next_change() {
  if (inotify_) {
    co_await wait_for_events();
    co_return;
  }
  // Not `while (!co_await arm()) co_await ...`: g++ 12 makes a trap (ud2) of that.
  for (;;) {
    bool const armed = co_await arm();
    if (armed) co_return;
    co_await aio::sleep_for(retry_);
  }
}

awaitable<void> FolderWatch::wait_for_events() {
  std::vector<std::byte> buffer(64 * 1024);
  auto got = co_await inotify_->read(buffer);
  co_await aio::sleep_for(burst);
  bool ended = false;
  for (;;) {
    InotifyDecoder decoder(std::span<std::byte const>(buffer).first(got));
    while (auto const event = decoder.next()) ended = ended || (event->name.empty() && (event->mask & ends) != 0);
    got = inotify_->read_ready(buffer);
    if (got == 0) break;
  }
  if (ended) inotify_.reset();  // the next call looks for what is at the path then
}

}  // namespace watch
