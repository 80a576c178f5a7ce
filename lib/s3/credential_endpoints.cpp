#include <algorithm>
#include <array>

#include "core/uri.hpp"
#include "s3/credential_formats.hpp"
#include "s3/credential_sources.hpp"
#include "s3/detail/source_io.hpp"

namespace s3 {

using core::Errc;
using core::Error;
using Found = Result<std::optional<Credentials>>;
using namespace std::chrono_literals;

namespace {

/// Where a token may go without TLS: this host, ECS, EKS pod identity (as the AWS SDKs have it).
bool may_be_plain(std::string const& host) {
  constexpr std::array<std::string_view, 5> allowed = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "::1",
                                                       "localhost"};
  return std::ranges::find(allowed, host) != allowed.end() || host.starts_with("127.");
}

Error refused(std::string const& operation, int status, std::string const& subject, std::string const& hint) {
  auto const code = status >= 500 ? Errc::unavailable : Errc::permission;
  return Error{code, operation + ": the answer is " + std::to_string(status), subject, hint};
}

}  // namespace

awaitable<Found> ContainerCredentials::fetch() {
  auto const& environment = context_.environment;
  auto const relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  auto const full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!relative && !full) co_return std::nullopt;
  auto const address = relative ? "http://169.254.170.2" + *relative : *full;
  auto const url = detail::split_url(address);
  if (!url) co_return url.error();
  if (!url->endpoint.is_tls() && !may_be_plain(url->endpoint.host()))
    co_return Error{Errc::invalid, "ask the container credentials endpoint: not without TLS at another host",
                    url->endpoint.to_string(), "write https:// in AWS_CONTAINER_CREDENTIALS_FULL_URI"};
  http::Request request("GET", url->target);
  auto token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (auto const file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    auto text = co_await detail::read_small_file(context_.worker, *file, "see AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if (!text) co_return text.error();
    token = text->substr(0, text->find_last_not_of(" \t\r\n") + 1);
  }
  if (!token.empty()) request.headers.set("Authorization", token);
  auto const answer = co_await detail::exchange(url->endpoint, std::move(request), 5s, context_.trust);
  if (!answer) co_return answer.error();
  if (answer->status != 200)
    co_return refused("ask the container credentials endpoint", answer->status, url->endpoint.to_string(),
                      "see the task's or pod's role and its authorization token");
  auto credentials = parse_credential_json(answer->body, name());
  if (!credentials) co_return credentials.error();
  co_return std::optional<Credentials>(std::move(*credentials));
}

awaitable<Found> InstanceCredentials::fetch() {
  auto const& environment = context_.environment;
  if (environment("AWS_EC2_METADATA_DISABLED") == "true") co_return std::nullopt;
  auto const address = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254");
  auto const url = detail::split_url(address);
  if (!url) co_return url.error();
  std::string const base = url->target.ends_with('/') ? url->target : url->target + "/";
  http::Request ask_token("PUT", base + "latest/api/token");
  ask_token.headers.set("X-aws-ec2-metadata-token-ttl-seconds", "300");
  auto const token = co_await detail::exchange(url->endpoint, std::move(ask_token), 1s, context_.trust);
  // Nobody there, or something else than EC2: this host is no instance.
  if (!token || token->status != 200) co_return std::nullopt;
  std::string const roles = base + "latest/meta-data/iam/security-credentials/";
  http::Request ask_role("GET", roles);
  ask_role.headers.set("X-aws-ec2-metadata-token", token->body);
  auto const role = co_await detail::exchange(url->endpoint, std::move(ask_role), 1s, context_.trust);
  if (!role) co_return role.error();
  if (role->status == 404) co_return std::nullopt;  // an instance without a role
  if (role->status != 200)
    co_return refused("ask IMDS for the role", role->status, address,
                      "see the instance's role and its metadata options");
  auto const role_name = role->body.substr(0, role->body.find_first_of("\r\n"));
  http::Request ask_keys("GET", roles + core::percent_encode_path(role_name));
  ask_keys.headers.set("X-aws-ec2-metadata-token", token->body);
  auto const keys = co_await detail::exchange(url->endpoint, std::move(ask_keys), 1s, context_.trust);
  if (!keys) co_return keys.error();
  if (keys->status != 200)
    co_return refused("ask IMDS for credentials", keys->status, address,
                      "see the instance's role and its metadata options");
  auto credentials = parse_credential_json(keys->body, name() + " " + role_name);
  if (!credentials) co_return credentials.error();
  co_return std::optional<Credentials>(std::move(*credentials));
}

}  // namespace s3
