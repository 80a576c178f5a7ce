#include "s3/sigv4.hpp"

#include <gtest/gtest.h>

namespace {

using s3::Credentials;
using s3::Secret;
using s3::SigningRequest;
using s3::SigningScope;

/// The examples of docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and
/// sigv4-query-string-auth.html.
class AwsExample : public testing::Test {
 protected:
  static SigningRequest get(std::string path) {
    SigningRequest request;
    request.method = "GET";
    request.host = "examplebucket.s3.amazonaws.com";
    request.path = std::move(path);
    return request;
  }
  [[nodiscard]] std::string signature(SigningRequest const& request) const {
    auto const wire = sign(request, credentials, scope);
    auto const text = std::string(wire.headers.find("Authorization").value());
    return text.substr(text.find("Signature=") + 10);
  }

  Credentials credentials{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), {}, {}, {}};
  SigningScope scope{"us-east-1", core::Wall(std::chrono::sys_days(std::chrono::year(2013) / 5 / 24))};
};

TEST_F(AwsExample, get_object) {
  auto request = get("/test.txt");
  request.headers.set("Range", "bytes=0-9");
  EXPECT_EQ(signature(request), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(AwsExample, get_bucket_lifecycle) {
  auto request = get("/");
  request.query = {{"lifecycle", ""}};
  EXPECT_EQ(signature(request), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_F(AwsExample, list_objects) {
  auto request = get("/");
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_EQ(signature(request), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_F(AwsExample, presigned_get) {
  auto const target = presign(get("/test.txt"), credentials, scope, std::chrono::seconds(86400)).reveal();
  EXPECT_TRUE(target.ends_with("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
      << target;
}

TEST_F(AwsExample, what_is_signed_is_what_is_sent) {
  auto request = get("/a b//./../\xc3\xa9+%2B");
  request.query = {{"b", "1 2"}, {"a-b", ""}, {"a", "/+="}};
  credentials.session_token = Secret("token");
  auto const wire = sign(request, credentials, scope);
  EXPECT_EQ(wire.target, "/a%20b//./../%C3%A9%2B%252B?a=%2F%2B%3D&a-b=&b=1%202");
  EXPECT_EQ(wire.headers.find("x-amz-security-token"), "token");
  EXPECT_EQ(wire.headers.find("x-amz-date"), "20130524T000000Z");
  EXPECT_NE(wire.headers.find("authorization")
                ->find("SignedHeaders=host;x-amz-content-sha256;x-amz-date;"
                       "x-amz-security-token"),
            std::string_view::npos);
}

TEST_F(AwsExample, the_secret_is_nowhere_in_what_is_sent) {
  auto const wire = sign(get("/test.txt"), credentials, scope);
  for (auto const& field : wire.headers) EXPECT_EQ(field.value.find("wJalr"), std::string::npos) << field.name;
}

}  // namespace
