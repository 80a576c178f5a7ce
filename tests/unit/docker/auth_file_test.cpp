#include "docker/auth_file.hpp"

#include <gtest/gtest.h>

#include "core/base64.hpp"

namespace docker {
namespace {

using core::Errc;

constexpr char const* host = "registry.example.org:5000";

core::Result<AuthFile::Found> find(std::string const& text, std::string const& registry = host) {
  auto const file = AuthFile::parse(text, "/etc/config.json");
  if (!file) return file.error();
  return file->find(registry);
}

RegistryLogin login(std::string const& text, std::string const& registry = host) {
  return std::get<RegistryLogin>(find(text, registry).value());
}

CredentialHelper helper(std::string const& text, std::string const& registry = host) {
  return std::get<CredentialHelper>(find(text, registry).value());
}

std::string entry(std::string const& pair) {
  return R"({"auths": {"registry.example.org:5000": {"auth": ")" + core::to_base64(pair) + R"("}}})";
}

TEST(RegistryLogin, knows_the_registry_of_a_reference) {
  EXPECT_EQ(registry_of("busybox"), "docker.io");
  EXPECT_EQ(registry_of("docker.io/library/busybox:1"), "docker.io");
  EXPECT_EQ(registry_of("index.docker.io/ds/qc"), "docker.io");
  EXPECT_EQ(registry_of("ds/qc:1"), "docker.io");
  EXPECT_EQ(registry_of("localhost/qc"), "localhost");
  EXPECT_EQ(registry_of("registry.example.org:5000/ds/qc:1"), host);
  EXPECT_EQ(registry_of("registry.example.org/qc@sha256:" + std::string(64, 'a')), "registry.example.org");
  EXPECT_EQ(registry_of("Not A Reference"), "");
}

TEST(RegistryLogin, is_sent_as_the_engine_wants_it) {
  RegistryLogin one;
  EXPECT_TRUE(registry_auth(one, host).empty());
  one.username = "ci";
  one.password = core::Secret("p\xc3\xa4ss~?~?~?");  // its base64 has both characters that differ
  auto text = registry_auth(one, host).reveal();
  EXPECT_EQ(text.find_first_of("+/"), text.npos);
  EXPECT_EQ(text.size() % 4, 0U);
  for (auto& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  EXPECT_EQ(core::from_base64(text).value(), R"({"username":"ci","password":")"
                                             "p\xc3\xa4ss~?~?~?"
                                             R"(","serveraddress":"registry.example.org:5000"})");
  one.identity_token = core::Secret("abc");
  text = registry_auth(one, "docker.io").reveal();
  EXPECT_EQ(core::from_base64(text).value(),
            R"({"identitytoken":"abc","serveraddress":"https://index.docker.io/v1/"})");
}

TEST(AuthFile, has_names_and_passwords) {
  auto const found = login(entry("ci:pa:ss"));
  EXPECT_EQ(found.username, "ci");
  EXPECT_EQ(found.password.reveal(), "pa:ss");
  EXPECT_EQ(found.source, "`auths` of /etc/config.json");
}

TEST(AuthFile, finds_a_registry_however_it_was_written) {
  for (auto const* key : {"https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"}) {
    auto const text = std::string(R"({"auths": {")") + key + R"(": {"auth": "YTpi"}}})";
    EXPECT_EQ(login(text, "docker.io").username, "a") << key;
  }
  EXPECT_EQ(login(R"({"auths": {"https://registry.example.org:5000/v2/": {"auth": "YTpi"}}})").username, "a");
  EXPECT_TRUE(login(R"({"auths": {"registry.example.org": {"auth": "YTpi"}}})").empty()) << "another port";
}

TEST(AuthFile, has_identity_tokens) {
  auto const found = login(R"({"auths": {"registry.example.org:5000": {"auth": "YTo=", "identitytoken": "tok"}}})");
  EXPECT_EQ(found.identity_token.reveal(), "tok");
}

TEST(AuthFile, says_that_it_has_no_login) {
  auto const none = login(R"({"auths": {}})");
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.source, "/etc/config.json has no login for registry.example.org:5000");
  auto const empty = login(R"({"auths": {"registry.example.org:5000": {}}})");
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty.source, "/etc/config.json names registry.example.org:5000 but has no login for it");
}

TEST(AuthFile, asks_the_helper_for_the_registry_before_the_one_for_all_before_itself) {
  auto const all = R"({"credsStore": "pass", "credHelpers": {"registry.example.org:5000": "ecr-login"},)"
                   R"( "auths": {"registry.example.org:5000": {"auth": "YTpi"}, "other:1": {"auth": "YTpi"}}})";
  EXPECT_EQ(helper(all).program, "docker-credential-ecr-login");
  EXPECT_EQ(helper(all).server, host);
  EXPECT_EQ(helper(all, "other:1").program, "docker-credential-pass");
  EXPECT_EQ(helper(all, "docker.io").server, "https://index.docker.io/v1/");
}

TEST(AuthFile, starts_no_program_from_elsewhere) {
  for (auto const* name : {"../../tmp/x", "a/b", "a b", "a;b", "x\\u0000y"}) {
    auto const text = std::string(R"({"credsStore": ")") + name + R"("})";
    ASSERT_FALSE(find(text)) << name;
    EXPECT_EQ(find(text).error().code, Errc::invalid);
  }
}

TEST(AuthFile, repeats_no_secret_in_its_errors) {
  for (std::string const& text :
       {std::string("{\"auths\": {\"r\": {\"auth\": \"TOPSECRET\"}}"), std::string("TOPSECRET"), entry("TOPSECRET"),
        entry(":TOPSECRET"), std::string(R"({"auths": {"registry.example.org:5000": {"auth": "TOPSECRET!"}}})")}) {
    auto const found = find(text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, Errc::protocol);
    EXPECT_EQ(found.error().message().find("TOPSECRET"), std::string::npos) << found.error().message();
    EXPECT_EQ(found.error().message().find(core::to_base64("TOPSECRET")), std::string::npos);
  }
}

// What a helper may answer (container-runs.md, case 36); that it is missing or slow is the orchestrator's to tell.

core::Result<RegistryLogin> answer(int code, std::string const& out, std::string const& errors = "") {
  core::Secret const said(out);
  return read_helper({"docker-credential-x", host}, {code, said, errors});
}

TEST(CredentialHelper, case_36_tells_a_login_or_a_token) {
  auto const found = answer(0, R"({"ServerURL": "s", "Username": "ci", "Secret": "pw"})").value();
  EXPECT_EQ(found.username, "ci");
  EXPECT_EQ(found.password.reveal(), "pw");
  EXPECT_EQ(found.source, "docker-credential-x");
  auto const token = answer(0, R"({"Username": "<token>", "Secret": "tok"})").value();
  EXPECT_EQ(token.identity_token.reveal(), "tok");
  EXPECT_TRUE(token.password.empty());
}

TEST(CredentialHelper, case_36_may_have_no_login_which_is_no_error) {
  auto const none = answer(1, "credentials not found in native keychain\n").value();
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.source, "docker-credential-x has no login for registry.example.org:5000");
}

TEST(CredentialHelper, case_36_that_fails_is_quoted) {
  auto const failed = answer(1, "\nthe keychain\x1b[1m is locked\nmore\n").error();
  EXPECT_EQ(failed.code, Errc::unavailable);
  EXPECT_NE(failed.operation.find("it ended with code 1: the keychain"), std::string::npos) << failed.operation;
  EXPECT_EQ(failed.operation.find('\x1b'), std::string::npos);
  EXPECT_EQ(failed.operation.find("more"), std::string::npos);
  EXPECT_NE(failed.hint.find("echo registry.example.org:5000 | docker-credential-x get"), std::string::npos);
  EXPECT_NE(answer(127, "", "sh: 1: jq: not found\n").error().operation.find("code 127: sh: 1: jq"), std::string::npos);
}

TEST(CredentialHelper, case_36_that_talks_garbage_is_not_quoted) {
  for (std::string const text : {"", "hello TOPSECRET", R"({"Username": "ci"})", R"({"Secret": "TOPSECRET"})", "[1]",
                                 R"({"Username": "ci", "Secret": 5})", R"({"Username": "ci", "Secret": "TOPSECRET")"}) {
    auto const found = answer(0, text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, Errc::protocol);
    EXPECT_EQ(found.error().message().find("TOPSECRET"), std::string::npos);
  }
  auto const failed = answer(2, R"({"Username": "ci", "Secret": "TOPSECRET"})").error();
  EXPECT_EQ(failed.message().find("TOPSECRET"), std::string::npos);
}

}  // namespace
}  // namespace docker
