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
  EXPECT_EQ(code("start container: id already in use"), Errc::conflict);
  EXPECT_EQ(code("start container: task 79a6b0a4: already exists"), Errc::conflict);
  EXPECT_EQ(code("write /var/lib/docker/x: no space left on device"), Errc::no_space);
  EXPECT_EQ(code("no such container x"), Errc::not_found);
  EXPECT_EQ(code("x: image not known"), Errc::not_found);
  EXPECT_EQ(code("could not select device driver"), Errc::unavailable);
}

TEST(DockerErrors, case_34_tell_why_a_pull_failed) {
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
           Case{"Head \"http://r/v2/x/manifests/1\": no basic auth credentials", Errc::permission},
           Case{
               "error parsing HTTP 403 response body: invalid character '<' looking for beginning of value: \"<html>\"",
               Errc::permission},
           Case{"received unexpected HTTP status: 503 Service Unavailable", Errc::unavailable},
           Case{"Get \"https://r/v2/\": http: server gave HTTP response to HTTPS client", Errc::unavailable},
           Case{"Get \"https://r/v2/\": x509: certificate signed by unknown authority", Errc::unavailable},
           Case{"filesystem layer verification failed for digest sha256:aa", Errc::protocol},
           Case{"something new", Errc::unavailable},
       }) {
    EXPECT_EQ(pull_error(c.message, "r/x:1").code, c.code) << c.message;
    EXPECT_NE(pull_error(c.message, "r/x:1").hint, "") << c.message;
  }
}

TEST(DockerErrors, case_34_do_not_take_the_images_own_name_for_a_fault) {
  auto const reference = "r.org/timeout/unauthorized:1";
  auto const error = pull_error("manifest for r.org/timeout/unauthorized:1 not found: manifest unknown", reference);
  EXPECT_EQ(error.code, Errc::not_found);
  EXPECT_NE(error.operation.find("r.org/timeout/unauthorized:1"), std::string::npos) << "it is in the message";
}

TEST(DockerErrors, case_31_tell_a_missing_tag_from_a_wrong_digest) {
  auto const unknown = "manifest unknown: manifest unknown";
  EXPECT_NE(pull_error(unknown, "r.org/qc:1").hint.find("no such tag"), std::string::npos);
  auto const digest = "r.org/qc@sha256:" + std::string(64, 'a');
  EXPECT_NE(pull_error(unknown, digest).hint.find("no image with this digest"), std::string::npos);
}

TEST(DockerErrors, case_34_tell_of_a_pull_that_stands_still) {
  auto const error = docker::pull_stalled(std::chrono::minutes(2), "r.org/qc:1");
  EXPECT_EQ(error.code, Errc::timeout);
  EXPECT_EQ(error.message(),
            "r.org/qc:1: pull: nothing came for 2m (the registry or something before it stopped sending; "
            "engine.pull_silence is how long to wait)");
}

TEST(DockerErrors, say_what_to_do_about_the_socket) {
  core::Error denied{Errc::permission, "connect: Permission denied", "unix:///var/run/docker.sock", ""};
  EXPECT_EQ(docker::with_hint(denied, denied.subject).hint, "add the user to group docker");
  core::Error absent{Errc::unavailable, "connect: No such file", "", ""};
  auto const hinted = docker::with_hint(absent, "unix:///x");
  EXPECT_EQ(hinted.subject, "unix:///x");
  EXPECT_NE(hinted.hint.find("start dockerd"), std::string::npos);
}
