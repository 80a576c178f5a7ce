#include <set>

#include "unit/support/s3_fixture.hpp"

namespace s3_test {

class S3Listing : public S3Test {
 protected:
  void put_all(std::vector<std::string> const& keys) {
    for (auto const& key : keys) server.put("b", key, "x");
  }
  /// Every page of a listing, in order.
  std::vector<std::string> pages(std::string const& more) {
    std::vector<std::string> bodies;
    std::string token;
    do {
      bodies.push_back(list(more + (token.empty() ? "" : "&continuation-token=" + core::percent_encode(token))).body);
      auto const next = elements(bodies.back(), "NextContinuationToken");
      token = next.empty() ? "" : next.front();
    } while (!token.empty() && bodies.size() < 100);
    return bodies;
  }
  static std::vector<std::string> all(std::vector<std::string> const& bodies, std::string_view name) {
    std::vector<std::string> texts;
    for (auto const& body : bodies)
      for (auto const& text : elements(body, name)) texts.push_back(text);
    return texts;
  }
};

using Texts = std::vector<std::string>;

TEST_F(S3Listing, tells_all_that_s3_tells) {
  PutOptions options;
  options.modified_ms = 1'795'341'600'000;  // 2026-11-22T10:00:00Z
  server.put("b", "a b/é.csv", "hello", options);
  auto const answer = list("&prefix=a%20b/&max-keys=7&start-after=a%20b%2F");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(header(answer, "Content-Type"), "application/xml");
  EXPECT_NE(answer.body.find("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"),
            std::string::npos);
  EXPECT_EQ(element(answer.body, "Name"), "b");
  EXPECT_EQ(element(answer.body, "Prefix"), "a+b/");
  EXPECT_EQ(element(answer.body, "StartAfter"), "a+b/");
  EXPECT_EQ(element(answer.body, "MaxKeys"), "7");
  EXPECT_EQ(element(answer.body, "KeyCount"), "1");
  EXPECT_EQ(element(answer.body, "EncodingType"), "url");
  EXPECT_EQ(element(answer.body, "IsTruncated"), "false");
  EXPECT_EQ(element(answer.body, "NextContinuationToken"), "(none)");
  EXPECT_EQ(element(answer.body, "Key"), "a+b/%C3%A9.csv");
  EXPECT_EQ(element(answer.body, "LastModified"), "2026-11-22T10:00:00.000Z");
  EXPECT_EQ(element(answer.body, "ETag"), "&quot;5d41402abc4b2a76b9719d911017c592&quot;");
  EXPECT_EQ(element(answer.body, "Size"), "5");
}

TEST_F(S3Listing, pages_hold_every_key_once_and_in_byte_order) {
  // U+10000 comes behind U+FFFD in UTF-8, though its UTF-16 surrogates are smaller.
  Texts const sorted{"a", "a!", "a/", "a/b", "a0", "b", "\xef\xbf\xbd", "\xf0\x90\x80\x80"};
  put_all({sorted.rbegin(), sorted.rend()});
  auto const bodies = pages("&max-keys=3");
  EXPECT_EQ(bodies.size(), 3U);
  EXPECT_EQ(element(bodies[1], "IsTruncated"), "true");
  EXPECT_EQ(element(bodies[1], "ContinuationToken"), element(bodies[0], "NextContinuationToken"));
  Texts decoded;
  for (auto const& key : all(bodies, "Key")) decoded.push_back(core::percent_decode(key));
  EXPECT_EQ(decoded, sorted);
}

TEST_F(S3Listing, groups_by_delimiter_and_pages_over_groups) {
  put_all({"p/a/1", "p/a/2", "p/b", "p/c/1", "p/c/2", "p/d", "q"});
  auto const whole = list("&prefix=p/&delimiter=/").body;
  EXPECT_EQ(elements(whole, "Key"), (Texts{"p/b", "p/d"}));
  EXPECT_EQ(elements(whole, "Prefix"), (Texts{"p/", "p/a/", "p/c/"}));
  EXPECT_EQ(element(whole, "KeyCount"), "4");
  auto const bodies = pages("&prefix=p/&delimiter=/&max-keys=1");
  EXPECT_EQ(bodies.size(), 4U);
  EXPECT_EQ(all(bodies, "Key"), (Texts{"p/b", "p/d"}));
}

TEST_F(S3Listing, start_after_may_be_any_text) {
  put_all({"a", "b", "c"});
  EXPECT_EQ(elements(list("&start-after=a").body, "Key"), (Texts{"b", "c"}));
  EXPECT_EQ(elements(list("&start-after=aa").body, "Key"), (Texts{"b", "c"}));
  EXPECT_EQ(elements(list("&start-after=A&prefix=b").body, "Key"), (Texts{"b"}));
  EXPECT_EQ(elements(list("&start-after=c").body, "Key"), Texts{});
  EXPECT_EQ(element(list("&max-keys=0").body, "IsTruncated"), "false");
}

TEST_F(S3Listing, hostile_keys_come_back_as_they_went) {
  std::set<std::string> const keys{"a b",  "a+b",  "a%2Bb", "a=b",    "a//b", "/a",  "a/./b", "../x",
                                   "\x01", "\r\n", " ",     "&lt;\"", "a?b",  "a#b", "a&b",   std::string(1024, 'k')};
  for (auto const& key : keys) {
    EXPECT_EQ(send("PUT", "/b/" + core::percent_encode_path(key), {}, "x" + key).status, 200);
    EXPECT_EQ(get("/b/" + core::percent_encode_path(key)).body, "x" + key);
  }
  std::set<std::string> listed;
  for (auto text : elements(list().body, "Key")) {
    std::ranges::replace(text, '+', ' ');
    listed.insert(core::percent_decode(text));
  }
  EXPECT_EQ(listed, keys);
  auto const raw = get("/b?list-type=2").body;
  EXPECT_NE(raw.find("<Key>&amp;lt;&quot;</Key>"), std::string::npos);
  EXPECT_NE(raw.find("<Key>&#x1;</Key>"), std::string::npos);
  EXPECT_EQ(element(raw, "EncodingType"), "(none)");
}

TEST_F(S3Listing, version_one_has_markers) {
  put_all({"a", "b", "c/1", "c/2", "d"});
  auto const first = get("/b?max-keys=3&delimiter=/").body;
  EXPECT_EQ(element(first, "Marker"), "");
  EXPECT_EQ(element(first, "NextMarker"), "c/");
  EXPECT_EQ(element(first, "KeyCount"), "(none)");
  EXPECT_EQ(elements(get("/b?max-keys=3&delimiter=/&marker=c/").body, "Key"), Texts{"d"});
}

TEST_F(S3Listing, refuses_what_it_cannot_read) {
  for (auto const* const bad : {"&max-keys=x", "&max-keys=-1", "&continuation-token=what"})
    EXPECT_EQ(element(list(bad).body, "Code"), "InvalidArgument") << bad;
  EXPECT_EQ(get("/b?list-type=2&encoding-type=xml").status, 400);
  EXPECT_EQ(element(list("", "nothing-here").body, "Code"), "NoSuchBucket");
}

TEST_F(S3Listing, a_synthetic_bucket_lists_like_any_other) {
  server.make_synthetic_bucket("s", 2500);
  Texts keys;
  std::string after;
  int requests = 0;
  for (std::string body; (body = list("&start-after=" + after, "s").body, element(body, "KeyCount") != "0");
       ++requests) {
    for (auto& key : elements(body, "Key")) keys.push_back(key);
    after = keys.back();
  }
  EXPECT_EQ(requests, 3);
  EXPECT_EQ(keys.size(), 2500U);
  EXPECT_TRUE(std::ranges::is_sorted(keys));
  EXPECT_EQ(elements(list("&prefix=data/site-0000/&delimiter=/", "s").body, "Prefix").size(), 4U);
  auto const object = get("/s/" + keys[7]);
  EXPECT_EQ(std::to_string(object.body.size()), elements(list("&prefix=" + keys[7], "s").body, "Size").at(0));
}

/// The answers that tests/e2e/test_s3_servers.py asks of a real gateway.
class S3LikeRgw : public S3Test {
 protected:
  S3LikeRgw()
      : S3Test([] {
          Settings settings;
          settings.like_rgw = true;
          return settings;
        }()) {}
};

TEST_F(S3LikeRgw, encodes_keys_and_echoes_the_rest_as_it_is) {
  for (auto const* const key : {"a b/c+d", "a b/e", "f"}) server.put("b", key, "x");
  auto const page = list("&prefix=a%20b/&start-after=a%20&max-keys=1").body;
  EXPECT_EQ(element(page, "Key"), "a%20b%2Fc%2Bd");
  EXPECT_EQ(element(page, "Prefix"), "a b/");
  EXPECT_EQ(element(page, "StartAfter"), "a ");
  EXPECT_EQ(element(page, "NextContinuationToken"), "a b/c+d");
  EXPECT_EQ(elements(list("&continuation-token=a%20b/c%2Bd").body, "Key"), (Texts{"a%20b%2Fe", "f"}));
  EXPECT_EQ(elements(list("&delimiter=/").body, "Prefix").back(), "a%20b/");
}

}  // namespace s3_test
