#include "unit/support/s3_fixture.hpp"

namespace s3_test {

namespace {

std::string amz_date(std::int64_t ms) {
  auto const seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[20];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

/// Headers of a signature of the right form.
Headers signature(std::string const& access_key, std::string const& region = "us-east-1", std::string const& token = "",
                  std::int64_t ahead_ms = 0) {
  auto const date = amz_date(support::s3::now_ms() + ahead_ms);
  std::string const names =
      "host;x-amz-content-sha256;x-amz-date" + std::string(token.empty() ? "" : ";x-amz-security-token");
  Headers headers{
      {"x-amz-date", date},
      {"x-amz-content-sha256", "UNSIGNED-PAYLOAD"},
      {"Authorization", "AWS4-HMAC-SHA256 Credential=" + access_key + "/" + date.substr(0, 8) + "/" + region +
                            "/s3/aws4_request, SignedHeaders=" + names + ", Signature=" + std::string(64, 'a')}};
  if (!token.empty()) headers.emplace_back("x-amz-security-token", token);
  return headers;
}

Settings checking(std::string token = "") {
  Settings settings;
  settings.check_access = true;
  settings.access_key = "AK";
  settings.session_token = std::move(token);
  settings.expired_tokens = {"old"};
  return settings;
}

}  // namespace

class S3Access : public S3Test {
 protected:
  S3Access() : S3Test(checking()) {}
  std::string code(Headers const& headers) { return element(get("/b?list-type=2", headers).body, "Code"); }
};

TEST_F(S3Access, lets_a_signed_request_in) {
  EXPECT_EQ(get("/b?list-type=2", signature("AK")).status, 200);
  EXPECT_EQ(server.requests().back().access_key, "AK");
  EXPECT_EQ(server.requests().back().region, "us-east-1");
}

TEST_F(S3Access, refuses_what_is_not_signed_as_sigv4_wants) {
  EXPECT_EQ(code({}), "AccessDenied");
  auto const complete = signature("AK");
  for (std::size_t i = 0; i < complete.size(); ++i) {
    auto lacking = complete;
    lacking.erase(lacking.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(code(lacking), "AccessDenied") << "without " << complete[i].first;
  }
  auto bad = complete;
  bad.back().second += "a";
  EXPECT_EQ(code(bad), "AccessDenied") << "a signature of 65 digits";
}

TEST_F(S3Access, tells_a_wrong_key_from_a_bad_token) {
  EXPECT_EQ(code(signature("OTHER")), "InvalidAccessKeyId");
  EXPECT_EQ(code(signature("AK", "us-east-1", "old")), "ExpiredToken");
  EXPECT_EQ(code(signature("AK", "us-east-1", "foreign")), "InvalidToken");
}

TEST_F(S3Access, takes_a_presigned_request) {
  auto const date = amz_date(support::s3::now_ms());
  std::string const query = "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F" + date.substr(0, 8) +
                            "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=" + date +
                            "&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=" + std::string(64, '0');
  server.put("b", "k", "x");
  EXPECT_EQ(get("/b/k" + query).body, "x");
  EXPECT_EQ(get("/b/k" + query.substr(0, query.rfind('&'))).status, 403);
}

TEST_F(S3Access, another_region_is_told_until_the_request_is_signed_for_it) {
  Fault fault;
  fault.kind = FaultKind::redirect_301;
  fault.text = "eu-west-3";
  server.fault(fault);
  auto const moved = get("/b?list-type=2", signature("AK"));
  EXPECT_EQ(moved.status, 301);
  EXPECT_EQ(header(moved, "Location"), "(none)");
  EXPECT_EQ(header(moved, "x-amz-bucket-region"), "eu-west-3");
  EXPECT_EQ(get("/b?list-type=2", signature("AK", "eu-west-3")).status, 200);
  server.clear_faults();
  fault.kind = FaultKind::wrong_region;
  server.fault(fault);
  auto const refused = get("/b?list-type=2", signature("AK"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(element(refused.body, "Code"), "AuthorizationHeaderMalformed");
  EXPECT_EQ(element(refused.body, "Region"), "eu-west-3");
  EXPECT_EQ(get("/b?list-type=2", signature("AK", "eu-west-3")).status, 200);
}

TEST_F(S3Access, a_clock_that_is_off_refuses_until_the_date_is_taken_from_it) {
  constexpr std::int64_t twenty_minutes = 1'200'000;
  server.fault(FaultKind::clock_skew, {}, 1200);
  auto const refused = get("/b?list-type=2", signature("AK"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(element(refused.body, "Code"), "RequestTimeTooSkewed");
  std::tm parts{};
  ASSERT_NE(::strptime(header(refused, "Date").c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts), nullptr);
  auto const apart = static_cast<std::int64_t>(::timegm(&parts)) * 1000 - support::s3::now_ms();
  EXPECT_NEAR(static_cast<double>(apart), static_cast<double>(twenty_minutes), 15'000);
  EXPECT_EQ(get("/b?list-type=2", signature("AK", "us-east-1", "", apart)).status, 200);
}

class S3Token : public S3Test {
 protected:
  S3Token() : S3Test(checking("t0k3n")) {}
};

TEST_F(S3Token, must_be_there_and_signed) {
  EXPECT_EQ(get("/b?list-type=2", signature("AK", "us-east-1", "t0k3n")).status, 200);
  EXPECT_EQ(get("/b?list-type=2", signature("AK")).status, 400);
  auto unsigned_token = signature("AK");
  unsigned_token.emplace_back("x-amz-security-token", "t0k3n");
  EXPECT_EQ(get("/b?list-type=2", unsigned_token).status, 403);
}

}  // namespace s3_test
