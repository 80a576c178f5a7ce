#include "docker/errors.hpp"

#include <gtest/gtest.h>

using core::Errc;
using docker::answer_error;
using docker::pull_error;

TEST(DockerErrors, carry_the_engines_own_words) {
  auto const error =
      answer_error(409, R"({"message":"Conflict. The container name \"/x\" is already in use"})", "create", "x");
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_EQ(error.message(), "x: create: Conflict. The container name \"/x\" is already in use");
  EXPECT_EQ(docker::engine_message("not json\n\n"), "not json");
  EXPECT_EQ(docker::engine_message(std::string(1000, 'x')).size(), 300U);
  EXPECT_EQ(answer_error(500, "", "start", "x").operation, "start: HTTP 500");
}

TEST(DockerErrors, follow_the_status_where_it_says_enough) {
  EXPECT_EQ(answer_error(400, "{}", "o", "s").code, Errc::invalid);
  EXPECT_EQ(answer_error(401, "{}", "o", "s").code, Errc::permission);
  EXPECT_EQ(answer_error(403, "{}", "o", "s").code, Errc::permission);
  EXPECT_EQ(answer_error(404, "{}", "o", "s").code, Errc::not_found);
  EXPECT_EQ(answer_error(501, "{}", "o", "s").code, Errc::unsupported);
  EXPECT_EQ(answer_error(503, "{}", "o", "s").code, Errc::unavailable);
  EXPECT_EQ(answer_error(302, "", "o", "s").code, Errc::protocol);
}

TEST(DockerErrors, read_a_500_by_its_message) {
  auto const code = [](std::string const& text) {
    return answer_error(500, R"({"message":")" + text + R"("})", "o", "s").code;
  };
  EXPECT_EQ(code("creating container storage: the container name \\\"x\\\" is already in use by 123"), Errc::conflict);
  EXPECT_EQ(code("write /var/lib/docker/x: no space left on device"), Errc::no_space);
  EXPECT_EQ(code("no such container x"), Errc::not_found);
  EXPECT_EQ(code("x: image not known"), Errc::not_found);
  EXPECT_EQ(code("could not select device driver"), Errc::unavailable);
}

TEST(DockerErrors, tell_why_a_pull_failed) {
  struct Case {
    char const* message;
    Errc code;
  };
  for (Case const& c : {
           Case{"manifest for busybox:9 not found: manifest unknown: manifest unknown", Errc::not_found},
           Case{"pull access denied for x, repository does not exist or may require 'docker login'", Errc::not_found},
           Case{"Get \"https://r/v2/\": unauthorized: authentication required", Errc::permission},
           Case{"denied: requested access to the resource is denied", Errc::permission},
           Case{"Get \"https://r/v2/\": dial tcp: lookup r on 10.0.0.1:53: no such host", Errc::unavailable},
           Case{"Get \"https://r/v2/\": net/http: TLS handshake timeout", Errc::unavailable},
           Case{"toomanyrequests: You have reached your pull rate limit", Errc::unavailable},
           Case{"write /var/lib/docker/tmp/x: no space left on device", Errc::no_space},
           Case{"no matching manifest for linux/arm64/v8 in the manifest list entries", Errc::unsupported},
           Case{"something new", Errc::unavailable},
       })
    EXPECT_EQ(pull_error(c.message, "r/x:1").code, c.code) << c.message;
}

TEST(DockerErrors, say_what_to_do_about_the_socket) {
  core::Error denied{Errc::permission, "connect: Permission denied", "unix:///var/run/docker.sock", ""};
  EXPECT_EQ(docker::with_hint(denied, denied.subject).hint, "add the user to group docker");
  core::Error absent{Errc::unavailable, "connect: No such file", "", ""};
  auto const hinted = docker::with_hint(absent, "unix:///x");
  EXPECT_EQ(hinted.subject, "unix:///x");
  EXPECT_NE(hinted.hint.find("start dockerd"), std::string::npos);
}
