#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "http/endpoint.hpp"
#include "http/message.hpp"
#include "s3/credential_source.hpp"

namespace s3::detail {

/// Reads a small file on `worker`; too_large past 1 MiB. Errors: those of open(2) and read(2), with `hint`.
[[nodiscard]] awaitable<Result<std::string>> read_small_file(aio::Worker& worker, std::string path, std::string hint);

/// "http://host:port/path?query" in its parts; the target is "/" if there is none.
struct Url {
  http::Endpoint endpoint;
  std::string target;
};
[[nodiscard]] Result<Url> split_url(std::string_view url);

/// One exchange on a connection of its own, which may take `deadline` in all. An answer of 64 KiB is enough for
/// credentials.
[[nodiscard]] awaitable<Result<http::Response>> exchange(http::Endpoint endpoint, http::Request request,
                                                         std::chrono::milliseconds deadline,
                                                         std::optional<http::TlsTrust> trust);

/// Asks STS for the role's credentials with the token in this file.
[[nodiscard]] awaitable<Result<Credentials>> assume_role(SourceContext context, std::string token_file,
                                                         std::string role_arn, std::string session);

}  // namespace s3::detail
