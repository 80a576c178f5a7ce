#include "s3/credential_chain.hpp"

#include <boost/asio/this_coro.hpp>

#include "unit/s3/fixture.hpp"

namespace s3_test {

using s3::Credentials;

/// What a source gives next, and how often it was asked.
struct Script {
  std::optional<Credentials> next;
  std::optional<core::Error> error;
  int asked = 0;
  aio::Event* gate = nullptr;  ///< waits for it before it answers
};

class ScriptedSource final : public s3::CredentialSource {
 public:
  ScriptedSource(std::string name, Script& script) : name_(std::move(name)), script_(script) {}
  awaitable<Result<std::optional<Credentials>>> fetch() override {
    ++script_.asked;
    if (script_.gate != nullptr) co_await script_.gate->wait();
    if (script_.error) co_return *script_.error;
    co_return script_.next;
  }
  std::string name() const override { return name_; }

 private:
  std::string name_;
  Script& script_;
};

class CredentialChainTest : public testing::Test {
 protected:
  CredentialChainTest() {
    s3::CredentialChain::Sources sources;
    sources.push_back(std::make_unique<ScriptedSource>("the first", first));
    sources.push_back(std::make_unique<ScriptedSource>("the second", second));
    chain = std::make_unique<s3::CredentialChain>(io.get_executor(), clock, std::move(sources));
  }

  static Credentials keys(std::string id, std::optional<core::Wall> expires = std::nullopt) {
    Credentials made;
    made.access_key_id = std::move(id);
    made.secret_access_key = s3::Secret("TOPSECRET");
    made.session_token = s3::Secret("token of " + made.access_key_id);
    made.expires = expires;
    return made;
  }
  Result<Credentials> get() {
    return support::run_coro(io, [&]() -> awaitable<Result<Credentials>> { co_return co_await chain->get(); });
  }
  std::string id() {
    auto const got = get();
    return got ? got->access_key_id : "error: " + got.error().message();
  }

  asio::io_context io{1};
  TestClock clock;
  Script first, second;
  std::unique_ptr<s3::CredentialChain> chain;
};

TEST_F(CredentialChainTest, asks_in_turn_and_keeps_what_it_got) {
  second.next = keys("AK", clock.now + 1h);
  EXPECT_EQ(id(), "AK");
  EXPECT_EQ(id(), "AK");
  EXPECT_EQ(first.asked, 1);
  EXPECT_EQ(second.asked, 1);
}

TEST_F(CredentialChainTest, names_all_that_it_asked_when_there_are_none) {
  auto const error = get().error();
  EXPECT_EQ(error.code, Errc::permission);
  EXPECT_EQ(error.subject, "the first, the second");
  EXPECT_FALSE(get());
  EXPECT_EQ(first.asked, 1) << "no storm";
  clock.advance(10s);
  first.next = keys("AK");
  EXPECT_EQ(id(), "AK");
}

TEST_F(CredentialChainTest, stops_at_a_source_that_is_set_up_and_broken) {
  first.error = core::Error{Errc::permission, "read credentials: open: Permission denied", "/f", "let it read"};
  second.next = keys("AK");
  EXPECT_EQ(get().error().subject, "/f");
  EXPECT_EQ(second.asked, 0);
}

TEST_F(CredentialChainTest, renews_five_minutes_before_the_end) {
  first.next = keys("AK1", clock.now + 1h);
  EXPECT_EQ(id(), "AK1");
  first.next = keys("AK2", clock.now + 2h);
  clock.advance(55min - 1ms);
  EXPECT_EQ(id(), "AK1");
  clock.advance(1ms);
  EXPECT_EQ(id(), "AK2");
}

TEST_F(CredentialChainTest, keeps_what_it_has_while_renewing_fails) {  // S21
  first.next = keys("AK1", clock.now + 1h);
  EXPECT_EQ(id(), "AK1");
  first.error = core::Error{Errc::unavailable, "connect", "endpoint", ""};
  clock.advance(56min);
  EXPECT_EQ(id(), "AK1");
  EXPECT_TRUE(chain->last_failure());
  EXPECT_EQ(id(), "AK1");
  EXPECT_EQ(first.asked, 2) << "not at every request";
  clock.advance(1h);
  EXPECT_EQ(id(), "AK1") << "past its end the server decides";
  first.error.reset();
  first.next = keys("AK2", clock.now + 1h);
  clock.advance(10s);
  EXPECT_EQ(id(), "AK2");
  EXPECT_FALSE(chain->last_failure());
}

TEST_F(CredentialChainTest, looks_again_at_what_has_no_end) {
  first.next = keys("AK1");
  EXPECT_EQ(id(), "AK1");
  first.next = keys("AK2");
  clock.advance(5min - 1ms);
  EXPECT_EQ(id(), "AK1");
  clock.advance(1ms);
  EXPECT_EQ(id(), "AK2");
}

TEST_F(CredentialChainTest, makes_no_storm_of_a_source_that_gives_what_is_about_to_end) {
  first.next = keys("AK1", clock.now + 1min);
  EXPECT_EQ(id(), "AK1");
  EXPECT_EQ(id(), "AK1");
  EXPECT_EQ(first.asked, 1);
  clock.advance(10s);
  EXPECT_EQ(id(), "AK1");
  EXPECT_EQ(first.asked, 2);
}

TEST_F(CredentialChainTest, renews_what_a_server_rejected_and_nothing_else) {
  first.next = keys("AK1", clock.now + 1h);
  EXPECT_EQ(id(), "AK1");
  chain->reject(keys("AK0"));
  EXPECT_EQ(id(), "AK1");
  EXPECT_EQ(first.asked, 1);
  first.next = keys("AK2", clock.now + 1h);
  chain->reject(keys("AK1"));
  EXPECT_EQ(id(), "AK2");
}

TEST_F(CredentialChainTest, renews_once_for_all_who_wait) {
  aio::Event gate(io.get_executor());
  first.gate = &gate;
  first.next = keys("AK", clock.now + 1h);
  std::vector<std::string> got;
  std::list<http_test::Background> waiting;
  for (int i = 0; i < 5; ++i)
    waiting.emplace_back(io, [&]() -> awaitable<void> {
      auto const answer = co_await chain->get();
      got.push_back(answer->access_key_id);
    });
  io.poll();
  EXPECT_TRUE(got.empty());
  gate.set();
  for (auto& one : waiting) EXPECT_TRUE(one.wait());
  EXPECT_EQ(got, std::vector<std::string>(5, "AK"));
  EXPECT_EQ(first.asked, 1);
}

TEST_F(CredentialChainTest, goes_on_for_the_others_when_the_one_who_renews_is_cancelled) {
  aio::Event gate(io.get_executor());
  first.gate = &gate;
  first.next = keys("AK", clock.now + 1h);
  std::string got;
  http_test::Background renewing(io, [&]() -> awaitable<void> { (void)co_await chain->get(); });
  io.poll();
  http_test::Background waiting(io, [&]() -> awaitable<void> {
    auto const answer = co_await chain->get();
    got = answer->access_key_id;
  });
  http_test::Background cancelled(io, [&]() -> awaitable<void> { (void)co_await chain->get(); });
  io.restart();
  io.poll();
  cancelled.stop();
  renewing.stop();
  gate.set();
  EXPECT_TRUE(waiting.wait());
  EXPECT_EQ(got, "AK");
  EXPECT_EQ(first.asked, 2);
}

}  // namespace s3_test
