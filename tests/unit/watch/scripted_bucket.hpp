#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aio/event.hpp"
#include "aio/task_group.hpp"
#include "core/time.hpp"
#include "support/fake_pass_ledger.hpp"
#include "support/run_coro.hpp"
#include "watch/s3_source.hpp"

namespace scripted {

using namespace std::chrono_literals;
using domain::ChangeKind;
using watch::awaitable;

inline domain::Version object(std::string etag, std::int64_t size = 10, std::int64_t second = 1000) {
  domain::Version version;
  version.size = size;
  version.mtime_ns = second * 1'000'000'000;
  version.etag = std::move(etag);
  return version;
}

/// A bucket in memory whose answers a test can spoil, one by one.
class Bucket final : public watch::Bucket {
 public:
  std::map<std::string, domain::Version> objects;
  std::size_t page_size = 3;
  bool ignores_start_after = false;
  bool unsorted = false;  ///< in the order of the keys' last bytes, whatever is asked for
  bool circles = false;   ///< unsorted: its token leads back to the first page
  int latency = 0;        ///< turns of the loop
  std::int64_t waiting = 0;
  std::int64_t slow_downs = 0;  ///< that the server asked for
  int under_way = 0, most_under_way = 0;
  /// Answers in place of the next listings, in order; nullopt: the true one.
  std::deque<std::optional<core::Result<watch::ListedPage>>> spoiled;
  std::function<void(std::string const& after)> before_page;  ///< what others do meanwhile
  std::optional<core::Error> head_error;
  std::vector<std::string> afters, tokens;  ///< of every listing
  std::vector<std::string> heads;

  awaitable<core::Result<watch::ListedPage>> list(watch::ListRequest request) override {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    most_under_way = std::max(most_under_way, ++under_way);
    for (int i = 0; i < latency; ++i)
      co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    --under_way;
    auto const& [prefix, after, token, ordered] = request;
    if (unsorted) co_return unsorted_page(request);
    afters.push_back(after);
    tokens.push_back(token);
    if (before_page) before_page(after);
    if (!spoiled.empty()) {
      auto answer = std::move(spoiled.front());
      spoiled.pop_front();
      if (answer) co_return std::move(*answer);
    }
    auto const place = token.empty() ? after : token.substr(std::string("behind ").size());
    if (!ignores_start_after || !token.empty()) co_return page(prefix, place);
    auto first = page(prefix, "");
    if (!after.empty() && !first.objects.empty() && first.objects.front().key <= after)
      co_return core::Error{core::Errc::protocol, "a key lies before start-after", prefix, {}};
    co_return first;
  }
  awaitable<core::Result<domain::Version>> head(std::string key) override {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    heads.push_back(key);
    if (head_error) co_return *head_error;
    auto const at = objects.find(key);
    if (at == objects.end()) co_return core::Error{core::Errc::not_found, "head: 404", key, {}};
    co_return at->second;
  }
  watch::BucketUsage usage() const override { return {std::ssize(afters), std::ssize(heads), 0, slow_downs, waiting}; }

  watch::ListedPage page(std::string const& prefix, std::string const& after) const {
    watch::ListedPage page;
    auto at = after < prefix ? objects.lower_bound(prefix) : objects.upper_bound(after);
    for (; at != objects.end() && at->first.starts_with(prefix) && page.objects.size() < page_size; ++at)
      page.objects.push_back({at->first, at->second});
    page.truncated = at != objects.end() && at->first.starts_with(prefix);
    if (page.truncated) page.token = "behind " + page.objects.back().key;
    return page;
  }
  core::Result<watch::ListedPage> unsorted_page(watch::ListRequest const& request) {
    afters.push_back(request.after);
    tokens.push_back(request.token);
    if (request.ordered) return core::Error{core::Errc::protocol, "the keys do not ascend", request.prefix, {}};
    std::vector<watch::ListedObject> all;
    for (auto const& [key, version] : objects) all.push_back({key, version});
    std::ranges::sort(all, {}, [](auto const& o) { return std::string(o.key.rbegin(), o.key.rend()); });
    std::size_t const first = request.token.empty() || circles ? 0 : std::stoul(request.token);
    watch::ListedPage page;
    for (std::size_t i = first; i < std::min(first + page_size, all.size()); ++i) page.objects.push_back(all[i]);
    page.truncated = first + page_size < all.size();
    if (page.truncated) page.token = std::to_string(first + page_size);
    return page;
  }
};

inline core::Error error(core::Errc code, std::string operation) {
  return {code, std::move(operation), "s3://lab-data/", "what to do"};
}

/// One source on a scripted bucket; each life of it runs until what is waited for has happened.
class World {
 public:
  Bucket bucket;
  support::FakePassLedger ledger;
  watch::S3Settings settings;
  std::string prefix;
  std::unique_ptr<watch::S3Source> source;

  World() {
    settings.every = 1h;
    settings.retry_first = 1ms;
    settings.retry_last = 2ms;
    settings.breaker_hold = 0ms;
  }

  /// Runs a life of the source until `done`.
  void until(std::function<bool()> done) {
    boost::asio::io_context io{1};
    core::SystemClock const clock;
    source = std::make_unique<watch::S3Source>(io.get_executor(), prefix, bucket, ledger, clock, settings);
    auto body = [&]() -> awaitable<void> {
      auto tasks = [&](aio::TaskGroup& group) -> awaitable<void> {
        group.spawn([this] { return source->run(); });
        group.spawn([&]() -> awaitable<void> {
          do co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
          while (!done());
          health = source->health();
          group.stop();
        });
        co_await group.join();
      };
      co_await aio::with_task_group(std::move(tasks));
    };
    try {
      support::run_coro(io, std::move(body));
    } catch (support::FakePassLedger::Killed const&) {
      ledger.die_after_commits = -1;
    } catch (...) {
      source.reset();
      throw;
    }
    source.reset();
  }
  /// So many passes, each in a life of its own, which begins with one.
  void passes(int count) {
    for (int i = 0; i < count; ++i) until([this] { return source->health().scans >= 1; });
  }
  /// The inventory holds exactly what the bucket does, and nothing of it is marked.
  void expect_same() const {
    std::set<std::string> wanted;
    for (auto const& [key, version] : bucket.objects) wanted.insert(key);
    EXPECT_EQ(ledger.items.keys(), wanted);
    for (auto const& [key, row] : ledger.items.rows) EXPECT_EQ(row.missing, 0) << key;
  }
  [[nodiscard]] int count(ChangeKind kind) const { return ledger.items.count(kind); }

  watch::SourceHealth health;  ///< when the last life ended
};

}  // namespace scripted
