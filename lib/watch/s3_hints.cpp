#include "watch/s3_hints.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"

namespace watch {

/// A page of hints on its way through the lanes.
struct S3Hints::Looks {
  Looks(LookSite& of, std::vector<Hint> page) : site(of), hints(std::move(page)) {}
  ~Looks() {
    for (auto const& key : begun) site.end_look(key);
  }
  Looks(Looks const&) = delete;
  Looks& operator=(Looks const&) = delete;

  LookSite& site;
  std::vector<Hint> hints;
  std::size_t next = 0;  ///< the hint that no lane has taken yet
  std::vector<std::string> begun;
  std::map<std::string, std::optional<domain::Version>> seen;  ///< nullopt: 404
  std::vector<Hint> handled;
  bool crowded = false;               ///< a key could not be set aside
  std::optional<core::Error> away;    ///< the server gave no answer
  std::optional<core::Error> denied;  ///< it refused to tell about one key
};

S3Hints::S3Hints(boost::asio::any_io_executor executor, Parts parts, HintSettings settings)
    : parts_(parts), settings_(settings), wake_(std::move(executor)), backoff_(settings.retry_first) {}

awaitable<void> S3Hints::run() {
  std::string after;
  for (;;) {
    auto page = co_await parts_.hints.load_hints(after, settings_.page);
    if (page.empty()) {
      if (after.empty()) co_await wake_.wait();
      after.clear();
      continue;
    }
    // A key that is said again and again must not keep the others waiting: round and round, in the order of keys.
    after = page.size() < settings_.page ? std::string() : page.back().key;
    auto const pause = co_await handle(std::move(page));
    if (pause.count() > 0) co_await aio::sleep_for(pause);
  }
}

awaitable<HintSettings::Wait> S3Hints::handle(std::vector<Hint> page) {
  Looks looks(parts_.site, std::move(page));
  auto body = [this, &looks](aio::TaskGroup& lanes) -> awaitable<void> {
    for (std::size_t i = 0; i < std::min(settings_.lanes, looks.hints.size()); ++i)
      lanes.spawn([this, &looks] { return look_along(looks); });
    co_await lanes.join();
  };
  co_await aio::with_task_group(std::move(body));
  co_await commit(looks);
  co_return pause_after(looks);
}

awaitable<void> S3Hints::look_along(Looks& looks) {
  while (looks.next < looks.hints.size() && !looks.crowded && !looks.away) {
    auto const hint = looks.hints[looks.next++];
    if (!parts_.site.begin_look(hint.key)) {
      looks.crowded = true;
      co_return;
    }
    looks.begun.push_back(hint.key);
    auto found = co_await parts_.bucket.head(hint.key);
    using core::Errc;
    auto const code = found ? Errc::internal : found.error().code;
    if (found) {
      looks.seen.emplace(hint.key, std::move(*found));
    } else if (code == Errc::not_found) {
      looks.seen.emplace(hint.key, std::nullopt);
    } else if (code == Errc::unavailable || code == Errc::timeout || code == Errc::protocol || code == Errc::io) {
      looks.away = found.error();
      co_return;
    } else {
      looks.denied = found.error();  // it would be denied again: one key must not hold up the others
    }
    looks.handled.push_back(hint);
  }
}

awaitable<void> S3Hints::commit(Looks& looks) {
  std::vector<std::string> keys;
  for (auto const& [key, version] : looks.seen) keys.push_back(key);
  std::map<std::string, KnownItem> known;
  if (!keys.empty()) {
    auto rows = co_await parts_.ledger.find(std::move(keys));
    for (auto& row : rows) known.emplace(row.key, std::move(row));
  }
  std::vector<Observation> fresh;
  std::vector<std::string> changed, told;  // told: known already, and a listing may have been first
  bool gone = false;
  for (auto& [key, version] : looks.seen) {
    auto const row = known.find(key);
    bool const absent = !version || is_folder_marker(key, version->size);
    gone = gone || (absent && row != known.end());
    if (absent) continue;
    bool const equal = row != known.end() && domain::compare(row->second.version, *version) == domain::Difference::none;
    (equal ? told : changed).push_back(key);
    if (equal && row->second.missing == 0) continue;
    Observation observation;
    observation.key = key;
    observation.found = std::move(version);
    fresh.push_back(std::move(observation));
  }
  if (!fresh.empty()) co_await parts_.ledger.commit(std::move(fresh));
  auto const now = parts_.clock.steady();
  for (auto const& key : changed) parts_.misses.found_by_hint(key, now);
  for (auto const& key : told) parts_.misses.hinted(key, now);
  if (!looks.handled.empty()) co_await parts_.hints.erase_hints(std::move(looks.handled));
  if (gone)
    ask_for_pass("a hint came for an object that is gone");
  else if (looks.denied)
    ask_for_pass("a hint's object could not be looked at by itself: " + looks.denied->message());
}

HintSettings::Wait S3Hints::pause_after(Looks const& looks) {
  trouble_.clear();
  if (looks.away) {
    trouble_ = "hints wait: " + looks.away->message();
    auto const pause = backoff_ * std::uniform_int_distribution(80, 120)(jitter_) / 100;
    backoff_ = std::min(backoff_ * 2, settings_.retry_last);
    return pause;
  }
  backoff_ = settings_.retry_first;
  return looks.crowded ? settings_.crowded : HintSettings::Wait(0);
}

void S3Hints::ask_for_pass(std::string reason) {
  auto const now = parts_.clock.steady();
  if (asked_ && now - *asked_ < settings_.between_passes) return;
  asked_ = now;
  parts_.site.request_scan(std::move(reason));
}

}  // namespace watch
