#include "s3/pacer.hpp"

#include "unit/s3/fixture.hpp"

namespace s3_test {

namespace {

using std::chrono::steady_clock;

TEST(Pace, S31_gives_one_request_a_pause_and_saves_none_up) {
  auto const start = core::Steady() + 1h;
  s3::Pace pace(600, start);
  EXPECT_EQ(pace.due(), start + 100ms);
  pace.spend(start + 100ms);
  EXPECT_EQ(pace.due(), start + 200ms);
  pace.spend(start + 10min);
  EXPECT_EQ(pace.due(), start + 10min + 100ms);
}

TEST(Pace, S31_keeps_a_minute_below_its_budget_through_restarts) {
  for (int const budget : {1, 7, 600, 999'999}) {
    auto now = core::Steady() + 1h;
    auto const end = now + 1min;
    s3::Pace pace(budget, now);
    int sent = 0;
    for (int turn = 0; pace.due() < end; ++turn) {
      now = pace.due();
      pace.spend(now);
      ++sent;
      if (turn % 3 == 2) pace = s3::Pace(budget, now);  // a restart, right behind a request
    }
    EXPECT_LE(sent, budget);
    EXPECT_GE(sent, budget * 9 / 10 - 1);
  }
}

TEST(Pace, zero_is_no_bound) {
  EXPECT_FALSE(s3::Pace(0, core::Steady()).is_bounded());
  EXPECT_TRUE(s3::Pace(1, core::Steady()).is_bounded());
}

class S3Pacer : public S3Test {
 protected:
  std::unique_ptr<s3::Client> make_paced_client() {
    s3::ClientSettings settings(http::Endpoint::tcp("127.0.0.1", port), "data", "us-east-1");
    settings.retry.base = 1ms;
    settings.pacer = &pacer;
    return s3::Client::make(std::move(settings), credentials, clock).value();
  }
  auto waiter(int number) {
    return [this, number]() -> awaitable<void> {
      co_await pacer.wait();
      let_go.emplace_back(number, steady_clock::now());
    };
  }

  core::Steady start = steady_clock::now();
  s3::Pacer pacer{s3::Pace(3000, start)};  // one in 20 ms
  std::vector<std::pair<int, core::Steady>> let_go;
};

TEST_F(S3Pacer, S31_lets_requests_go_in_order_and_at_its_pace) {
  http_test::Background one(io, waiter(1)), two(io, waiter(2)), three(io, waiter(3));
  EXPECT_TRUE(one.wait() && two.wait() && three.wait());
  ASSERT_EQ(let_go.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(let_go[i].first, static_cast<int>(i) + 1);
    EXPECT_GE(let_go[i].second, (i == 0 ? start : let_go[i - 1].second) + (i == 0 ? 20ms : 19ms));
  }
}

TEST_F(S3Pacer, moves_up_when_one_in_front_is_cancelled) {
  http_test::Background one(io, waiter(1)), two(io, waiter(2)), three(io, waiter(3));
  while (pacer.waiting() < 3) io.run_one();
  two.stop();
  one.stop();
  EXPECT_TRUE(three.wait());
  ASSERT_EQ(let_go.size(), 1U);
  EXPECT_EQ(let_go[0].first, 3);
  EXPECT_EQ(pacer.waiting(), 0U);
}

TEST_F(S3Pacer, S31_paces_every_listing_sent_retries_too_and_nothing_else) {
  answers({[](auto const&) { return error_reply(503, "SlowDown"); }, [](auto const&) { return Reply(500); },
           [](auto const&) { return page_reply({"a"}); }, [](auto const&) { return object_reply("x", "e"); }});
  auto const client = make_paced_client();
  bool const listed = run([&]() -> awaitable<bool> {
    s3::ListingQuestion question;
    auto const page = co_await client->list(std::move(question));
    co_return page.has_value();
  });
  EXPECT_TRUE(listed);
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_GE(steady_clock::now() - start, 60ms);  // three pauses
  s3::Pacer stopped(s3::Pace(1, steady_clock::now()));
  s3::ClientSettings settings(http::Endpoint::tcp("127.0.0.1", port), "data", "us-east-1");
  settings.pacer = &stopped;
  auto const other = s3::Client::make(std::move(settings), credentials, clock).value();
  bool const there = run([&]() -> awaitable<bool> {
    std::string key = "a", version;
    auto const info = co_await other->head(std::move(key), std::move(version));
    co_return info.has_value();
  });
  EXPECT_TRUE(there) << "a HEAD waits for no listing's turn";
}

}  // namespace

}  // namespace s3_test
