#include "api/query.hpp"

#include <gtest/gtest.h>

namespace {

http::RequestContext with_query(std::string const& name, std::string const& value) {
  http::RequestContext request;
  request.query.emplace(name, value);
  return request;
}

http::RequestContext with_body(std::string const& type, std::string const& body) {
  http::RequestContext request;
  request.headers.set("Content-Type", type);
  request.body = body;
  return request;
}

template <class Call>
core::Errc refused(Call call) {
  try {
    (void)call();
  } catch (core::Failure const& failure) {
    return failure.error().code;
  }
  ADD_FAILURE() << "nothing was refused";
  return core::Errc::internal;
}

TEST(Query, bounds_the_page) {
  EXPECT_EQ(api::limit_of({}, 50), 50U);
  EXPECT_EQ(api::limit_of(with_query("limit", "1000"), 50), 1000U);
  for (auto const* const bad : {"0", "1001", "-1", "x", "", "99999999999999999999", "1e3", " 1"})
    EXPECT_EQ(refused([&] { return api::limit_of(with_query("limit", bad), 50); }), core::Errc::invalid) << bad;
}

TEST(Query, reads_flags_and_refuses_what_is_none) {
  EXPECT_FALSE(api::flag_of({}, "follow"));
  EXPECT_TRUE(api::flag_of(with_query("follow", "1"), "follow"));
  EXPECT_TRUE(api::flag_of(with_query("follow", ""), "follow"));
  EXPECT_FALSE(api::flag_of(with_query("follow", "false"), "follow"));
  EXPECT_EQ(refused([] { return api::flag_of(with_query("follow", "maybe"), "follow"); }), core::Errc::invalid);
}

TEST(Query, takes_paths_as_text_or_as_base64) {
  EXPECT_EQ(api::bytes_of(with_query("path", "/a b"), "path"), "/a b");
  EXPECT_EQ(api::bytes_of(with_query("path_base64", "L2H/"), "path"), "/a\xff");
  EXPECT_EQ(api::bytes_of(http::RequestContext(), "path"), std::nullopt);
  EXPECT_EQ(refused([] { return api::bytes_of(with_query("path_base64", "L2H"), "path"); }), core::Errc::invalid);
}

TEST(Body, is_only_read_as_what_it_says_it_is) {
  EXPECT_TRUE(api::body_of(with_body("application/json; charset=utf-8", R"({"a": 1})")));
  EXPECT_TRUE(api::body_of(with_body("Application/JSON", "")));
  EXPECT_FALSE(api::body_of(with_body("text/plain", "{}")));
  EXPECT_FALSE(api::body_of(with_body("application/x-www-form-urlencoded", "a=1")));
  EXPECT_FALSE(api::body_of(http::RequestContext()));
}

TEST(Body, must_be_a_json_object) {
  for (auto const* const bad : {"{", "[]", "1", "{} {}", "{\"a\": \xff}"})
    EXPECT_EQ(refused([&] { return api::body_of(with_body("application/json", bad)); }), core::Errc::invalid) << bad;
}

}  // namespace
