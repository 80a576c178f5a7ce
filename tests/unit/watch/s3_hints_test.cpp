#include "watch/s3_hints.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/watch/scripted_bucket.hpp"

namespace watch {
namespace {

using namespace std::chrono_literals;
using core::Errc;
using domain::ChangeKind;
using scripted::object;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

/// Stored hints in memory, with the rules of HintLedger.
class FakeHints final : public HintLedger {
 public:
  std::map<std::string, std::int64_t> rows;
  int loads = 0;
  void say(std::string const& key) { ++rows[key]; }
  awaitable<std::vector<Hint>> load_hints(std::string after, std::size_t limit) override {
    ++loads;
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    std::vector<Hint> page;
    for (auto at = rows.upper_bound(after); at != rows.end() && page.size() < limit; ++at)
      page.push_back({at->first, at->second});
    co_return page;
  }
  awaitable<void> erase_hints(std::vector<Hint> handled) override {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    for (auto const& hint : handled)
      if (auto const at = rows.find(hint.key); at != rows.end() && at->second == hint.times) rows.erase(at);
  }
};

/// What the hints' bucket does while a HEAD is under way, counted.
class Watched final : public Bucket {
 public:
  explicit Watched(scripted::Bucket& bucket) : bucket_(bucket) {}
  std::function<void(std::string const&)> during_head;
  /// An answer that is made already goes out only when this says so, or after many turns of the loop.
  std::function<bool()> hold_page, hold_head;
  int under_way = 0, most_under_way = 0;
  awaitable<core::Result<ListedPage>> list(ListRequest request) override {
    auto page = co_await bucket_.list(std::move(request));
    co_await hold(hold_page);
    co_return page;
  }
  awaitable<core::Result<domain::Version>> head(std::string key) override {
    most_under_way = std::max(most_under_way, ++under_way);
    std::string copy = key;
    auto found = co_await bucket_.head(std::move(key));
    if (during_head) during_head(copy);
    co_await hold(hold_head);
    --under_way;
    co_return found;
  }
  BucketUsage usage() const override { return bucket_.usage(); }

 private:
  static awaitable<void> hold(std::function<bool()> const& held) {
    for (int turn = 0; held && held() && turn < 10'000; ++turn)
      co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
  }

  scripted::Bucket& bucket_;
};

/// An S3Source that lists once, and the hints beside it.
class S3HintsTest : public testing::Test {
 protected:
  scripted::Bucket bucket;
  Watched watched{bucket};
  support::FakePassLedger ledger;
  FakeHints hints;
  MissRatio misses;
  HintSettings settings;
  S3Settings source_settings;
  core::SystemClock clock;
  std::unique_ptr<S3Source> source;
  std::unique_ptr<S3Hints> looker;

  S3HintsTest() {
    source_settings.every = 1h;
    settings.retry_first = 1ms;
    settings.retry_last = 2ms;
    settings.crowded = 1ms;
  }
  [[nodiscard]] bool listed() const { return source->health().scans >= 1; }

  void until(std::function<bool()> done, std::function<void()> each_turn = {}) {
    boost::asio::io_context io{1};
    source = std::make_unique<S3Source>(io.get_executor(), "", watched, ledger, clock, source_settings);
    S3Hints::Parts const parts{watched, ledger, hints, *source, misses, clock};
    looker = std::make_unique<S3Hints>(io.get_executor(), parts, settings);
    auto body = [&]() -> awaitable<void> {
      auto tasks = [&](aio::TaskGroup& group) -> awaitable<void> {
        group.spawn([this] { return source->run(); });
        group.spawn([this] { return looker->run(); });
        group.spawn([&]() -> awaitable<void> {
          while (!done()) {
            if (each_turn) each_turn();
            co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
          }
          group.stop();
        });
        co_await group.join();
      };
      co_await aio::with_task_group(std::move(tasks));
    };
    support::run_coro(io, std::move(body));
    looker.reset();
    source.reset();
  }
  /// A life that listed everything and then gets these hints.
  void hint_after_listing(std::vector<std::string> const& keys, std::function<void()> before = {}) {
    bool said = false;
    until([&] { return said && hints.rows.empty(); },
          [&] {
            if (said || !listed()) return;
            if (before) before();
            for (auto const& key : keys) hints.say(key);
            looker->arrived();
            said = true;
          });
  }
};

TEST_F(S3HintsTest, a_hint_commits_what_a_head_finds_long_before_the_next_listing) {
  bucket.objects["a"] = object("one");
  hint_after_listing({"a", "b", "nothing"}, [&] {
    bucket.objects["a"] = object("two");
    bucket.objects["b"] = object("new");
  });
  EXPECT_EQ(ledger.items.count("a"), 2);
  EXPECT_EQ(ledger.items.count("b"), 1);
  EXPECT_EQ(ledger.items.changes.size(), 3U);
  EXPECT_EQ(misses.figures(clock.steady()).changes, 2);
}

TEST_F(S3HintsTest, hints_of_an_earlier_life_are_handled) {
  bucket.objects["a"] = object("one");
  hints.say("a");
  until([&] { return hints.rows.empty(); });
  EXPECT_THAT(bucket.heads, ElementsAre("a"));
  until([&] { return listed(); });
  EXPECT_EQ(ledger.items.count("a"), 1);
}

TEST_F(S3HintsTest, a_hint_that_is_true_already_commits_nothing) {
  bucket.objects["a"] = object("one");
  hint_after_listing({"a"});
  EXPECT_THAT(bucket.heads, ElementsAre("a"));
  EXPECT_EQ(ledger.items.changes.size(), 1U);
  EXPECT_EQ(misses.figures(clock.steady()).changes, 0);
}

TEST_F(S3HintsTest, a_stored_hint_that_a_listing_overtook_is_no_miss) {
  misses.hinted("another", clock.steady());
  misses.found_by_pass("a", clock.steady());
  bucket.objects["a"] = object("one");
  hint_after_listing({"a"});
  auto const figures = misses.figures(clock.steady() + 3min);
  EXPECT_EQ(figures.changes, 1);
  EXPECT_EQ(figures.misses, 0);
}

TEST_F(S3HintsTest, a_404_removes_nothing_but_asks_for_one_listing_only) {
  for (auto const* const key : {"a", "b", "c"}) bucket.objects[key] = object("one");
  bool said = false;
  until([&] { return source->health().scans >= 2 && hints.rows.empty(); },
        [&] {
          if (said || !listed()) return;
          bucket.objects.erase("b");
          hints.say("b");
          hints.say("never-known");
          looker->arrived();
          said = true;
        });
  EXPECT_EQ(ledger.items.count(ChangeKind::removed), 0);
  EXPECT_NE(ledger.items.rows.at("b").missing, 0) << "the listing saw it, and marked";
  EXPECT_EQ(ledger.state.number, 2);
  hint_after_listing({"never-known"});
  EXPECT_EQ(ledger.state.number, 3) << "its own first one: what was never known is no removal";
}

TEST_F(S3HintsTest, a_hint_stays_while_the_server_is_away_and_says_so) {
  bucket.objects["a"] = object("one");
  bool away = false;
  std::string trouble;
  until([&] { return !trouble.empty() && hints.rows.empty(); },
        [&] {
          if (!away && listed()) {
            bucket.objects["a"] = object("two");
            bucket.head_error = scripted::error(Errc::unavailable, "connect: refused");
            hints.say("a");
            looker->arrived();
            away = true;
          }
          if (away && bucket.heads.size() >= 3 && bucket.head_error) {
            trouble = looker->trouble();
            EXPECT_EQ(hints.rows.count("a"), 1U);
            bucket.head_error.reset();
          }
        });
  EXPECT_THAT(trouble, HasSubstr("refused"));
  EXPECT_EQ(ledger.items.count("a"), 2);
}

TEST_F(S3HintsTest, a_key_that_is_denied_does_not_hold_up_the_others) {
  bucket.head_error = scripted::error(Errc::permission, "AccessDenied");
  hint_after_listing({"a"});
  EXPECT_EQ(bucket.heads.size(), 1U);
}

TEST_F(S3HintsTest, one_that_comes_during_its_head_is_looked_at_again) {
  bucket.objects["a"] = object("one");
  int heads = 0;
  watched.during_head = [&](std::string const& key) {
    if (++heads > 1) return;
    bucket.objects["a"] = object("two");  // after the answer was made
    hints.say(key);
    looker->arrived();
  };
  hint_after_listing({"a"});
  EXPECT_EQ(heads, 2);
  EXPECT_EQ(ledger.items.rows.at("a").version.etag, "two");
}

TEST_F(S3HintsTest, a_page_that_is_older_than_a_look_does_not_undo_it) {
  bucket.objects["a"] = object("one");
  until([&] { return listed(); });
  bool said = false;
  watched.hold_page = [&] {
    if (!said) {
      bucket.objects["a"] = object("two");  // the page says "one"
      hints.say("a");
      looker->arrived();
      said = true;
    }
    return ledger.items.rows.at("a").version.etag != "two";
  };
  until([&] { return listed() && hints.rows.empty(); });
  EXPECT_EQ(ledger.items.rows.at("a").version.etag, "two");
  EXPECT_EQ(ledger.items.count("a"), 2) << "created, modified, and not back again";
}

TEST_F(S3HintsTest, a_look_that_is_older_than_a_listing_does_not_undo_it) {
  bucket.objects["a"] = object("one");
  bool asked = false;
  watched.hold_head = [&] {
    if (!asked) {
      bucket.objects["a"] = object("three");  // the HEAD says "two"
      source->request_scan("a test");
      asked = true;
    }
    return source->health().scans < 2;
  };
  hint_after_listing({"a"}, [&] { bucket.objects["a"] = object("two"); });
  ASSERT_EQ(ledger.state.number, 2) << "a listing began and ended during the HEAD";
  EXPECT_EQ(ledger.items.rows.at("a").version.etag, "two");
  EXPECT_EQ(ledger.items.count("a"), 2);
  until([&] { return listed(); });
  EXPECT_EQ(ledger.items.rows.at("a").version.etag, "three");
  EXPECT_EQ(ledger.items.count("a"), 3) << "each version once";
}

TEST_F(S3HintsTest, when_no_key_can_be_set_aside_hints_wait_and_are_not_lost) {
  source_settings.most_aside = 0;
  bucket.objects["a"] = object("one");
  hints.say("a");
  bool crowded = false;
  bucket.before_page = [&](std::string const&) { crowded = bucket.heads.empty(); };
  until([&] { return listed() && hints.rows.empty(); });
  EXPECT_TRUE(crowded);
  EXPECT_THAT(bucket.heads, ElementsAre("a"));
}

TEST_F(S3HintsTest, many_are_handled_in_pages_with_few_heads_at_once) {
  settings.page = 16;
  settings.lanes = 4;
  for (int i = 0; i < 200; ++i) hints.say("k" + std::to_string(1000 + i));
  bucket.objects["k1150"] = object("one");
  until([&] { return hints.rows.empty(); });
  EXPECT_EQ(bucket.heads.size(), 200U);
  EXPECT_EQ(watched.most_under_way, 4);
  EXPECT_THAT(ledger.items.keys(), UnorderedElementsAre("k1150"));
  EXPECT_LE(ledger.items.largest_batch, 16U);
}

TEST_F(S3HintsTest, folder_markers_are_no_items) {
  bucket.objects["dir/"] = object("empty", 0);
  hint_after_listing({"dir/"});
  EXPECT_THAT(ledger.items.keys(), IsEmpty());
}

}  // namespace
}  // namespace watch
