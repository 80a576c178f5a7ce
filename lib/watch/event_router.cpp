#include "watch/event_router.hpp"

#include <sys/inotify.h>

#include <utility>

#include "watch/default_ignores.hpp"

namespace watch {

namespace {

Trace trace_of(std::uint32_t mask) noexcept {
  if ((mask & IN_CREATE) != 0) return Trace::created;
  if ((mask & IN_MODIFY) != 0) return Trace::modified;
  if ((mask & IN_CLOSE_WRITE) != 0) return Trace::closed;
  if ((mask & IN_MOVED_TO) != 0) return Trace::moved_in;
  return Trace::touched;
}

}  // namespace

void EventRouter::handle(RawEvent const& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) return outside_.on_overflow();
  std::string path;
  if (!map_.append_prefix(event.wd, path)) return keep_early(event);
  if (event.name.empty()) return handle_self(event, path);
  if (!default_ignored(event.name).empty()) return;
  path += event.name;
  if ((event.mask & IN_ISDIR) != 0) return handle_directory(event, path + '/');
  touched_.key(path);
  outside_.on_file(std::move(path), trace_of(event.mask));
}

void EventRouter::keep_early(RawEvent const& event) {
  if (!touched_.scanning()) {  // an old watch that was dropped: its last events
    early_.clear();
    early_count_ = 0;
    return;
  }
  if (++early_count_ > early_limit) {
    if (early_count_ == early_limit + 1) outside_.on_overflow();
    return;
  }
  early_[event.wd].push_back({event.mask, std::string(event.name)});
}

void EventRouter::handle_self(RawEvent const& event, std::string const& prefix) {
  if ((event.mask & IN_IGNORED) != 0) map_.close(event.wd);
  constexpr std::uint32_t ends = IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT;
  if (prefix.empty()) {
    if ((event.mask & ends) != 0) outside_.on_root();
    return;
  }
  // The parent tells of deletes and moves. A watch that ended otherwise (unmounted, or dropped while the directory came
  // back under another name) leaves a directory that must be armed again.
  if ((event.mask & (IN_IGNORED | IN_UNMOUNT)) != 0) {
    touched_.tree(prefix);
    outside_.on_directory(prefix);
  }
}

void EventRouter::handle_directory(RawEvent const& event, std::string prefix) {
  constexpr std::uint32_t moves = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
  if ((event.mask & moves) == 0 && map_.contains(prefix)) return;  // ATTRIB of one that we can read already
  if ((event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0) drop(map_.remove(prefix));
  touched_.tree(prefix);
  outside_.on_directory(std::move(prefix));
}

void EventRouter::armed(std::string const& prefix, int wd) {
  map_.add(prefix, wd);
  auto const early = early_.extract(wd);
  if (!early) return;
  early_count_ -= early.mapped().size();
  for (auto const& [mask, name] : early.mapped()) {
    RawEvent event;
    event.wd = wd;
    event.mask = mask;
    event.name = name;
    handle(event);
  }
}

void EventRouter::gone(std::string const& prefix) {
  drop(map_.remove(prefix));
}

}  // namespace watch
