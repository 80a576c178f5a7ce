#include "s3/credential_sources.hpp"

#include <fstream>

#include <boost/asio/ip/tcp.hpp>

#include "unit/s3/fixture.hpp"

namespace s3_test {

using s3::Credentials;
using Found = Result<std::optional<Credentials>>;

constexpr char const* json_keys =
    R"({"AccessKeyId":"AK","SecretAccessKey":"TOPSECRET","Token":"T","Expiration":"2026-11-22T11:00:00Z"})";

class CredentialSources : public S3Test {
 protected:
  ~CredentialSources() override { worker.join(); }

  s3::SourceContext context() {
    s3::Environment lookup = [this](std::string_view name) -> std::optional<std::string> {
      auto const found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    return s3::SourceContext{std::move(lookup), worker, "eu-west-1", std::nullopt};
  }
  template <class Source, class... More>
  Found fetch(More... more) {
    Source source(context(), more...);
    auto found = run([&]() -> awaitable<Found> { co_return co_await source.fetch(); });
    EXPECT_TRUE(found || found.error().message().find("TOPSECRET") == std::string::npos);
    return found;
  }
  std::string write(std::string_view name, std::string_view text) {
    std::ofstream(dir / name) << text;
    return (dir / name).string();
  }

  support::TempDir dir;
  std::map<std::string, std::string, std::less<>> environment;
  aio::Worker worker{1, "tw-test"};
};

TEST_F(CredentialSources, file_is_read_each_time) {
  auto const path = write("keys", "aws_access_key_id=AK1\naws_secret_access_key=TOPSECRET\n");
  EXPECT_EQ(fetch<s3::FileCredentials>(path).value()->access_key_id, "AK1");
  write("keys", "aws_access_key_id=AK2\naws_secret_access_key=TOPSECRET\n");
  EXPECT_EQ(fetch<s3::FileCredentials>(path).value()->access_key_id, "AK2");
  EXPECT_EQ(fetch<s3::FileCredentials>(dir.string() + "/none").error().code, Errc::not_found) << "it must be there";
}

TEST_F(CredentialSources, file_may_be_one_of_systemds) {
  write("acme", json_keys);
  EXPECT_EQ(fetch<s3::FileCredentials>("acme").error().code, Errc::not_found);
  environment["CREDENTIALS_DIRECTORY"] = dir.string();
  EXPECT_EQ(fetch<s3::FileCredentials>("acme").value()->access_key_id, "AK");
}

TEST_F(CredentialSources, environment_is_read_whole_or_refused) {
  EXPECT_EQ(fetch<s3::EnvironmentCredentials>().value(), std::nullopt);
  environment["AWS_SECRET_ACCESS_KEY"] = "TOPSECRET";
  EXPECT_EQ(fetch<s3::EnvironmentCredentials>().error().code, Errc::invalid);
  environment["AWS_ACCESS_KEY_ID"] = "AK";
  environment["AWS_SESSION_TOKEN"] = "T";
  auto const keys = fetch<s3::EnvironmentCredentials>().value().value();
  EXPECT_EQ(keys.access_key_id, "AK");
  EXPECT_EQ(keys.secret_access_key.reveal(), "TOPSECRET");
  EXPECT_EQ(keys.session_token.reveal(), "T");
}

TEST_F(CredentialSources, profile_is_found_where_the_aws_tools_keep_it) {
  EXPECT_EQ(fetch<s3::ProfileCredentials>().value(), std::nullopt) << "no home";
  environment["HOME"] = dir.string();
  EXPECT_EQ(fetch<s3::ProfileCredentials>().value(), std::nullopt) << "no files";
  std::filesystem::create_directory(dir / ".aws");
  write(".aws/credentials", "[default]\naws_access_key_id=AK\naws_secret_access_key=TOPSECRET\n");
  write(".aws/config", "[profile acme]\naws_access_key_id=ACME\naws_secret_access_key=TOPSECRET\n");
  EXPECT_EQ(fetch<s3::ProfileCredentials>().value()->access_key_id, "AK");
  environment["AWS_PROFILE"] = "acme";
  EXPECT_EQ(fetch<s3::ProfileCredentials>().value()->access_key_id, "ACME");
  environment["AWS_PROFILE"] = "nobody";
  EXPECT_EQ(fetch<s3::ProfileCredentials>().error().code, Errc::invalid);
}

TEST_F(CredentialSources, profile_that_needs_another_program_says_so) {
  environment["AWS_CONFIG_FILE"] = write("c", "[default]\ncredential_process = /bin/echo TOPSECRET\n");
  auto const found = fetch<s3::ProfileCredentials>();
  EXPECT_EQ(found.error().code, Errc::unsupported);
  EXPECT_NE(found.error().operation.find("credential_process"), std::string::npos);
}

TEST_F(CredentialSources, web_identity_gives_the_token_to_sts) {
  EXPECT_EQ(fetch<s3::WebIdentityCredentials>().value(), std::nullopt);
  environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = write("token", "to+ken/1\n");
  EXPECT_EQ(fetch<s3::WebIdentityCredentials>().error().code, Errc::invalid) << "which role?";
  environment["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
  environment["AWS_ENDPOINT_URL_STS"] = address();
  answer_with(Reply::text(200,
                          "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
                          "<AccessKeyId>AK</AccessKeyId><SecretAccessKey>TOPSECRET</SecretAccessKey>"
                          "<SessionToken>T</SessionToken><Expiration>2026-11-22T11:00:00Z</Expiration>"
                          "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"));
  auto const keys = fetch<s3::WebIdentityCredentials>();
  ASSERT_TRUE(keys) << keys.error().message();
  EXPECT_EQ(keys.value()->access_key_id, "AK");
  EXPECT_EQ(seen[0].method, "POST");
  EXPECT_EQ(seen[0].target, "/");
  EXPECT_TRUE(seen[0].body.ends_with("&WebIdentityToken=to%2Bken%2F1")) << seen[0].body;
  EXPECT_NE(seen[0].body.find("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&"), std::string::npos);
  write("token", "rotated");
  (void)fetch<s3::WebIdentityCredentials>();
  EXPECT_TRUE(seen[1].body.ends_with("&WebIdentityToken=rotated"));
}

TEST_F(CredentialSources, web_identity_says_why_sts_refused) {
  environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = write("token", "TOPSECRET");
  environment["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
  environment["AWS_ENDPOINT_URL_STS"] = address();
  answer_with(Reply::text(400,
                          "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredTokenException</Code>"
                          "<Message>Token expired</Message></Error></ErrorResponse>"));
  auto const found = fetch<s3::WebIdentityCredentials>();
  EXPECT_EQ(found.error().code, Errc::permission);
  EXPECT_NE(found.error().operation.find("ExpiredTokenException Token expired"), std::string::npos);
}

TEST_F(CredentialSources, container_reads_its_token_anew_each_time) {  // S21
  EXPECT_EQ(fetch<s3::ContainerCredentials>().value(), std::nullopt);
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = address() + "/v1/credentials?x=y";
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = write("token", "one\n");
  answer_with(Reply::json(200, json_keys));
  EXPECT_EQ(fetch<s3::ContainerCredentials>().value()->access_key_id, "AK");
  EXPECT_EQ(seen[0].target, "/v1/credentials?x=y");
  EXPECT_EQ(seen[0].headers.find("authorization"), "one");
  write("token", "two\n");
  EXPECT_TRUE(fetch<s3::ContainerCredentials>());
  EXPECT_EQ(seen[1].headers.find("authorization"), "two");
  answer_with(Reply::text(403, "TOPSECRET"));
  EXPECT_EQ(fetch<s3::ContainerCredentials>().error().code, Errc::permission);
}

TEST_F(CredentialSources, container_gives_its_token_to_no_stranger) {
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "TOPSECRET";
  for (char const* const uri : {"http://example.org/", "http://10.0.0.1/", "ftp://127.0.0.1/", "/relative"}) {
    environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = uri;
    EXPECT_EQ(fetch<s3::ContainerCredentials>().error().code, Errc::invalid) << uri;
  }
}

TEST_F(CredentialSources, instance_role_is_asked_with_a_session_token) {
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = address();
  answers({[](auto const&) { return Reply::text(200, "session"); },
           [](auto const&) { return Reply::text(200, "my-role\n"); },
           [](auto const&) { return Reply::json(200, json_keys); }});
  auto const keys = fetch<s3::InstanceCredentials>();
  ASSERT_TRUE(keys) << keys.error().message();
  EXPECT_EQ(keys.value()->access_key_id, "AK");
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].method, "PUT");
  EXPECT_EQ(seen[0].target, "/latest/api/token");
  EXPECT_EQ(seen[0].headers.find("x-aws-ec2-metadata-token-ttl-seconds"), "300");
  EXPECT_EQ(seen[2].target, "/latest/meta-data/iam/security-credentials/my-role");
  EXPECT_EQ(seen[2].headers.find("x-aws-ec2-metadata-token"), "session");
}

TEST_F(CredentialSources, S21_an_instance_service_that_never_answers_is_given_up) {
  // The kernel takes the connection, and nobody ever reads: a hop limit of 1 looks like that from inside a container.
  asio::ip::tcp::acceptor silent(io, {asio::ip::address_v4::loopback(), 0});
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] =
      "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
  auto const found = fetch<s3::InstanceCredentials>();  // run_coro() bounds it
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(*found, std::nullopt);
}

TEST_F(CredentialSources, instance_role_is_none_where_nobody_answers) {
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1";
  EXPECT_EQ(fetch<s3::InstanceCredentials>().value(), std::nullopt);
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = address();
  answer_with(Reply(404));
  EXPECT_EQ(fetch<s3::InstanceCredentials>().value(), std::nullopt) << "no EC2";
  seen.clear();
  answers({[](auto const&) { return Reply::text(200, "session"); }, [](auto const&) { return Reply(404); }});
  EXPECT_EQ(fetch<s3::InstanceCredentials>().value(), std::nullopt) << "no role";
  environment["AWS_EC2_METADATA_DISABLED"] = "true";
  seen.clear();
  EXPECT_EQ(fetch<s3::InstanceCredentials>().value(), std::nullopt);
  EXPECT_TRUE(seen.empty());
}

}  // namespace s3_test
