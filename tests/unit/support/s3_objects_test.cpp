#include "unit/support/s3_fixture.hpp"

namespace s3_test {

class S3Objects : public S3Test {};

TEST_F(S3Objects, head_and_get_tell_the_same) {
  auto const put = send("PUT", "/b/k", {{"Content-Type", "text/csv"}, {"x-amz-meta-by", "me"}}, "hello");
  EXPECT_EQ(header(put, "ETag"), "\"5d41402abc4b2a76b9719d911017c592\"");
  auto const got = get("/b/k");
  auto const head = send("HEAD", "/b/k");
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(head.body, "");
  for (auto const* const name :
       {"ETag", "Last-Modified", "Content-Length", "Content-Type", "x-amz-meta-by", "Accept-Ranges"})
    EXPECT_EQ(header(got, name), header(head, name)) << name;
  EXPECT_EQ(header(head, "Content-Length"), "5");
  EXPECT_EQ(header(head, "x-amz-version-id"), "(none)");
}

TEST_F(S3Objects, dates_have_the_form_of_rfc_9110) {
  PutOptions options;
  options.modified_ms = 1'795'341'600'999;
  server.put("b", "k", "x", options);
  EXPECT_EQ(header(send("HEAD", "/b/k"), "Last-Modified"), "Sun, 22 Nov 2026 10:00:00 GMT");
  EXPECT_EQ(element(list().body, "LastModified"), "2026-11-22T10:00:00.999Z");
}

TEST_F(S3Objects, a_test_may_choose_etag_and_date_over_http) {
  (void)send("PUT", "/b/k", {{"x-test-etag", "abc-2"}, {"x-test-last-modified", "1000"}}, "x");
  EXPECT_EQ(element(list().body, "ETag"), "&quot;abc-2&quot;");
  EXPECT_EQ(element(list().body, "LastModified"), "1970-01-01T00:00:01.000Z");
}

TEST_F(S3Objects, ranges) {
  server.put("b", "k", "0123456789");
  auto const range = [&](std::string const& text) { return get("/b/k", {{"Range", text}}); };
  EXPECT_EQ(range("bytes=2-4").status, 206);
  EXPECT_EQ(range("bytes=2-4").body, "234");
  EXPECT_EQ(header(range("bytes=2-4"), "Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(range("bytes=7-").body, "789");
  EXPECT_EQ(range("bytes=-2").body, "89");
  EXPECT_EQ(range("bytes=8-99").body, "89");
  EXPECT_EQ(range("bytes=10-").status, 416);
  EXPECT_EQ(element(range("bytes=10-").body, "Code"), "InvalidRange");
}

TEST_F(S3Objects, conditions) {
  server.put("b", "k", "hello");
  std::string const etag = "\"5d41402abc4b2a76b9719d911017c592\"";
  EXPECT_EQ(get("/b/k", {{"If-Match", etag}}).status, 200);
  auto const other = get("/b/k", {{"If-Match", "\"0\""}});
  EXPECT_EQ(other.status, 412);
  EXPECT_EQ(element(other.body, "Code"), "PreconditionFailed");
  EXPECT_EQ(get("/b/k", {{"If-None-Match", etag}}).status, 304);
}

TEST_F(S3Objects, what_is_not_there) {
  EXPECT_EQ(element(get("/b/none").body, "Code"), "NoSuchKey");
  EXPECT_EQ(send("HEAD", "/b/none").status, 404);
  EXPECT_EQ(element(get("/none/k").body, "Code"), "NoSuchBucket");
  EXPECT_EQ(send("HEAD", "/none").status, 404);
  EXPECT_EQ(send("DELETE", "/b/none").status, 204);  // deleting is idempotent
  EXPECT_EQ(element(get("/b?acl").body, "Code"), "NotImplemented");
}

TEST_F(S3Objects, buckets_are_made_found_and_dropped) {
  EXPECT_EQ(send("PUT", "/new").status, 200);
  EXPECT_EQ(element(send("PUT", "/new").body, "Code"), "BucketAlreadyOwnedByYou");
  EXPECT_EQ(elements(get("/").body, "Name"), (std::vector<std::string>{"b", "new"}));
  EXPECT_EQ(header(send("HEAD", "/new"), "x-amz-bucket-region"), "us-east-1");
  EXPECT_NE(get("/new?location").body.find("<LocationConstraint"), std::string::npos);
  server.put("new", "k", "x");
  EXPECT_EQ(send("DELETE", "/new").status, 409);
  EXPECT_EQ(send("DELETE", "/new/k").status, 204);
  EXPECT_EQ(send("DELETE", "/new").status, 204);
}

TEST_F(S3Objects, copies_with_or_without_metadata) {
  (void)send("PUT", "/b/k", {{"x-amz-meta-a", "1"}}, "hello");
  auto const copied = send("PUT", "/b/copy", {{"x-amz-copy-source", "/b/k"}});
  EXPECT_EQ(element(copied.body, "ETag"), "&quot;5d41402abc4b2a76b9719d911017c592&quot;");
  EXPECT_EQ(header(get("/b/copy"), "x-amz-meta-a"), "1");
  (void)send("PUT", "/b/k",
             {{"x-amz-copy-source", "b/k"}, {"x-amz-metadata-directive", "REPLACE"}, {"x-amz-meta-a", "2"}});
  EXPECT_EQ(header(get("/b/k"), "x-amz-meta-a"), "2");
  EXPECT_EQ(get("/b/k").body, "hello");
  EXPECT_EQ(send("PUT", "/b/copy", {{"x-amz-copy-source", "/b/none"}}).status, 404);
}

TEST_F(S3Objects, the_log_tells_what_came_without_secrets) {
  (void)get("/b/k%20y?x=1", {{"If-Match", "\"e\""}, {"Authorization", "s3cr3t"}, {"x-amz-security-token", "t0k3n"}});
  auto const last = server.requests().back();
  EXPECT_EQ(last.operation, "GetObject");
  EXPECT_EQ(last.target, "/b/k%20y?x=1");
  EXPECT_EQ(last.key, "k y");
  EXPECT_EQ(last.status, 404);
  auto const shown = get("/-/requests").body;
  EXPECT_NE(shown.find("If-Match"), std::string::npos);
  EXPECT_EQ(shown.find("s3cr3t"), std::string::npos);
  EXPECT_EQ(shown.find("t0k3n"), std::string::npos);
  EXPECT_EQ(server.count("GetObject"), 1U);
  server.reset();
  EXPECT_EQ(server.count("GetObject"), 0U);
}

TEST_F(S3Objects, the_world_may_change_before_a_request) {
  server.stop();
  server.before([this](auto const& request) {
    if (request.operation == "GetObject") server.put("b", "k", "new");
  });
  server.start();
  server.put("b", "k", "old");
  EXPECT_EQ(header(send("HEAD", "/b/k"), "ETag"), "\"" + support::s3::md5_hex("old") + "\"");
  EXPECT_EQ(get("/b/k").body, "new");
}

/// The same server with names of buckets in Host.
class S3VirtualHosts : public S3Test {
 protected:
  S3VirtualHosts()
      : S3Test([] {
          Settings settings;
          settings.domain = "s3.test";
          return settings;
        }()) {}
};

TEST_F(S3VirtualHosts, are_understood_beside_paths) {
  server.put("b", "dir/k", "x");
  EXPECT_EQ(get("/b/dir/k").body, "x");
  http::RequestContext request;
  request.method = "GET";
  request.path = "/dir/k";
  request.headers.add("Host", "b.s3.test:80");
  support::s3::Call const call(request, "s3.test");
  EXPECT_EQ(call.bucket, "b");
  EXPECT_EQ(call.key, "dir/k");
  EXPECT_EQ(support::s3::Call(request, "").bucket, "dir");
}

}  // namespace s3_test
