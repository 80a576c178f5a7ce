#include "orchestrator/hint_secret.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "core/base64.hpp"
#include "core/fd.hpp"
#include "core/sha256.hpp"
#include "http/headers.hpp"
#include "s3/secret.hpp"

namespace orchestrator {

using core::Errc;
using core::Error;
using core::Result;

namespace {

constexpr std::size_t shortest = 16, longest = 1024;
constexpr std::string_view what_to_do = "let the daemon's user read the file, and write 16 to 1024 characters into it";

std::string_view trimmed(std::string_view text) {
  auto const last = text.find_last_not_of(" \t\r\n");
  return last == text.npos ? std::string_view() : text.substr(0, last + 1);
}

/// Blocking: a worker thread.
Result<s3::Secret> read_secret(std::string const& place) {
  auto path = place;
  if (!path.starts_with('/')) {
    auto const* const folder = ::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr)
      return Error{Errc::not_found, "read hints_secret: there is no $CREDENTIALS_DIRECTORY", place,
                   "write an absolute path, or give the service LoadCredential=" + place};
    path = std::string(folder) + "/" + place;
  }
  core::Fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return core::from_errno(errno, "read hints_secret: open", path, what_to_do);
  std::array<char, longest + 2> buffer{};
  auto const got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got < 0) return core::from_errno(errno, "read hints_secret: read", path, what_to_do);
  s3::Secret secret{std::string(trimmed({buffer.data(), static_cast<std::size_t>(got)}))};
  if (secret.reveal().size() < shortest || secret.reveal().size() > longest)
    return Error{Errc::invalid, "read hints_secret: too short or too long", path, std::string(what_to_do)};
  return secret;
}

/// What a client claims to be the secret; empty: nothing.
std::string claim_of(std::string_view authorization) {
  auto const blank = authorization.find(' ');
  auto const scheme = authorization.substr(0, blank);
  auto const rest = blank == authorization.npos ? std::string_view() : authorization.substr(blank + 1);
  if (http::same_name(scheme, "Bearer")) return std::string(rest);
  if (!http::same_name(scheme, "Basic")) return {};
  auto const pair = core::from_base64(rest).value_or("");
  auto const colon = pair.find(':');
  return colon == pair.npos ? std::string() : pair.substr(colon + 1);
}

/// Digests have one length, and every byte of them is looked at.
bool same(std::string_view one, std::string_view other) {
  auto const left = core::sha256(one);
  auto const right = core::sha256(other);
  unsigned difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) difference |= static_cast<unsigned>(left[i] ^ right[i]);
  return difference == 0;
}

}  // namespace

awaitable<Result<bool>> carries_secret(Services& services, std::string place, std::string authorization) {
  auto work = [place = std::move(place), authorization = std::move(authorization)]() -> Result<bool> {
    auto const secret = read_secret(place);
    if (!secret) return secret.error();
    return same(claim_of(authorization), secret->reveal());
  };
  co_return co_await services.pool.run(std::move(work));
}

}  // namespace orchestrator
