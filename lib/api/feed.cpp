#include "api/feed.hpp"

#include <boost/json/serialize.hpp>

#include "aio/sleep.hpp"
#include "api/json.hpp"

namespace api {

namespace {

using namespace std::chrono_literals;
using Moment = std::chrono::steady_clock;

constexpr std::int64_t kept_most = 1024;
constexpr auto gather = 10ms;  ///< commits that come in a burst are read together
constexpr auto status_pause = 1s;

Feed::EntryPtr to_entry(store::FeedRow const& row) {
  auto entry = std::make_shared<Feed::Entry>();
  entry->seq = row.seq;
  entry->run = row.run;
  entry->pipeline = row.pipeline;
  entry->json = json::serialize(to_json(row));
  return entry;
}

std::vector<Feed::EntryPtr> to_entries(std::vector<store::FeedRow> const& rows) {
  std::vector<Feed::EntryPtr> entries;
  entries.reserve(rows.size());
  for (auto const& row : rows) entries.push_back(to_entry(row));
  return entries;
}

}  // namespace

Feed::Follower::Follower(Feed& feed)
    : feed_(feed), news_(feed.executor_), place_(feed.followers_.insert(feed.followers_.end(), this)) {
  feed_.wake_.set();
}

Feed::Follower::~Follower() {
  feed_.followers_.erase(place_);
}

Feed::Feed(boost::asio::any_io_executor executor, orchestrator::Services& services, std::function<std::size_t()> active)
    : executor_(std::move(executor)), services_(services), active_(std::move(active)), wake_(executor_) {
  services_.database.on_commit([this] {
    if (!followers_.empty()) wake_.set();
  });
}

awaitable<void> Feed::run() {
  bool status_waits = false;  // there was a commit since it was read
  for (;;) {
    if (status_waits)
      (void)co_await wake_.wait_until(next_status_);
    else
      co_await wake_.wait();
    if (followers_.empty()) {
      status_waits = false;
      continue;
    }
    auto news = co_await read_entries();
    status_waits = Moment::now() < next_status_;
    if (!status_waits) {
      bool const changed = co_await read_status();
      news = news || changed;
    }
    if (news) wake_followers();
    co_await aio::sleep_for(gather);
  }
}

awaitable<bool> Feed::read_entries() {
  auto query = [last = kept_.empty() ? 0 : kept_.back()->seq](sql::Connection& db) {
    auto const from = std::max(last, store::feed_end(db) - kept_most);
    return to_entries(store::feed_after(db, from, kept_most));
  };
  auto entries = co_await services_.database.read(std::move(query));
  if (entries.empty()) co_return false;
  if (!kept_.empty() && entries.front()->seq != kept_.back()->seq + 1) kept_.clear();
  kept_.insert(kept_.end(), entries.begin(), entries.end());
  while (kept_.size() > static_cast<std::size_t>(kept_most)) kept_.pop_front();
  co_return true;
}

awaitable<bool> Feed::read_status() {
  auto query = [](sql::Connection& db) { return store::count_waiting(db); };
  auto const waiting = co_await services_.database.read(std::move(query));
  next_status_ = Moment::now() + status_pause;
  auto const active = active_();
  if (waiting == shown_waiting_ && active == shown_active_) co_return false;
  shown_waiting_ = waiting;
  shown_active_ = active;
  json::object object;
  object["active"] = active;
  object["waiting"] = waiting;
  object["now"] = to_json(std::optional(services_.clock.wall()));
  status_ = std::make_shared<std::string const>(json::serialize(object));
  co_return true;
}

awaitable<std::vector<Feed::EntryPtr>> Feed::after(std::int64_t seq, std::size_t limit) {
  if (!kept_.empty() && seq >= kept_.front()->seq - 1) {
    auto const behind = static_cast<std::size_t>(std::max<std::int64_t>(kept_.back()->seq - seq, 0));
    auto const first = kept_.end() - static_cast<std::ptrdiff_t>(behind);
    co_return std::vector<EntryPtr>(first, first + static_cast<std::ptrdiff_t>(std::min(behind, limit)));
  }
  auto query = [seq, limit](sql::Connection& db) { return to_entries(store::feed_after(db, seq, limit)); };
  co_return co_await services_.database.read(std::move(query));
}

awaitable<store::FeedBounds> Feed::bounds() {
  auto query = [](sql::Connection& db) { return store::feed_bounds(db); };
  return services_.database.read(std::move(query));
}

}  // namespace api
