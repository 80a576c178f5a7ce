#include "s3/listing.hpp"

#include <gtest/gtest.h>

namespace {

using core::Errc;
using s3::ListingQuestion;
using s3::PlusMeaning;

/// A page as a server writes it; a test spoils one part.
struct Page {
  std::string root = "ListBucketResult", name = "data", prefix = "in/", encoding = "<EncodingType>url</EncodingType>";
  std::string truncated = "false", token, count, more;
  std::vector<std::string> keys;

  [[nodiscard]] std::string xml() const {
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + root +
                       " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>" + name + "</Name><Prefix>" + prefix +
                       "</Prefix>" + encoding + "<IsTruncated>" + truncated + "</IsTruncated>";
    if (count != "none") text += "<KeyCount>" + (count.empty() ? std::to_string(keys.size()) : count) + "</KeyCount>";
    if (!token.empty()) text += "<NextContinuationToken>" + token + "</NextContinuationToken>";
    for (auto const& key : keys)
      text += "<Contents><Key>" + key + "</Key><LastModified>2026-11-22T10:00:00.000Z</LastModified>" +
              "<ETag>&quot;0cc1-2&quot;</ETag><Size>12</Size><StorageClass>STANDARD</StorageClass></Contents>";
    return text + more + "</" + root + ">";
  }
};

ListingQuestion about_in() {
  ListingQuestion question;
  question.bucket = "data";
  question.prefix = "in/";
  return question;
}

std::string rule_broken(Page const& page, ListingQuestion const& question = about_in()) {
  auto const read = s3::parse_listing(page.xml(), question);
  if (read) return "none";
  EXPECT_EQ(read.error().code, Errc::protocol);
  EXPECT_FALSE(read.error().hint.empty());
  return read.error().operation;
}

TEST(Listing, is_read) {
  Page page;
  page.keys = {"in/a", "in/b"};
  page.truncated = "true";
  page.token = "next";
  auto const read = s3::parse_listing(page.xml(), about_in()).value();
  ASSERT_EQ(read.entries.size(), 2U);
  EXPECT_EQ(read.entries[0].key, "in/a");
  EXPECT_EQ(read.entries[0].etag, "0cc1-2");
  EXPECT_EQ(read.entries[0].size, 12);
  EXPECT_EQ(core::to_rfc3339(read.entries[0].last_modified), "2026-11-22T10:00:00.000Z");
  EXPECT_TRUE(read.truncated);
  EXPECT_EQ(read.next_token, "next");
  EXPECT_FALSE(read.plus_seen);
}

TEST(Listing, of_nothing_is_a_listing) {
  EXPECT_TRUE(s3::parse_listing(Page().xml(), about_in())->entries.empty());
}

TEST(Listing, decodes_every_byte_of_a_key) {  // S14
  Page page;
  page.keys = {"in/%00%01%08%0D%0A%20", "in/%25252B%26lt%3B", "in/%2B", "in//%2E/..", "in/%C3%A9", "in/%FF"};
  auto const read = s3::parse_listing(page.xml(), about_in()).value();
  EXPECT_EQ(read.entries[0].key, std::string("in/\0\x01\x08\r\n ", 9));
  EXPECT_EQ(read.entries[1].key, "in/%252B&lt;");
  EXPECT_EQ(read.entries[2].key, "in/+");
  EXPECT_EQ(read.entries[3].key, "in//./..");
  EXPECT_EQ(read.entries[4].key, "in/\xc3\xa9");
  EXPECT_EQ(read.entries[5].key, "in/\xff");
}

TEST(Listing, leaves_keys_as_they_are_where_encoding_type_was_ignored) {  // S13
  Page page;
  page.encoding = "";
  page.keys = {"in/a%20b+c", "in/b&amp;lt;", "in/\xc3\xa9"};
  auto const read = s3::parse_listing(page.xml(), about_in()).value();
  EXPECT_EQ(read.entries[0].key, "in/a%20b+c");
  EXPECT_EQ(read.entries[1].key, "in/b&lt;");
  EXPECT_EQ(read.entries[2].key, "in/\xc3\xa9");
}

TEST(Listing, keeps_a_key_of_blanks) {
  Page page;
  page.encoding = page.prefix = "";
  page.keys = {" ", "   "};
  auto question = about_in();
  question.prefix = "";
  EXPECT_EQ(s3::parse_listing(page.xml(), question)->entries[1].key, "   ");
}

TEST(Listing, reads_plus_as_the_server_means_it) {
  Page page;
  page.keys = {"in/a+b%2Bc"};
  auto const unknown = s3::parse_listing(page.xml(), about_in()).value();
  EXPECT_TRUE(unknown.plus_seen);
  EXPECT_EQ(s3::parse_listing(page.xml(), about_in(), PlusMeaning::blank)->entries[0].key, "in/a b+c");
  EXPECT_EQ(s3::parse_listing(page.xml(), about_in(), PlusMeaning::plus)->entries[0].key, "in/a+b+c");
}

TEST(Listing, learns_the_meaning_of_plus_from_the_echo) {
  auto const meaning = [](std::string const& echo, std::string const& encoding = "<EncodingType>url</EncodingType>") {
    return s3::read_plus_probe("<ListBucketResult>" + encoding + "<StartAfter>" + echo +
                               "</StartAfter></ListBucketResult>");
  };
  EXPECT_EQ(meaning("a+b%2Bc"), PlusMeaning::blank) << "AWS";
  EXPECT_EQ(meaning("a%20b+c"), PlusMeaning::plus);
  EXPECT_EQ(meaning("a%20b%2Bc"), PlusMeaning::plus) << "never writes one";
  EXPECT_EQ(meaning("a b+c"), PlusMeaning::unknown) << "not encoded";
  EXPECT_EQ(meaning("a+b%2Bc", ""), PlusMeaning::unknown);
  EXPECT_EQ(meaning(""), PlusMeaning::unknown);
  EXPECT_EQ(s3::read_plus_probe("nonsense"), PlusMeaning::unknown);
}

TEST(Listing, accepts_a_prefix_echoed_in_any_encoding) {
  auto question = about_in();
  question.prefix = "a b+c/";
  for (char const* const echo : {"a b+c/", "a%20b%2Bc/", "a+b%2Bc/", "a%20b+c/", "a%20b%2Bc%2F"}) {
    Page page;
    page.prefix = echo;
    EXPECT_EQ(rule_broken(page, question), "none") << echo;
  }
}

TEST(Listing, is_not_believed_if_it_is_about_something_else) {  // S11
  Page page;
  page.root = "ListAllMyBucketsResult";
  EXPECT_NE(rule_broken(page).find("root element"), std::string::npos);
  page = Page();
  page.name = "other";
  EXPECT_NE(rule_broken(page).find("bucket 'other'"), std::string::npos);
  page = Page();
  page.prefix = "out/";
  EXPECT_NE(rule_broken(page).find("prefix 'out/'"), std::string::npos);
  page = Page();
  page.count = "none";
  EXPECT_NE(rule_broken(page).find("version 1"), std::string::npos);
}

TEST(Listing, is_not_believed_if_it_is_cut_or_no_xml) {  // S11
  Page page;
  page.keys = {"in/a", "in/b", "in/c"};
  auto const whole = page.xml();
  for (std::size_t length = 0; length + 1 < whole.size(); ++length)
    ASSERT_FALSE(s3::parse_listing(whole.substr(0, length), about_in())) << length;
  EXPECT_FALSE(s3::parse_listing("<html><body>504</body></html>", about_in()));
  EXPECT_FALSE(s3::parse_listing(std::string(s3::longest_listing + 1, ' '), about_in()));
}

TEST(Listing, is_not_believed_out_of_order) {  // S13, S15
  Page page;
  page.keys = {"in/a", "in/c", "in/b"};
  EXPECT_NE(rule_broken(page).find("not ascending"), std::string::npos);
  page.keys = {"in/a", "in/a"};
  EXPECT_NE(rule_broken(page).find("not ascending"), std::string::npos);
  page.keys = {"in/%EF%BF%BD", "in/%F0%90%80%80"};  // U+FFFD, U+10000: UTF-16 has them the other way round
  EXPECT_EQ(rule_broken(page), "none");
  page.keys = {"in/%F0%90%80%80", "in/%EF%BF%BD"};
  EXPECT_NE(rule_broken(page).find("not ascending"), std::string::npos);
  page.keys = {"in/a", "in/a!", "in/a/", "in/a/b"};
  EXPECT_EQ(rule_broken(page), "none");
  auto unordered = about_in();
  unordered.ordered = false;
  page.keys = {"in/b", "in/a"};
  EXPECT_EQ(rule_broken(page, unordered), "none");
}

TEST(Listing, is_not_believed_if_it_starts_too_early) {  // S13: start-after ignored
  auto question = about_in();
  question.start_after = "in/b";
  Page page;
  page.keys = {"in/c"};
  EXPECT_EQ(rule_broken(page, question), "none");
  page.keys = {"in/b", "in/c"};
  EXPECT_NE(rule_broken(page, question).find("start-after"), std::string::npos);
}

TEST(Listing, is_not_believed_with_keys_outside_the_prefix) {
  Page page;
  page.keys = {"in", "in/a"};
  EXPECT_NE(rule_broken(page).find("outside the prefix"), std::string::npos);
  page.keys = {""};
  EXPECT_NE(rule_broken(page).find("no key"), std::string::npos);
}

TEST(Listing, is_not_believed_with_a_wrong_count) {
  Page page;
  page.keys = {"in/a"};
  for (char const* const count : {"0", "2", "x", "-1"}) {
    page.count = count;
    EXPECT_NE(rule_broken(page).find("KeyCount"), std::string::npos) << count;
  }
  page.count = "";
  page.keys = {"in/a", "in/b"};
  auto question = about_in();
  question.max_keys = 1;
  EXPECT_NE(rule_broken(page, question).find("more than the 1"), std::string::npos);
}

TEST(Listing, is_not_believed_if_it_cannot_go_on) {  // S08
  Page page;
  page.keys = {"in/a"};
  page.truncated = "true";
  EXPECT_NE(rule_broken(page).find("no NextContinuationToken"), std::string::npos);
  page.token = "same";
  auto question = about_in();
  question.token = "same";
  EXPECT_NE(rule_broken(page, question).find("the one that was sent"), std::string::npos);
  page.truncated = "";
  EXPECT_NE(rule_broken(page).find("IsTruncated"), std::string::npos);
}

TEST(Listing, is_not_believed_with_a_size_or_time_that_is_none) {
  Page page;
  page.count = "1";
  page.more = "<Contents><Key>in/a</Key><LastModified>yesterday</LastModified><Size>1</Size></Contents>";
  EXPECT_NE(rule_broken(page).find("ISO 8601"), std::string::npos);
  page.more = "<Contents><Key>in/a</Key><LastModified>2026-11-22T10:00:00Z</LastModified><Size>-1</Size></Contents>";
  EXPECT_NE(rule_broken(page).find("size"), std::string::npos);
}

TEST(Listing, reads_common_prefixes_where_they_were_asked_for) {
  Page page;
  page.keys = {"in/a"};
  page.count = "2";
  page.more = "<CommonPrefixes><Prefix>in/sub%20dir/</Prefix></CommonPrefixes>";
  EXPECT_NE(rule_broken(page).find("no delimiter"), std::string::npos);
  auto question = about_in();
  question.delimiter = "/";
  EXPECT_EQ(s3::parse_listing(page.xml(), question)->prefixes, std::vector<std::string>{"in/sub dir/"});
}

TEST(Listing, expands_no_entity_of_a_hostile_document) {
  std::string const xml = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\"><!ENTITY l \"in/lol\">]>";
  Page page;
  page.keys = {"in/&l;&e;"};
  page.encoding = "";
  auto const text = page.xml();
  auto const read =
      s3::parse_listing(text.substr(0, text.find("<List")) + xml + text.substr(text.find("<List")), about_in());
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->entries[0].key, "in/&l;&e;");
}

TEST(Listing, tells_an_error_body_from_a_listing) {
  EXPECT_TRUE(s3::is_error_body("<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code></Error>"));
  Page page;
  page.prefix = "&lt;Error";
  EXPECT_FALSE(s3::is_error_body(page.xml()));
  EXPECT_FALSE(s3::is_error_body(""));
}

}  // namespace
