#include "store/idempotency.hpp"

#include <gtest/gtest.h>

#include "unit/store/store_fixture.hpp"

namespace store {
namespace {

class Idempotency : public StoreTest {
 protected:
  static OnceOnly once(std::string key, std::string const& body = "{}", std::string caller = "uid 1000") {
    OnceOnly request;
    request.caller = std::move(caller);
    request.key = std::move(key);
    request.request = core::sha256(body);
    return request;
  }
  RunRef run() {
    NewRun fresh;
    fresh.pipeline = qc;
    return commit([&] { return insert_run(db, fresh, at(1000)); });
  }
  void keep(OnceOnly const& request, RunNo made, core::Wall now = at(1000)) {
    commit([&] { keep_once(db, request, made, now); });
  }
  std::optional<RunRef> found(OnceOnly const& request, core::Wall now = at(1000)) {
    return find_once(db, request, now).value();
  }

  PipelineId qc = pipeline();
};

TEST_F(Idempotency, the_same_request_finds_the_run_that_it_made) {
  EXPECT_FALSE(found(once("k")));
  auto const made = run();
  keep(once("k"), made.no);
  EXPECT_EQ(found(once("k"))->id, made.id);
  EXPECT_FALSE(found(once("other")));
  EXPECT_FALSE(found(once("k", "{}", "uid 1001"))) << "keys of two callers do not meet";
}

TEST_F(Idempotency, another_request_under_the_same_key_is_refused) {
  keep(once("k", "one"), run().no);
  auto const other = find_once(db, once("k", "two"), at(1000));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, core::Errc::invalid);
}

TEST_F(Idempotency, a_key_is_free_again_after_a_day) {
  keep(once("k", "one"), run().no, at(1000));
  constexpr int day = 86'400;
  EXPECT_TRUE(found(once("k", "one"), at(1000 + day - 1)));
  EXPECT_FALSE(found(once("k", "two"), at(1000 + day)));
  auto const second = run();
  keep(once("k", "two"), second.no, at(1000 + day));
  EXPECT_EQ(found(once("k", "two"), at(1000 + day))->id, second.id);
  EXPECT_EQ(count("SELECT count(*) FROM idempotency"), 1);
}

TEST_F(Idempotency, ten_thousand_are_kept) {
  auto const made = run();
  commit([&] {
    for (std::int64_t i = 0; i < most_once; ++i)
      db.run("INSERT INTO idempotency VALUES ('c', ?, x'00', ?, ?)", std::to_string(i), made.no.value, 1'000'000 + i);
  });
  keep(once("new"), made.no, at(1'100));
  EXPECT_EQ(count("SELECT count(*) FROM idempotency"), most_once);
  EXPECT_EQ(count("SELECT count(*) FROM idempotency WHERE key = '0'"), 0) << "the oldest went";
  EXPECT_TRUE(found(once("new"), at(1'100)));
}

}  // namespace
}  // namespace store
