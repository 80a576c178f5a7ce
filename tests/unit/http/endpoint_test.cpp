#include "http/endpoint.hpp"

#include <gtest/gtest.h>

#include "http/headers.hpp"

using core::Errc;
using http::Endpoint;

TEST(Endpoint, reads_unix_sockets_and_tcp_addresses) {
  EXPECT_EQ(Endpoint::parse("unix:///run/docker.sock")->path(), "/run/docker.sock");
  auto const named = Endpoint::parse("tcp://engine.example.org:2375");
  EXPECT_EQ(named->host(), "engine.example.org");
  EXPECT_EQ(named->port(), 2375);
  EXPECT_EQ(named->authority(), "engine.example.org:2375");
  auto const v6 = Endpoint::parse("tcp://[::1]:80/");
  EXPECT_EQ(v6->host(), "::1");
  EXPECT_EQ(v6->to_string(), "tcp://[::1]:80");
  EXPECT_EQ(Endpoint::parse("http://registry")->port(), 80);
}

TEST(Endpoint, says_in_the_host_header_only_a_port_that_is_not_the_usual_one) {
  EXPECT_EQ(Endpoint::parse("https://s3.example.org")->authority(), "s3.example.org");
  EXPECT_EQ(Endpoint::parse("https://s3.example.org")->port(), 443);
  EXPECT_EQ(Endpoint::parse("https://s3.example.org:80")->authority(), "s3.example.org:80");
  EXPECT_EQ(Endpoint::parse("http://s3.example.org:443")->authority(), "s3.example.org:443");
  EXPECT_EQ(Endpoint::parse("http://[::1]:80/")->authority(), "[::1]");
  EXPECT_TRUE(Endpoint::parse("https://[::1]:8443")->is_tls());
  EXPECT_EQ(Endpoint::parse("https://[::1]:8443")->to_string(), "https://[::1]:8443");
  EXPECT_EQ(Endpoint::parse("https://a:8443")->with_host("b").to_string(), "https://b:8443");
}

TEST(Endpoint, refuses_what_names_no_server) {
  for (char const* const text :
       {"", "docker.sock", "unix://", "unix://relative", "tcp://", "tcp://host", "tcp://host:0", "tcp://host:70000",
        "tcp://host:80x", "tcp://[::1", "tcp://:80", "tcp://a b:1", "tcp://host:80/path", "ftp://host:21", "https://",
        "https://host/bucket"}) {
    auto const parsed = Endpoint::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid) << text;
  }
  EXPECT_EQ(Endpoint::parse("unix:///" + std::string(200, 'a')).error().code, Errc::invalid);
}

TEST(Headers, compare_names_without_case_and_cannot_break_a_message) {
  http::Headers headers;
  headers.add("X-One", "a\r\nEvil: yes");
  headers.add("x-one", "b");
  EXPECT_EQ(headers.find("x-ONE"), "a  Evil: yes");
  headers.set("X-ONE", "c");
  EXPECT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers.find("X-One"), "c");
  EXPECT_EQ(headers.find("X-Two"), std::nullopt);
}
