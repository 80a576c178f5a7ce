#include "s3/addressing.hpp"

#include <gtest/gtest.h>

namespace {

using http::Endpoint;
using s3::Addressing;

std::string url(std::string_view endpoint, std::string_view bucket, Addressing addressing) {
  auto const address = s3::address_of(Endpoint::parse(endpoint).value(), bucket, addressing).value();
  return address.endpoint.authority() + address.path_of("/k");
}

TEST(Addressing, puts_the_bucket_into_the_path) {
  EXPECT_EQ(url("https://s3.example.org", "data", Addressing::path), "s3.example.org/data//k");
  EXPECT_EQ(url("http://[::1]:7480", "data", Addressing::path), "[::1]:7480/data//k");
}

TEST(Addressing, puts_the_bucket_into_the_host) {
  EXPECT_EQ(url("https://s3.example.org:8443", "data", Addressing::virtual_host), "data.s3.example.org:8443//k");
  EXPECT_EQ(url("http://s3.example.org", "a.b", Addressing::virtual_host), "a.b.s3.example.org//k");
}

TEST(Addressing, falls_back_to_the_path_where_a_host_cannot_carry_the_bucket) {
  EXPECT_EQ(url("https://s3.example.org", "a.b", Addressing::virtual_host), "s3.example.org/a.b//k") << "S19";
  for (char const* const bucket : {"Old_Bucket", "ab", "-ab", "a..b", "a.-b"})
    EXPECT_EQ(url("http://s3.example.org", bucket, Addressing::virtual_host),
              "s3.example.org/" + std::string(bucket) + "//k");
  EXPECT_EQ(url("http://127.0.0.1:9000", "data", Addressing::virtual_host), "127.0.0.1:9000/data//k");
  EXPECT_EQ(url("http://[::1]:9000", "data", Addressing::virtual_host), "[::1]:9000/data//k");
}

TEST(Addressing, refuses_what_is_no_bucket) {
  auto const endpoint = Endpoint::parse("https://s3.example.org").value();
  EXPECT_EQ(s3::address_of(endpoint, "", Addressing::path).error().code, core::Errc::invalid);
  EXPECT_EQ(s3::address_of(endpoint, "a/b", Addressing::path).error().code, core::Errc::invalid);
  EXPECT_EQ(s3::address_of(Endpoint::unix_socket("/s"), "a", Addressing::path).error().code, core::Errc::invalid);
}

TEST(Addressing, moves_only_aws_endpoints_and_only_within_aws) {
  auto const moved = [](std::string_view endpoint, std::string_view region) {
    auto const there = s3::endpoint_in_region(Endpoint::parse(endpoint).value(), region);
    return there ? there->to_string() : "";
  };
  EXPECT_EQ(moved("https://s3.us-east-1.amazonaws.com", "eu-west-1"), "https://s3.eu-west-1.amazonaws.com:443");
  EXPECT_EQ(moved("https://s3.amazonaws.com", "eu-west-1"), "https://s3.eu-west-1.amazonaws.com:443");
  EXPECT_EQ(moved("https://s3-eu-west-1.amazonaws.com", "us-east-2"), "https://s3.us-east-2.amazonaws.com:443");
  EXPECT_EQ(moved("https://s3.dualstack.eu-west-1.amazonaws.com", "us-east-2"),
            "https://s3.dualstack.us-east-2.amazonaws.com:443");
  EXPECT_EQ(moved("https://s3.cn-north-1.amazonaws.com.cn", "cn-northwest-1"),
            "https://s3.cn-northwest-1.amazonaws.com.cn:443");
  EXPECT_EQ(moved("https://s3.example.org", "eu-west-1"), "");
  EXPECT_EQ(moved("https://amazonaws.com.example.org", "eu-west-1"), "");
  for (char const* const region : {"", "evil.example.org/", "a b", "x@evil.example.org", "evil.example.org", "EU"})
    EXPECT_EQ(moved("https://s3.us-east-1.amazonaws.com", region), "") << region;
}

}  // namespace
