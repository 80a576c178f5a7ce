#include "http/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "support/run_coro.hpp"

using http::Reply;
using http::RequestContext;
using http::Router;

namespace {

/// A handler that answers with its own name and the parameters it got.
http::Handler named(std::string name) {
  return [name](RequestContext request) -> http::awaitable<Reply> {
    std::string text = name;
    for (auto const& [key, value] : request.params) text += " " + key + "=" + value;
    co_return Reply::text(200, text);
  };
}

Reply ask(Router const& router, std::string method, std::string path) {
  return support::run_coro([&]() -> http::awaitable<Reply> {
    RequestContext request;
    request.method = method;
    request.path = path;
    co_return co_await router.route(std::move(request));
  });
}

Router make_router() {
  Router router;
  router.add("GET", "/runs/{id}", named("show"));
  router.add("DELETE", "/runs/{id}", named("cancel"));
  router.add("GET", "/runs/newest", named("newest"));
  router.add("GET", "/runs/{id}/artifacts/{path...}", named("artifact"));
  router.add("GET", "/", named("home"));
  return router;
}

}  // namespace

TEST(Router, gives_decoded_parameters_to_the_handler) {
  EXPECT_EQ(ask(make_router(), "GET", "/runs/a%20b%2Fc").body, "show id=a b/c");
  EXPECT_EQ(ask(make_router(), "DELETE", "/runs/7").body, "cancel id=7");
  EXPECT_EQ(ask(make_router(), "GET", "/").body, "home");
}

TEST(Router, prefers_a_literal_to_a_parameter_whatever_was_added_first) {
  EXPECT_EQ(ask(make_router(), "GET", "/runs/newest").body, "newest");
  EXPECT_EQ(ask(make_router(), "DELETE", "/runs/newest").body, "cancel id=newest") << "the literal knows no DELETE";
}

TEST(Router, takes_the_rest_of_the_path_with_its_slashes) {
  EXPECT_EQ(ask(make_router(), "GET", "/runs/7/artifacts/plots/a.png").body, "artifact id=7 path=plots/a.png");
}

TEST(Router, answers_404_with_a_problem_for_an_unknown_path) {
  for (char const* const path : {"/nothing", "/runs", "/runs/", "/runs/7/more", "/runs/7/artifacts"}) {
    Reply const reply = ask(make_router(), "GET", path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_EQ(reply.headers.find("Content-Type"), "application/problem+json");
  }
}

TEST(Router, answers_405_with_the_methods_that_are_allowed) {
  Reply const reply = ask(make_router(), "PUT", "/runs/7");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.headers.find("Allow"), "DELETE, GET, HEAD");
}

TEST(Router, finds_the_get_handler_for_head) {
  EXPECT_EQ(ask(make_router(), "HEAD", "/runs/7").body, "show id=7");
}

TEST(Router, refuses_a_table_that_contradicts_itself) {
  Router router = make_router();
  EXPECT_THROW(router.add("GET", "/runs/{id}", named("again")), std::logic_error);
  EXPECT_THROW(router.add("GET", "runs", named("x")), std::logic_error);
  EXPECT_THROW(router.add("GET", "/a/{rest...}/b", named("x")), std::logic_error);
}
