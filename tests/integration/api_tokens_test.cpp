#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "integration/api_world.hpp"

namespace {

using integration::ApiWorld;
using testing::HasSubstr;

class ApiTokens : public ::testing::Test {
 protected:
  ApiWorld world;
};

TEST_F(ApiTokens, are_shown_once_with_a_link_and_listed_without_their_secret) {
  auto const port = world.listen();
  world.run([this, port]() -> boost::asio::awaitable<void> {
    auto const made =
        co_await world.post("/api/v1/tokens", R"({"name":"Anas laptop","access":"read","expires_in_s":2592000})");
    EXPECT_EQ(made.status, 201) << made.text;
    std::string const token(made.body.at("token").as_string());
    EXPECT_EQ(std::string(made.body.at("link").as_string()),
              "http://127.0.0.1:" + std::to_string(port) + "/sign-in#token=" + token);
    EXPECT_TRUE(made.body.at("expires_at").is_string());
    EXPECT_EQ(made.headers.find("Cache-Control"), "no-store");
    auto const list = co_await world.get("/api/v1/tokens");
    EXPECT_THAT(list.text, HasSubstr("Anas laptop"));
    EXPECT_THAT(list.text, testing::Not(HasSubstr(token)));
    EXPECT_TRUE(list.body.at("tokens").as_array().at(0).at("last_used_at").is_null());
  });
}

TEST_F(ApiTokens, have_no_link_where_nothing_listens) {
  world.run([this]() -> boost::asio::awaitable<void> {
    auto const made = co_await world.post("/api/v1/tokens", R"({"name":"x","expires_in_s":null})");
    EXPECT_TRUE(made.body.at("link").is_null());
    EXPECT_TRUE(made.body.at("expires_at").is_null());
  });
}

TEST_F(ApiTokens, are_refused_with_what_is_wrong) {
  world.pipeline("air");
  world.run([this]() -> boost::asio::awaitable<void> {
    for (auto const& [body, said] : std::vector<std::pair<std::string, std::string>>{
             {R"({"expires_in_s":null})", "name"},
             {R"({"name":"","expires_in_s":null})", "name"},
             {R"({"name":"a\nb","expires_in_s":null})", "name"},
             {R"({"name":"x"})", "expires_in_s"},
             {R"({"name":"x","expires_in_s":0})", "expires_in_s"},
             {R"({"name":"x","expires_in_s":1e300})", "expires_in_s"},
             {R"({"name":"x","expires_in_s":null,"access":"root"})", "access"},
             {R"({"name":"x","expires_in_s":null,"pipelines":[]})", "pipelines"},
             {R"({"name":"x","expires_in_s":null,"pipelines":["aire"]})", "did you mean"},
             {R"({"name":"x","expires_in_s":null,"pipelines":["air"],"access":"admin"})", "all pipelines"},
             {R"({"name":"x","expires_in_s":null,"colour":"red"})", "colour"}}) {
      auto const answer = co_await world.post("/api/v1/tokens", body);
      EXPECT_EQ(answer.status, 422) << body;
      EXPECT_THAT(answer.text, HasSubstr(said)) << body;
    }
    http::Request request("DELETE", "/api/v1/tokens/99");
    auto const none = co_await world.client().send(std::move(request));
    EXPECT_EQ(none.value().status, 404);
  });
}

class ApiOnce : public ApiTokens {
 protected:
  boost::asio::awaitable<ApiWorld::Answer> start(std::string key, std::string body) {
    http::Request request("POST", "/api/v1/pipelines/qc/runs");
    request.headers.set("Content-Type", "application/json");
    request.headers.set("Idempotency-Key", key);
    request.body = std::move(body);
    auto const response = (co_await world.client().send(std::move(request))).value();
    ApiWorld::Answer answer;
    answer.status = response.status;
    answer.text = response.body;
    co_return answer;
  }
};

TEST_F(ApiOnce, a_request_that_is_sent_again_makes_no_second_run) {
  world.pipeline("qc");
  auto const file = world.put("a.csv", "1");
  world.run([this, file]() -> boost::asio::awaitable<void> {
    auto const body = R"({"input":")" + file + "\"}";
    auto const first = co_await start("k1", body);
    EXPECT_EQ(first.status, 202) << first.text;
    std::filesystem::remove(file);
    auto const again = co_await start("k1", body);
    EXPECT_EQ(again.status, 202) << "although its file is gone by now";
    EXPECT_EQ(again.text, first.text);
    auto const other = co_await start("k1", "{}");
    EXPECT_EQ(other.status, 422);
    EXPECT_THAT(other.text, HasSubstr("Idempotency-Key"));
    EXPECT_EQ((co_await start(std::string(256, 'k'), "{}")).status, 422);
  });
}

}  // namespace
