#include "unit/s3/fixture.hpp"

namespace s3_test {

class S3ClientRetry : public S3Test {
 protected:
  Result<s3::ListingPage> list(s3::Client& client) {
    return run([&]() -> awaitable<Result<s3::ListingPage>> {
      s3::ListingQuestion question;
      co_return co_await client.list(std::move(question));
    });
  }
};

TEST_F(S3ClientRetry, passes_over_trouble_that_ends) {  // S12
  answers({[](auto const&) { return error_reply(503, "SlowDown"); }, [](auto const&) { return Reply(500); },
           [](auto const&) { return page_reply({"a"}); }});
  auto const client = make_client();
  auto const page = list(*client);
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(client->usage().lists, 3U);
  EXPECT_EQ(client->usage().retries, 2U);
  EXPECT_EQ(client->usage().slow_downs, 1U);
}

TEST_F(S3ClientRetry, gives_up_in_the_end) {
  answer_with(error_reply(503, "SlowDown"));
  auto const client = make_client();
  auto const error = list(*client).error();
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_NE(error.operation.find("503 SlowDown"), std::string::npos);
  EXPECT_EQ(seen.size(), 3U);
}

TEST_F(S3ClientRetry, reads_an_error_inside_a_200) {  // S11
  answers(
      {[](auto const&) { return error_reply(200, "InternalError"); }, [](auto const&) { return page_reply({"a"}); }});
  auto const client = make_client();
  EXPECT_TRUE(list(*client));
}

TEST_F(S3ClientRetry, believes_no_web_page) {
  answer_with(Reply::text(200, "<html><body>log in</body></html>"));
  auto const client = make_client();
  EXPECT_EQ(list(*client).error().code, Errc::protocol);
}

TEST_F(S3ClientRetry, learns_the_region) {  // S19
  Reply moved(301);
  moved.headers.set("x-amz-bucket-region", "eu-west-1");
  answers({[moved](auto const&) { return moved; }, [](auto const&) { return page_reply({"a"}); }});
  auto const client = make_client();
  ASSERT_TRUE(list(*client));
  EXPECT_NE(seen[1].headers.find("authorization")->find("/eu-west-1/s3/"), std::string_view::npos);
  EXPECT_EQ(client->region(), "eu-west-1");
}

TEST_F(S3ClientRetry, learns_the_region_from_a_400) {  // S19
  answers({[](auto const&) { return error_reply(400, "AuthorizationHeaderMalformed", "<Region>eu-west-2</Region>"); },
           [](auto const&) { return page_reply({"a"}); }});
  auto const client = make_client();
  ASSERT_TRUE(list(*client));
  EXPECT_EQ(client->region(), "eu-west-2");
}

TEST_F(S3ClientRetry, learns_the_region_once_for_calls_side_by_side) {
  answers({[](auto const&) { return error_reply(301, "PermanentRedirect", "<Region>eu-west-1</Region>"); },
           [](auto const&) { return error_reply(301, "PermanentRedirect", "<Region>eu-west-1</Region>"); },
           [](auto const&) { return page_reply({"a"}); }});
  auto const client = make_client();
  int listed = 0;
  auto one = [&]() -> awaitable<void> {
    s3::ListingQuestion question;
    auto const page = co_await client->list(std::move(question));
    if (page) ++listed;
  };
  http_test::Background first(io, one), second(io, one);
  EXPECT_TRUE(first.wait() && second.wait());
  EXPECT_EQ(listed, 2);
}

TEST_F(S3ClientRetry, is_not_sent_from_region_to_region_for_ever) {
  int turn = 0;
  answers({[&turn](auto const&) {
    return error_reply(301, "PermanentRedirect", "<Region>r" + std::to_string(++turn) + "</Region>");
  }});
  auto const client = make_client();
  auto const error = list(*client).error();
  EXPECT_EQ(error.code, Errc::invalid);
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(S3ClientRetry, follows_no_redirect_to_another_host) {
  bool visited = false;
  http::Handler trap = [&](RequestContext) -> awaitable<Reply> {
    visited = true;
    co_return page_reply({"a"});
  };
  http::Server elsewhere(io.get_executor(), std::move(trap), [](std::string_view) {});
  auto listener = http::Listener::tcp("127.0.0.1", 0).value();
  Reply moved =
      error_reply(307, "TemporaryRedirect", "<Endpoint>127.0.0.1:" + std::to_string(listener.port()) + "</Endpoint>");
  moved.headers.set("Location", "http://127.0.0.1:" + std::to_string(listener.port()) + "/data");
  moved.headers.set("x-amz-bucket-region", "evil.example.org/");
  elsewhere.add(std::move(listener));
  http_test::Background const running(io, [&] { return elsewhere.run(); });
  answer_with(moved);
  auto const client = make_client();
  EXPECT_FALSE(list(*client));
  EXPECT_FALSE(visited);
}

TEST_F(S3ClientRetry, learns_how_far_off_the_clock_is) {  // S20
  auto skewed = error_reply(403, "RequestTimeTooSkewed");
  skewed.headers.set("Date", "Sun, 22 Nov 2026 10:20:00 GMT");
  answers({[skewed](auto const&) { return skewed; }, [](auto const&) { return page_reply({"a"}); },
           [](auto const&) {
             auto back = error_reply(403, "RequestTimeTooSkewed");
             back.headers.set("Date", "Sun, 22 Nov 2026 10:20:00 GMT");
             return back;
           },
           [](auto const&) { return page_reply({"a"}); }});
  auto const client = make_client();
  ASSERT_TRUE(list(*client));
  EXPECT_EQ(client->clock_skew(), 20min);
  EXPECT_EQ(seen[1].headers.find("x-amz-date"), "20261122T102000Z");
  clock.advance(20min);  // our clock was set meanwhile
  ASSERT_TRUE(list(*client));
  EXPECT_EQ(client->clock_skew(), 0min);
}

TEST_F(S3ClientRetry, renews_expired_credentials_once) {
  answers(
      {[](auto const&) { return error_reply(400, "ExpiredToken"); }, [](auto const&) { return page_reply({"a"}); }});
  auto const client = make_client();
  ASSERT_TRUE(list(*client));
  EXPECT_EQ(credentials.rejected, std::vector<std::string>{"AK1"});
  EXPECT_NE(seen[1].headers.find("authorization")->find("Credential=AK2/"), std::string_view::npos);
  answer_with(error_reply(400, "ExpiredToken"));
  auto const error = list(*client).error();
  EXPECT_EQ(error.code, Errc::permission);
  EXPECT_EQ(credentials.rejected.size(), 2U);
}

TEST_F(S3ClientRetry, tells_what_is_wrong_without_the_secret) {
  for (char const* const code : {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "NoSuchBucket"}) {
    answer_with(error_reply(403, code));
    auto const client = make_client();
    auto const error = list(*client).error();
    EXPECT_NE(error.operation.find(code), std::string::npos) << error.message();
    EXPECT_FALSE(error.hint.empty()) << code;
    EXPECT_EQ(error.message().find("TOPSECRET"), std::string::npos);
  }
  EXPECT_EQ(seen.size(), 4U) << "none of these is tried twice";
}

TEST_F(S3ClientRetry, tries_again_where_nobody_is_and_says_so) {
  port = 1;
  auto const client = make_client();
  auto const error = list(*client).error();
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_NE(error.hint.find("http://127.0.0.1:1 "), std::string::npos) << error.message();
  EXPECT_EQ(client->usage().lists, 3U);
}

}  // namespace s3_test
