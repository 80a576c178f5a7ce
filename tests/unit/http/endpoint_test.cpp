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

TEST(Endpoint, refuses_what_names_no_server) {
  for (char const* const text :
       {"", "docker.sock", "unix://", "unix://relative", "tcp://", "tcp://host", "tcp://host:0", "tcp://host:70000",
        "tcp://host:80x", "tcp://[::1", "tcp://:80", "tcp://a b:1", "tcp://host:80/path", "ftp://host:21"}) {
    auto const parsed = Endpoint::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid) << text;
  }
  EXPECT_EQ(Endpoint::parse("unix:///" + std::string(200, 'a')).error().code, Errc::invalid);
  EXPECT_EQ(Endpoint::parse("https://host:443").error().code, Errc::unsupported);
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
