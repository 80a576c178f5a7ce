#include "api/problem.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace {

using core::Errc;

TEST(Problem, is_what_rfc_9457_says_and_carries_the_hint) {
  auto const reply =
      api::problem(core::Error{Errc::not_found, "there is no such run", "42", "`tidewheel runs` lists them"});
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.headers.find("Content-Type"), "application/problem+json");
  auto const body = boost::json::parse(reply.body);
  EXPECT_EQ(body.at("type").as_string(), "urn:tidewheel:problem:not_found");
  EXPECT_EQ(body.at("title").as_string(), "Not found");
  EXPECT_EQ(body.at("status").as_int64(), 404);
  EXPECT_EQ(body.at("detail").as_string(), "42: there is no such run");
  EXPECT_EQ(body.at("hint").as_string(), "`tidewheel runs` lists them");
}

TEST(Problem, leaves_out_a_hint_that_there_is_not) {
  auto const body = boost::json::parse(api::problem(core::Error{Errc::conflict, "it has not ended", {}, {}}).body);
  EXPECT_FALSE(body.as_object().contains("hint"));
  EXPECT_EQ(body.at("detail").as_string(), "it has not ended");
}

TEST(Problem, stays_json_whatever_a_name_is_made_of) {
  auto const reply = api::problem(core::Error{Errc::invalid, "bad", "/a\xff\n\"\x1b", {}});
  EXPECT_EQ(boost::json::parse(reply.body).at("detail").as_string(), "/a\xEF\xBF\xBD\\x0a\"\\x1b: bad");
}

TEST(Problem, gives_every_kind_of_failure_the_status_that_http_has_for_it) {
  EXPECT_EQ(api::status_of(Errc::invalid), 422);
  EXPECT_EQ(api::status_of(Errc::not_found), 404);
  EXPECT_EQ(api::status_of(Errc::conflict), 409);
  EXPECT_EQ(api::status_of(Errc::permission), 403);
  EXPECT_EQ(api::status_of(Errc::unavailable), 503);
  EXPECT_EQ(api::status_of(Errc::timeout), 504);
  EXPECT_EQ(api::status_of(Errc::too_large), 413);
  EXPECT_EQ(api::status_of(Errc::no_space), 507);
  for (auto const ours : {Errc::io, Errc::corrupt, Errc::internal}) EXPECT_EQ(api::status_of(ours), 500);
}

}  // namespace
