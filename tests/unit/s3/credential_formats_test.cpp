#include "s3/credential_formats.hpp"

#include <gtest/gtest.h>

namespace {

using core::Errc;
using s3::read_profile;
using s3::setting;

TEST(Profile, is_read_from_both_files_and_the_first_wins) {
  auto const profile = read_profile("[default]\naws_access_key_id = AK\n\n[acme]\naws_access_key_id=ACME\n",
                                    "[profile acme]\nregion = eu-west-1\naws_access_key_id = OTHER\n", "acme");
  EXPECT_EQ(setting(profile, "aws_access_key_id"), "ACME");
  EXPECT_EQ(setting(profile, "region"), "eu-west-1");
  EXPECT_EQ(setting(profile, "nothing"), "");
}

TEST(Profile, is_read_as_people_write_it) {
  auto const profile = read_profile(
      "# a comment\r\n; another\r\n[ acme ]\r\n AWS_nested = no\r\nAWS_Access_Key_Id=AK # mine\r\n"
      "aws_secret_access_key =  a/b+c=#d  \r\nno equals sign\r\ns3 =\r\n  addressing_style = path\r\n[next]\r\nx = y",
      "", "acme");
  EXPECT_EQ(setting(profile, "aws_access_key_id"), "AK");
  EXPECT_EQ(setting(profile, "aws_secret_access_key"), "a/b+c=#d");
  EXPECT_EQ(setting(profile, "addressing_style"), "");
  EXPECT_EQ(setting(profile, "x"), "");
}

TEST(Profile, that_nobody_wrote_is_empty) {
  EXPECT_TRUE(read_profile("[a]\nx=y\n", "[profile b]\nx=y\n", "c").empty());
  EXPECT_TRUE(read_profile("", "", "default").empty());
}

TEST(CredentialFile, needs_no_section) {
  auto const keys =
      s3::parse_credential_file("aws_access_key_id=AK\naws_secret_access_key=SK\naws_session_token=T", "/f");
  ASSERT_TRUE(keys) << keys.error().message();
  EXPECT_EQ(keys->access_key_id, "AK");
  EXPECT_EQ(keys->secret_access_key.reveal(), "SK");
  EXPECT_EQ(keys->session_token.reveal(), "T");
  EXPECT_EQ(keys->expires, std::nullopt);
  EXPECT_EQ(s3::parse_credential_file("[default]\naws_access_key_id=A\naws_secret_access_key=S\n", "/f")->access_key_id,
            "A");
}

TEST(CredentialFile, may_be_json) {
  auto const keys = s3::parse_credential_file(R"( {"AccessKeyId":"AK","SecretAccessKey":"SK"})", "/f");
  ASSERT_TRUE(keys) << keys.error().message();
  EXPECT_EQ(keys->access_key_id, "AK");
}

TEST(CredentialFile, that_is_wrong_is_refused_without_a_word_of_it) {
  for (char const* const text : {"", "SK-TOPSECRET", "aws_secret_access_key = TOPSECRET",
                                 "[other]\naws_access_key_id=A\naws_secret_access_key=TOPSECRET",
                                 R"({"SecretAccessKey":"TOPSECRET"})", R"({"TOPSECRET")"}) {
    auto const keys = s3::parse_credential_file(text, "/f");
    ASSERT_FALSE(keys) << text;
    EXPECT_EQ(keys.error().message().find("TOPSECRET"), std::string::npos) << keys.error().message();
    EXPECT_FALSE(keys.error().hint.empty());
  }
}

TEST(CredentialJson, is_read_with_its_end) {
  auto const keys = s3::parse_credential_json(
      R"({"Code":"Success","AccessKeyId":"AK","SecretAccessKey":"SK","Token":"T","Expiration":"2026-11-22T11:00:00Z"})",
      "x");
  ASSERT_TRUE(keys) << keys.error().message();
  EXPECT_EQ(keys->session_token.reveal(), "T");
  EXPECT_EQ(core::to_rfc3339(keys->expires.value()), "2026-11-22T11:00:00.000Z");
}

TEST(CredentialJson, with_an_end_that_cannot_be_read_is_refused) {
  auto const keys =
      s3::parse_credential_json(R"({"AccessKeyId":"AK","SecretAccessKey":"SK","Expiration":"tomorrow"})", "x");
  EXPECT_EQ(keys.error().code, Errc::protocol) << "they would live for ever";
  EXPECT_FALSE(s3::parse_credential_json("[]", "x"));
  EXPECT_FALSE(s3::parse_credential_json(R"({"AccessKeyId":1,"SecretAccessKey":null})", "x"));
}

TEST(StsAnswer, is_read) {
  auto const keys = s3::parse_sts_answer(
      R"(<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult><Credentials><SessionToken>T</SessionToken><SecretAccessKey>SK</SecretAccessKey>
        <Expiration>2026-11-22T11:00:00Z</Expiration><AccessKeyId>AK</AccessKeyId></Credentials>
        </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>)",
      "x");
  ASSERT_TRUE(keys) << keys.error().message();
  EXPECT_EQ(keys->access_key_id, "AK");
  EXPECT_TRUE(keys->expires);
  EXPECT_FALSE(s3::parse_sts_answer("<html/>", "x"));
  EXPECT_FALSE(s3::parse_sts_answer("TOPSECRET", "x"));
}

}  // namespace
