#include "s3/detail/source_io.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "core/fd.hpp"
#include "core/read_bounded.hpp"
#include "core/ulid.hpp"
#include "core/uri.hpp"
#include "http/client.hpp"
#include "s3/credential_formats.hpp"
#include "s3/failure.hpp"

namespace s3::detail {

using core::Errc;
using core::Error;
using namespace std::chrono_literals;

namespace {

Result<std::string> read_now(std::string const& path, std::string const& hint) {
  constexpr std::size_t longest = 1U << 20U;
  core::Fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return core::from_errno(errno, "read credentials: open", path, hint);
  auto text = core::read_bounded(fd.get(), longest + 1);
  if (!text) return core::from_errno(errno, "read credentials: read", path, hint);
  if (text->size() > longest) return Error{Errc::too_large, "read credentials: more than 1 MiB", path, hint};
  return std::move(*text);
}

std::string_view trimmed(std::string_view text) {
  auto const last = text.find_last_not_of(" \t\r\n");
  return last == text.npos ? std::string_view() : text.substr(0, last + 1);
}

}  // namespace

awaitable<Result<std::string>> read_small_file(aio::Worker& worker, std::string path, std::string hint) {
  auto work = [path = std::move(path), hint = std::move(hint)] { return read_now(path, hint); };
  co_return co_await worker.run(std::move(work));
}

Result<Url> split_url(std::string_view url) {
  auto const scheme = url.find("://");
  auto const path = scheme == url.npos ? url.npos : url.find_first_of("/?", scheme + 3);
  auto endpoint = http::Endpoint::parse(url.substr(0, path));
  if (!endpoint) return endpoint.error();
  if (endpoint->is_unix())
    return Error{Errc::invalid, "not a web address", std::string(url), "write https://host/path"};
  std::string target(path == url.npos ? "/" : url.substr(path));
  if (target.front() == '?') target.insert(0, "/");
  return Url{*endpoint, std::move(target)};
}

awaitable<Result<http::Response>> exchange(http::Endpoint endpoint, http::Request request,
                                           std::chrono::milliseconds deadline, std::optional<http::TlsTrust> trust) {
  http::Client::Limits limits;
  limits.connect = deadline;
  http::Client client(std::move(endpoint), limits, std::move(trust));
  request.deadline = deadline;
  request.body_limit = 64U << 10U;
  co_return co_await client.send(std::move(request));
}

awaitable<Result<Credentials>> assume_role(SourceContext context, std::string token_file, std::string role_arn,
                                           std::string session) {
  auto const token = co_await read_small_file(context.worker, token_file, "see AWS_WEB_IDENTITY_TOKEN_FILE");
  if (!token) co_return token.error();
  auto const host = context.region.empty() ? "sts.amazonaws.com" : "sts." + context.region + ".amazonaws.com";
  auto const address = context.environment("AWS_ENDPOINT_URL_STS").value_or("https://" + host);
  auto const url = split_url(address);
  if (!url) co_return url.error();
  if (session.empty()) session = "tidewheel-" + core::random_hex(4);
  // In the body, as a target may end up in somebody's access log.
  http::Request request("POST", url->target);
  request.headers.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=" + core::percent_encode(role_arn) +
                 "&RoleSessionName=" + core::percent_encode(session) +
                 "&WebIdentityToken=" + core::percent_encode(trimmed(*token));
  auto const answer = co_await exchange(url->endpoint, std::move(request), 10s, context.trust);
  if (!answer) co_return answer.error();
  if (answer->status == 200) co_return parse_sts_answer(answer->body, "role " + role_arn + " by " + token_file);
  auto const failure = read_failure(answer->status, answer->headers, answer->body, core::Wall());
  co_return Error{
      failure.kind == FailureKind::server_error ? Errc::unavailable : Errc::permission,
      "assume role by web identity: " + std::to_string(answer->status) + " " + failure.code + " " + failure.message,
      role_arn, "see that the role trusts this token's issuer and subject"};
}

}  // namespace s3::detail
