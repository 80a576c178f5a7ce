#include "store/tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/store/store_fixture.hpp"

namespace store {
namespace {

using testing::ElementsAre;

class TokenStore : public StoreTest {
 protected:
  static core::Sha256Digest secret(std::string const& text) { return core::sha256(text); }
  std::int64_t token(std::string const& text, std::optional<core::Wall> expires = {},
                     std::optional<std::set<std::string>> pipelines = {}) {
    NewToken fresh;
    fresh.name = "name of " + text;
    fresh.access = "operate";
    fresh.expires_at = expires;
    fresh.pipelines = std::move(pipelines);
    return commit([&] { return insert_token(db, fresh, secret(text), at(1000)); }).value();
  }
  bool session(std::int64_t of, std::string const& text, core::Wall now = at(2000), core::Wall expires = at(9000)) {
    return commit([&] { return insert_session(db, of, secret(text), now, expires); });
  }
};

TEST_F(TokenStore, finds_a_token_by_its_hash_alone_and_never_keeps_the_secret) {
  auto const id = token("tw_a", at(5000), std::set<std::string>{"qc", "air-quality"});
  auto const found = find_token(db, secret("tw_a")).value();
  EXPECT_EQ(found.token.id, id);
  EXPECT_EQ(found.token.name, "name of tw_a");
  EXPECT_EQ(found.token.access, "operate");
  EXPECT_THAT(found.token.pipelines.value(), ElementsAre("air-quality", "qc"));
  EXPECT_EQ(found.expires_at, at(5000));
  EXPECT_FALSE(found.token.last_used_at);
  EXPECT_FALSE(find_token(db, secret("tw_b")));
  EXPECT_EQ(count("SELECT count(*) FROM token WHERE CAST(sha256 AS TEXT) LIKE '%tw_a%'"), 0);
}

TEST_F(TokenStore, all_pipelines_are_not_the_same_as_none) {
  token("all");
  token("none", {}, std::set<std::string>{});
  EXPECT_FALSE(find_token(db, secret("all"))->token.pipelines);
  EXPECT_THAT(find_token(db, secret("none"))->token.pipelines.value(), ElementsAre());
}

TEST_F(TokenStore, lists_the_newest_first_with_when_it_was_used) {
  auto const first = token("a"), second = token("b");
  commit([&] { note_use(db, first, at(3000)); });
  auto const tokens = list_tokens(db);
  ASSERT_EQ(tokens.size(), 2U);
  EXPECT_EQ(tokens[0].id, second);
  EXPECT_EQ(tokens[1].last_used_at, at(3000));
}

TEST_F(TokenStore, a_revoked_token_takes_its_sessions_along) {
  auto const id = token("a");
  ASSERT_TRUE(session(id, "s"));
  EXPECT_TRUE(find_session(db, secret("s")));
  EXPECT_TRUE(commit([&] { return delete_token(db, id); }));
  EXPECT_FALSE(find_token(db, secret("a")));
  EXPECT_FALSE(find_session(db, secret("s")));
  EXPECT_FALSE(commit([&] { return delete_token(db, id); }));
  EXPECT_FALSE(session(id, "late")) << "of a token that is gone";
}

TEST_F(TokenStore, a_session_ends_with_its_token) {
  auto const id = token("a", at(5000));
  ASSERT_TRUE(session(id, "s"));
  auto const found = find_session(db, secret("s")).value();
  EXPECT_TRUE(found.by_session);
  EXPECT_EQ(found.expires_at, at(5000));
  EXPECT_FALSE(find_token(db, secret("s"))) << "a session's secret is no token";
  commit([&] { delete_session(db, secret("s")); });
  EXPECT_FALSE(find_session(db, secret("s")));
}

TEST_F(TokenStore, a_token_has_a_hundred_sessions_and_the_oldest_goes_first) {
  auto const id = token("a"), other = token("b");
  ASSERT_TRUE(session(other, "other", at(1)));
  for (int i = 0; i < 101; ++i) ASSERT_TRUE(session(id, std::to_string(i), at(2000 + i)));
  EXPECT_EQ(count("SELECT count(*) FROM session WHERE token_id = " + std::to_string(id)), most_sessions);
  EXPECT_FALSE(find_session(db, secret("0")));
  EXPECT_TRUE(find_session(db, secret("1")));
  EXPECT_TRUE(find_session(db, secret("other")));
}

TEST_F(TokenStore, sessions_that_are_over_go_with_the_next_sign_in) {
  auto const id = token("a");
  ASSERT_TRUE(session(id, "old", at(2000), at(3000)));
  ASSERT_TRUE(session(id, "new", at(3000), at(9000)));
  EXPECT_FALSE(find_session(db, secret("old")));
}

TEST_F(TokenStore, there_are_a_thousand_at_most_and_expired_ones_make_room) {
  commit([&] {
    for (int i = 0; i < most_tokens; ++i) {
      NewToken fresh;
      fresh.name = std::to_string(i);
      fresh.access = "read";
      if (i == 7) fresh.expires_at = at(1500);
      EXPECT_TRUE(insert_token(db, fresh, secret(fresh.name), at(1000)));
    }
  });
  NewToken more;
  more.name = "more";
  more.access = "read";
  EXPECT_EQ(commit([&] { return insert_token(db, more, secret("x"), at(1200)); }).error().code, core::Errc::conflict);
  EXPECT_TRUE(commit([&] { return insert_token(db, more, secret("x"), at(1500)); }));
  EXPECT_FALSE(find_token(db, secret("7")));
}

}  // namespace
}  // namespace store
