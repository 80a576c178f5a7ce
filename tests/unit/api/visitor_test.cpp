#include "api/visitor.hpp"

#include <gtest/gtest.h>

#include "api/secret_text.hpp"

namespace {

using namespace api;

http::RequestContext request(std::string method, std::vector<std::pair<std::string, std::string>> const& headers) {
  http::RequestContext made;
  made.method = std::move(method);
  made.address = "10.0.0.7";
  made.headers.set("Host", "127.0.0.1:7420");
  for (auto const& [name, value] : headers) made.headers.add(name, value);
  return made;
}

std::string client_seen(std::set<std::string> const& trusted, std::string const& forwarded) {
  auto asked = request("GET", {{"X-Forwarded-For", forwarded}, {"X-Forwarded-Proto", "https"}});
  see_through_proxies(asked, trusted);
  return asked.address + (asked.tls ? " tls" : "");
}

TEST(Visitor, is_whom_a_trusted_proxy_names) {
  EXPECT_EQ(client_seen({"10.0.0.7"}, "192.0.2.1"), "192.0.2.1 tls");
  EXPECT_EQ(client_seen({"10.0.0.7", "10.0.0.8"}, "192.0.2.1, 10.0.0.8"), "192.0.2.1 tls");
  EXPECT_EQ(client_seen({"10.0.0.7"}, "203.0.113.9, 192.0.2.1"), "192.0.2.1 tls") << "what is before it may be made up";
  EXPECT_EQ(client_seen({"10.0.0.7"}, "2001:DB8::0:1"), "2001:db8::1 tls");
}

TEST(Visitor, is_the_peer_itself_where_nobody_trusted_names_another) {
  EXPECT_EQ(client_seen({}, "192.0.2.1"), "10.0.0.7");
  EXPECT_EQ(client_seen({"10.0.0.9"}, "192.0.2.1"), "10.0.0.7");
  EXPECT_EQ(client_seen({"10.0.0.7"}, "unknown"), "10.0.0.7 tls");
  EXPECT_EQ(client_seen({"10.0.0.7"}, ""), "10.0.0.7 tls");
}

TEST(Visitor, of_one_ipv6_network_is_one_caller) {
  EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2:ffff::1"));
  EXPECT_NE(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
  EXPECT_EQ(network_of("2001:db8::1"), network_of("2001:db8::2"));
  EXPECT_NE(network_of("::1"), "");
}

TEST(Host, is_ours_where_no_page_elsewhere_can_have_that_name) {
  for (auto const* const host :
       {"127.0.0.1:7420", "127.0.0.1", "localhost:9000", "LOCALHOST", "[::1]:7420", "10.1.2.3:80"})
    EXPECT_TRUE(is_our_host(host, "")) << host;
  for (auto const* const host : {"evil.example", "evil.example:7420", "127.0.0.1.evil.example",
                                 "localhost.evil.example", "", ":7420", "[", "[evil]", "0x7f.1", "tw.example.org"})
    EXPECT_FALSE(is_our_host(host, "")) << host;
  EXPECT_TRUE(is_our_host("TW.example.org", "https://tw.example.org"));
  EXPECT_TRUE(is_our_host("tw.example.org:8443", "https://tw.example.org:8443"));
  EXPECT_FALSE(is_our_host("w.example.org", "https://tw.example.org"));
}

TEST(Cookie, is_found_among_others_by_its_whole_name) {
  http::Headers headers;
  headers.add("Cookie", "a=1; xtidewheel_1=no;  tidewheel_1=se=cret ; b");
  EXPECT_EQ(cookie_of(headers, "tidewheel_1"), "se=cret");
  EXPECT_EQ(cookie_of(headers, "a"), "1");
  EXPECT_EQ(cookie_of(headers, "tidewheel"), std::nullopt);
  EXPECT_EQ(cookie_of(headers, "b"), std::nullopt);
  headers.add("cookie", "c=3");
  EXPECT_EQ(cookie_of(headers, "c"), "3");
}

TEST(ForeignPage, may_neither_write_nor_read_with_our_cookie) {
  for (auto const* const origin :
       {"null", "https://evil.example", "http://127.0.0.1:3000", "https://127.0.0.1:7420", ""}) {
    EXPECT_TRUE(foreign_page(request("POST", {{"Origin", origin}}), true, "")) << origin;
    EXPECT_TRUE(foreign_page(request("GET", {{"Origin", origin}}), true, "")) << origin;
  }
  for (auto const* const site : {"cross-site", "same-site", "none"})
    EXPECT_TRUE(foreign_page(request("DELETE", {{"Sec-Fetch-Site", site}}), true, "")) << site;
  EXPECT_TRUE(foreign_page(request("GET", {{"Sec-Fetch-Site", "cross-site"}}), true, ""));
  EXPECT_TRUE(foreign_page(request("POST", {}), true, "")) << "nothing says where it comes from";
}

TEST(ForeignPage, is_told_from_our_own) {
  EXPECT_FALSE(foreign_page(request("POST", {{"Sec-Fetch-Site", "same-origin"}}), true, ""));
  EXPECT_FALSE(foreign_page(request("POST", {{"Origin", "http://127.0.0.1:7420"}}), true, ""));
  EXPECT_FALSE(foreign_page(request("POST", {{"Origin", "https://tw.example.org"}}), true, "https://tw.example.org"));
  EXPECT_FALSE(foreign_page(request("GET", {}), true, ""));
  EXPECT_FALSE(foreign_page(request("GET", {{"Sec-Fetch-Site", "none"}}), true, "")) << "typed";
  auto secure = request("POST", {{"Origin", "https://127.0.0.1:7420"}});
  secure.tls = true;
  EXPECT_FALSE(foreign_page(secure, true, ""));
}

TEST(ForeignPage, is_nothing_to_programs_but_cannot_sign_anybody_in) {
  EXPECT_FALSE(foreign_page(request("POST", {{"Authorization", "Bearer x"}}), false, ""));
  EXPECT_FALSE(foreign_page(request("POST", {{"Authorization", "Bearer x"}, {"Origin", "https://a"}}), false, ""));
  EXPECT_FALSE(foreign_page(request("POST", {}), false, ""));
  EXPECT_TRUE(foreign_page(request("POST", {{"Origin", "https://evil.example"}}), false, "")) << "as somebody else";
}

TEST(Secret, is_256_bits_that_never_come_twice) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    auto const token = make_token();
    EXPECT_TRUE(is_token(token)) << token;
    EXPECT_TRUE(seen.insert(token).second);
  }
}

TEST(Secret, has_one_shape) {
  std::string const good = "tw_" + std::string(43, 'a');
  EXPECT_TRUE(is_token(good));
  for (std::string const& bad : {std::string(), good + "a", good.substr(1), "tw_" + std::string(42, 'a'),
                                 "tw_" + std::string(42, 'a') + "=", "xx_" + std::string(43, 'a')})
    EXPECT_FALSE(is_token(bad)) << bad;
  EXPECT_FALSE(is_secret(good));
}

}  // namespace
