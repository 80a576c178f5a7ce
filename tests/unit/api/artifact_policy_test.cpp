#include "api/artifact_policy.hpp"

#include <gmock/gmock.h>

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string policy(std::string_view type, std::string_view host = "example.org:7420") {
  http::Headers headers;
  api::set_artifact_policy(headers, type, host, "/a/01J.1/9-ab/");
  EXPECT_EQ(headers.find("X-Content-Type-Options"), "nosniff");
  return std::string(headers.find("Content-Security-Policy").value_or(""));
}

TEST(ArtifactPolicy, lets_a_report_reach_its_own_folder_alone) {
  auto const csp = policy("text/html");
  EXPECT_THAT(csp, HasSubstr("sandbox allow-scripts allow-downloads allow-popups;"));
  EXPECT_THAT(csp, HasSubstr("default-src 'none'"));
  EXPECT_THAT(csp,
              HasSubstr("connect-src http://example.org:7420/a/01J.1/9-ab/ https://example.org:7420/a/01J.1/9-ab/ "));
  EXPECT_THAT(csp, HasSubstr("form-action 'none'"));
  EXPECT_THAT(csp, Not(HasSubstr("allow-same-origin")));
  EXPECT_THAT(csp, Not(HasSubstr("allow-top-navigation")));
  EXPECT_THAT(csp, Not(HasSubstr("'self'")));  // of an opaque origin: browsers differ
  EXPECT_THAT(csp, Not(HasSubstr("https://example.org:7420/ ")));
}

TEST(ArtifactPolicy, is_the_same_for_every_type_that_may_carry_a_script) {
  for (auto const* const type : {"image/svg+xml", "application/xml", "application/xhtml+xml", "image/png", "text/plain",
                                 "application/octet-stream"})
    EXPECT_EQ(policy(type), policy("text/html")) << type;
}

TEST(ArtifactPolicy, without_scripts_none_runs_and_all_else_stays) {
  http::Headers headers;
  api::set_artifact_policy(headers, "text/html", "h", "/a/01J.1/9-ab/", false);
  auto const csp = std::string(headers.find("Content-Security-Policy").value_or(""));
  EXPECT_THAT(csp, HasSubstr("sandbox allow-downloads allow-popups; default-src 'none'; script-src 'none'; style-src"));
  EXPECT_THAT(csp, Not(HasSubstr("unsafe-eval")));
}

TEST(ArtifactPolicy, a_host_cannot_write_into_it) {
  auto const csp = policy("text/html", "x; script-src *");
  EXPECT_THAT(csp, Not(HasSubstr("script-src *")));
  EXPECT_THAT(csp, HasSubstr("script-src 'none'"));
}

TEST(ArtifactPolicy, a_pdf_is_not_sandboxed_since_viewers_refuse_that) {
  EXPECT_THAT(policy("application/pdf"), Not(HasSubstr("sandbox")));
}

TEST(ContentDisposition, shows_what_is_known_and_downloads_the_rest) {
  EXPECT_EQ(api::content_disposition("image/png", "plots/a b.png", false), "inline; filename*=UTF-8''a%20b.png");
  EXPECT_EQ(api::content_disposition("image/png", "a.png", true), "attachment; filename*=UTF-8''a.png");
  EXPECT_EQ(api::content_disposition("application/octet-stream", "x\r\nSet-Cookie: a", false),
            "attachment; filename*=UTF-8''x%0D%0ASet-Cookie%3A%20a");
  EXPECT_TRUE(api::is_document("text/html"));
  EXPECT_FALSE(api::is_document("text/plain"));
}

}  // namespace
