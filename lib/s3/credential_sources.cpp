#include "s3/credential_sources.hpp"

#include <cstdlib>

#include "s3/credential_formats.hpp"
#include "s3/detail/source_io.hpp"

namespace s3 {

using core::Errc;
using core::Error;
using Found = Result<std::optional<Credentials>>;

namespace {

Found found(Result<Credentials> credentials) {
  if (!credentials) return credentials.error();
  return std::optional<Credentials>(std::move(*credentials));
}

/// Where the AWS tools keep `file`, or where the variable says.
std::string aws_file(Environment const& environment, std::string_view variable, std::string const& file) {
  if (auto const elsewhere = environment(variable)) return *elsewhere;
  auto const home = environment("HOME");
  return home ? *home + "/.aws/" + file : std::string();
}

/// A file that is not there is an empty one; one that cannot be read is an error.
awaitable<Result<std::string>> read_if_there(aio::Worker& worker, std::string path) {
  if (path.empty()) co_return std::string();
  auto text = co_await detail::read_small_file(worker, std::move(path), "let this service's user read it");
  if (!text && text.error().code == Errc::not_found) co_return std::string();
  co_return text;
}

}  // namespace

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    char const* const value = ::getenv(std::string(name).c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  };
}

awaitable<Found> FileCredentials::fetch() {
  std::string path = path_;
  if (!path.starts_with('/')) {
    auto const folder = context_.environment("CREDENTIALS_DIRECTORY");
    if (!folder)
      co_return Error{Errc::not_found, "read credentials: there is no $CREDENTIALS_DIRECTORY", path_,
                      "write an absolute path, or give the service LoadCredential=" + path_};
    path = *folder + "/" + path_;
  }
  auto const text = co_await detail::read_small_file(context_.worker, path, "see the connection's credentials");
  if (!text) co_return text.error();
  co_return found(parse_credential_file(*text, path));
}

awaitable<Found> EnvironmentCredentials::fetch() {
  Credentials credentials;
  auto const& environment = context_.environment;
  credentials.access_key_id = environment("AWS_ACCESS_KEY_ID").value_or("");
  credentials.secret_access_key = Secret(environment("AWS_SECRET_ACCESS_KEY").value_or(""));
  credentials.session_token = Secret(environment("AWS_SESSION_TOKEN").value_or(""));
  credentials.source = name();
  if (credentials.access_key_id.empty() && credentials.secret_access_key.empty()) co_return std::nullopt;
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    co_return Error{Errc::invalid, "read credentials: one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is missing",
                    name(), "set both or none"};
  co_return std::optional<Credentials>(std::move(credentials));
}

std::string ProfileCredentials::name() const {
  return "profile '" + context_.environment("AWS_PROFILE").value_or("default") + "' of the AWS tools";
}

awaitable<Found> ProfileCredentials::fetch() {
  auto const& environment = context_.environment;
  auto keys_file = aws_file(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  auto config_file = aws_file(environment, "AWS_CONFIG_FILE", "config");
  auto const keys = co_await read_if_there(context_.worker, std::move(keys_file));
  if (!keys) co_return keys.error();
  auto const config = co_await read_if_there(context_.worker, std::move(config_file));
  if (!config) co_return config.error();
  auto const wanted = environment("AWS_PROFILE");
  auto const profile = read_profile(*keys, *config, wanted.value_or("default"));
  if (profile.empty() && !wanted) co_return std::nullopt;
  if (profile.empty())
    co_return Error{Errc::invalid, "read credentials: there is no such profile", name(),
                    "write it into ~/.aws/credentials, or correct AWS_PROFILE"};
  auto const role = setting(profile, "role_arn");
  auto const token_file = setting(profile, "web_identity_token_file");
  if (!role.empty() && !token_file.empty()) {
    auto session = setting(profile, "role_session_name");
    auto assumed = co_await detail::assume_role(context_, token_file, role, std::move(session));
    co_return found(std::move(assumed));
  }
  for (std::string_view const other : {"role_arn", "credential_process", "sso_session", "sso_start_url"})
    if (profile.contains(other))
      co_return Error{Errc::unsupported, "read credentials: the profile uses " + std::string(other), name(),
                      "give keys, web_identity_token_file, or a file that a timer renews"};
  Credentials credentials;
  credentials.access_key_id = setting(profile, "aws_access_key_id");
  credentials.secret_access_key = Secret(setting(profile, "aws_secret_access_key"));
  credentials.session_token = Secret(setting(profile, "aws_session_token"));
  credentials.source = name();
  if (!credentials.access_key_id.empty() && !credentials.secret_access_key.empty())
    co_return std::optional<Credentials>(std::move(credentials));
  if (!wanted && credentials.access_key_id.empty() && credentials.secret_access_key.empty()) co_return std::nullopt;
  co_return Error{Errc::invalid, "read credentials: the profile has no key id and secret", name(),
                  "write aws_access_key_id and aws_secret_access_key"};
}

awaitable<Found> WebIdentityCredentials::fetch() {
  auto const& environment = context_.environment;
  auto const token_file = environment("AWS_WEB_IDENTITY_TOKEN_FILE");
  auto const role = environment("AWS_ROLE_ARN");
  if (!token_file) co_return std::nullopt;
  if (!role)
    co_return Error{Errc::invalid, "assume role by web identity: AWS_ROLE_ARN is not set", *token_file,
                    "set AWS_ROLE_ARN beside AWS_WEB_IDENTITY_TOKEN_FILE"};
  auto session = environment("AWS_ROLE_SESSION_NAME").value_or("");
  auto assumed = co_await detail::assume_role(context_, *token_file, *role, std::move(session));
  co_return found(std::move(assumed));
}

}  // namespace s3
