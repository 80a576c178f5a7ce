#include "unit/s3/fixture.hpp"

namespace s3_test {

using s3::ListingQuestion;

class S3Client : public S3Test {
 protected:
  Result<s3::ListingPage> list(s3::Client& client, ListingQuestion question = {}) {
    return run([&]() -> awaitable<Result<s3::ListingPage>> { co_return co_await client.list(question); });
  }
  Result<s3::ObjectInfo> head(s3::Client& client, std::string key, std::string version = "") {
    return run([&]() -> awaitable<Result<s3::ObjectInfo>> { co_return co_await client.head(key, version); });
  }
};

TEST_F(S3Client, lists_page_by_page) {
  answers({[](auto const&) {
             return page_reply({"a", "b"}, "tok/en+=");
           },
           [](auto const&) { return page_reply({"c"}); }});
  auto const client = make_client();
  ListingQuestion question;
  question.start_after = "0 \n";
  question.max_keys = 2;
  auto const first = list(*client, question);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->entries.size(), 2U);
  question.token = first->next_token;
  question.start_after = first->entries.back().key;
  auto const second = list(*client, question);
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_FALSE(second->truncated);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].target, "/data?encoding-type=url&list-type=2&max-keys=2&start-after=0%20%0A");
  EXPECT_EQ(seen[1].target, "/data?continuation-token=tok%2Fen%2B%3D&encoding-type=url&list-type=2&max-keys=2");
  EXPECT_EQ(seen[0].headers.find("host"), "127.0.0.1:" + std::to_string(port));
  EXPECT_TRUE(
      seen[0].headers.find("authorization")->starts_with("AWS4-HMAC-SHA256 Credential=AK1/20261122/us-east-1/s3/"));
  EXPECT_EQ(client->usage().lists, 2U);
}

TEST_F(S3Client, checks_the_lower_bound_also_behind_a_token) {
  answer_with(page_reply({"a"}));
  auto const client = make_client();
  ListingQuestion question;
  question.token = "t";
  question.start_after = "b";
  EXPECT_EQ(list(*client, question).error().code, Errc::protocol);
  EXPECT_EQ(client->usage().lists, 1U) << "a lying page voids the pass; asking again is not ours";
}

TEST_F(S3Client, asks_once_what_plus_means) {
  answers({[](auto const&) { return page_reply({"a+b"}); },
           [](auto const&) { return page_reply({}, "", "<StartAfter>a+b%2Bc</StartAfter>"); },
           [](auto const&) { return page_reply({"a+c"}); }});
  auto const client = make_client();
  EXPECT_EQ(list(*client)->entries[0].key, "a b");
  EXPECT_EQ(list(*client)->entries[0].key, "a c");
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[1].query_value("start-after"), "a b+c");
}

TEST_F(S3Client, sends_the_bytes_of_a_key_encoded_once) {
  Reply empty = object_reply("", "e");
  answer_with(empty);
  auto const client = make_client();
  ASSERT_TRUE(head(*client, "/a//./../b c+%2B?#\n\xff", "v=1"));
  EXPECT_EQ(seen[0].target, "/data//a//./../b%20c%2B%252B%3F%23%0A%FF?versionId=v%3D1");
  EXPECT_EQ(seen[0].method, "HEAD");
}

TEST_F(S3Client, describes_an_object) {
  auto reply = object_reply("12345", "abc-2");
  reply.headers.set("x-amz-version-id", "v1");
  answer_with(reply);
  auto const client = make_client();
  auto const info = head(*client, "k");
  ASSERT_TRUE(info) << info.error().message();
  EXPECT_EQ(info->size, 5);
  EXPECT_EQ(info->etag, "abc-2");
  EXPECT_EQ(info->version_id, "v1");
  EXPECT_TRUE(info->last_modified);
}

TEST_F(S3Client, proves_that_a_key_is_missing) {  // S10
  answers({[](auto const&) { return Reply(404); }, [](auto const&) { return page_reply({}); }});
  auto const client = make_client();
  EXPECT_EQ(head(*client, "k").error().code, Errc::not_found);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].query_value("prefix"), "k");
}

TEST_F(S3Client, takes_no_missing_bucket_for_a_missing_key) {  // S18
  answers({[](auto const&) { return Reply(404); }, [](auto const&) { return error_reply(404, "NoSuchBucket"); }});
  auto const client = make_client();
  auto const error = head(*client, "k").error();
  EXPECT_EQ(error.code, Errc::invalid);
  EXPECT_NE(error.hint.find("no bucket 'data'"), std::string::npos) << error.message();
}

TEST_F(S3Client, takes_no_server_in_trouble_for_a_missing_key) {
  answers({[](auto const&) { return Reply(404); }, [](auto const&) { return error_reply(503, "SlowDown"); }});
  auto const client = make_client();
  EXPECT_EQ(head(*client, "k").error().code, Errc::unavailable);
}

TEST_F(S3Client, finds_out_why_a_head_is_refused) {
  answers(
      {[](auto const&) { return Reply(403); }, [](auto const&) { return error_reply(403, "SignatureDoesNotMatch"); }});
  auto const client = make_client();
  auto const error = head(*client, "k").error();
  EXPECT_EQ(error.code, Errc::permission);
  EXPECT_NE(error.operation.find("SignatureDoesNotMatch"), std::string::npos) << error.message();
}

TEST_F(S3Client, knows_a_delete_marker) {  // S17
  Reply marker(404);
  marker.headers.set("x-amz-delete-marker", "true");
  answer_with(marker);
  auto const client = make_client();
  EXPECT_EQ(head(*client, "k").error().code, Errc::not_found);
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(S3Client, presigns_what_needs_no_credentials) {
  auto const client = make_client();
  credentials.held.expires = clock.now + 10min;
  auto const url =
      run([&]() -> awaitable<Result<s3::PresignedUrl>> { co_return co_await client->presign_get("a b", "v", 1h); });
  ASSERT_TRUE(url) << url.error().message();
  EXPECT_EQ(url->expires, clock.now + 10min) << "not longer than the session";
  auto const& text = url->url.reveal();
  EXPECT_TRUE(text.starts_with(address() + "/data/a%20b?X-Amz-Algorithm=AWS4-HMAC-SHA256&")) << text;
  EXPECT_NE(text.find("&X-Amz-Expires=600&"), std::string::npos);
  EXPECT_NE(text.find("&versionId=v&X-Amz-Signature="), std::string::npos);
  credentials.held.expires = clock.now;
  auto const late =
      run([&]() -> awaitable<Result<s3::PresignedUrl>> { co_return co_await client->presign_get("a b", "", 1h); });
  EXPECT_EQ(late.error().code, Errc::permission);
}

TEST_F(S3Client, is_not_made_for_what_is_no_bucket) {
  s3::ClientSettings settings(http::Endpoint::tcp("127.0.0.1", port), "a/b", "us-east-1");
  EXPECT_EQ(s3::Client::make(settings, credentials, clock).error().code, Errc::invalid);
}

}  // namespace s3_test
