#include "s3/failure.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using core::Errc;
using http::Headers;
using s3::Failure;
using s3::FailureKind;
using s3::FailureSite;

core::Wall const now = core::from_ms(1795341600000);  // 2026-11-22T10:00:00Z

std::string error_xml(std::string const& code, std::string const& more = "") {
  return R"(<?xml version="1.0" encoding="UTF-8"?><Error><Code>)" + code + "</Code><Message>So it is.</Message>" +
         more + "</Error>";
}

Failure read(int status, std::string const& body, Headers const& headers = {}) {
  return s3::read_failure(status, headers, body, now);
}

TEST(S3Failure, is_told_by_its_code) {
  EXPECT_EQ(read(404, error_xml("NoSuchKey")).kind, FailureKind::no_such_key);
  EXPECT_EQ(read(404, error_xml("NoSuchBucket")).kind, FailureKind::no_such_bucket);
  EXPECT_EQ(read(403, error_xml("AccessDenied")).kind, FailureKind::access_denied);
  EXPECT_EQ(read(403, error_xml("InvalidAccessKeyId")).kind, FailureKind::wrong_credentials);
  EXPECT_EQ(read(403, error_xml("SignatureDoesNotMatch")).kind, FailureKind::wrong_credentials);
  EXPECT_EQ(read(400, error_xml("ExpiredToken")).kind, FailureKind::expired_credentials);
  EXPECT_EQ(read(403, error_xml("RequestTimeTooSkewed")).kind, FailureKind::clock_skew);
  EXPECT_EQ(read(503, error_xml("SlowDown")).kind, FailureKind::slow_down);
  EXPECT_EQ(read(412, error_xml("PreconditionFailed")).kind, FailureKind::changed);
  EXPECT_EQ(read(200, error_xml("InternalError")).kind, FailureKind::server_error) << "S11: an error in a 200";
  EXPECT_EQ(read(200, error_xml("SlowDown")).message, "So it is.");
}

TEST(S3Failure, without_a_code_is_told_by_its_status) {
  std::string const page = "<html><body><h1>504 Gateway Time-out</h1></body></html>";
  EXPECT_EQ(read(504, page).kind, FailureKind::server_error) << "S11";
  EXPECT_EQ(read(504, page).code, "");
  EXPECT_EQ(read(429, "").kind, FailureKind::slow_down);
  EXPECT_EQ(read(404, "").kind, FailureKind::not_found);
  EXPECT_EQ(read(404, page).kind, FailureKind::not_found);
  EXPECT_EQ(read(403, "").kind, FailureKind::access_denied);
  EXPECT_EQ(read(400, "").kind, FailureKind::refused);
  EXPECT_EQ(read(416, "").kind, FailureKind::bad_range);
  EXPECT_EQ(read(200, "<Error>").kind, FailureKind::protocol) << "cut";
}

TEST(S3Failure, tells_the_region) {
  Headers headers;
  headers.set("x-amz-bucket-region", "eu-west-1");
  EXPECT_EQ(read(301, "", headers).kind, FailureKind::wrong_region) << "S19: no Location, no body";
  EXPECT_EQ(read(301, "", headers).region, "eu-west-1");
  EXPECT_EQ(read(400, "", headers).kind, FailureKind::wrong_region) << "HEAD has no body";
  auto const malformed = read(400, error_xml("AuthorizationHeaderMalformed", "<Region>eu-west-2</Region>"));
  EXPECT_EQ(malformed.kind, FailureKind::wrong_region);
  EXPECT_EQ(malformed.region, "eu-west-2");
  EXPECT_EQ(read(403, error_xml("AccessDenied"), headers).kind, FailureKind::access_denied)
      << "a region changes nothing";
}

TEST(S3Failure, tells_the_servers_time_and_when_to_come_back) {
  Headers headers;
  headers.set("Date", "Sun, 22 Nov 2026 09:40:00 GMT");
  headers.set("Retry-After", "7");
  EXPECT_EQ(*read(403, error_xml("RequestTimeTooSkewed"), headers).server_time - now, -20min);
  EXPECT_EQ(read(503, "", headers).retry_after, 7s);
  headers.set("Retry-After", "Sun, 22 Nov 2026 10:00:30 GMT");
  EXPECT_EQ(read(503, "", headers).retry_after, 30s);
  headers.set("Retry-After", "Sun, 22 Nov 2026 09:00:00 GMT");
  EXPECT_EQ(read(503, "", headers).retry_after, 0s) << "in the past";
  headers.set("Retry-After", "-5");
  EXPECT_EQ(read(503, "", headers).retry_after, std::nullopt);
}

TEST(S3Failure, of_a_delete_marker_is_a_missing_key) {
  Headers headers;
  headers.set("x-amz-delete-marker", "true");
  EXPECT_EQ(read(404, "", headers).kind, FailureKind::no_such_key);
  EXPECT_EQ(read(405, error_xml("MethodNotAllowed"), headers).kind, FailureKind::no_such_key);
}

TEST(S3Failure, of_the_connection_keeps_its_hint) {
  auto const failure =
      s3::connection_failure(core::Error{Errc::permission, "TLS: it expired", "https://h", "renew it"});
  EXPECT_EQ(failure.kind, FailureKind::refused);
  auto const error = to_error(failure, FailureSite{"list objects", "s3://b/p", "b", "r", "https://h:443"});
  EXPECT_EQ(error.operation, "list objects: TLS: it expired");
  EXPECT_EQ(error.hint, "renew it");
}

TEST(S3Failure, tells_a_person_what_to_do) {
  FailureSite const site{"list objects", "s3://data/in/", "data", "us-east-1", "https://s3.example.org:443"};
  auto const said = [&](int status, std::string const& body) { return to_error(read(status, body), site); };
  auto const missing = said(404, error_xml("NoSuchBucket"));
  EXPECT_EQ(missing.code, Errc::invalid) << "not_found would be taken for an absent object";
  EXPECT_EQ(missing.operation, "list objects: 404 NoSuchBucket: So it is.");
  EXPECT_NE(missing.hint.find("no bucket 'data' at https://s3.example.org:443"), std::string::npos);
  EXPECT_EQ(said(404, error_xml("NoSuchKey")).code, Errc::not_found);
  EXPECT_EQ(said(404, "").code, Errc::invalid);
  EXPECT_EQ(said(403, error_xml("AccessDenied")).code, Errc::permission);
  EXPECT_NE(said(403, error_xml("AccessDenied")).hint.find("s3:ListBucket"), std::string::npos);
  EXPECT_NE(said(403, error_xml("SignatureDoesNotMatch")).hint.find("access key id and secret"), std::string::npos);
  EXPECT_NE(said(400, error_xml("ExpiredToken")).hint.find("session token"), std::string::npos);
  EXPECT_NE(said(301, error_xml("PermanentRedirect", "<Region>eu-west-1</Region>")).hint.find("'eu-west-1'"),
            std::string::npos);
  EXPECT_NE(said(403, error_xml("RequestTimeTooSkewed")).hint.find("time synchronisation"), std::string::npos);
  EXPECT_EQ(said(503, error_xml("SlowDown")).code, Errc::unavailable);
  EXPECT_EQ(said(412, "").code, Errc::conflict);
}

TEST(S3Failure, shows_no_control_characters_of_a_hostile_answer) {
  auto const failure = read(400, error_xml("Bad\x1b[31m", "<Region>a\x07</Region>"));
  auto const error = to_error(failure, FailureSite{"head object", "s3://b/\x1b", "b", "r", "e"});
  for (std::string const& text : {error.operation, error.subject, error.hint})
    EXPECT_EQ(text.find_first_of("\x1b\x07\r\n"), std::string::npos) << text;
}

}  // namespace
