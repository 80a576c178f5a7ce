#include "orchestrator/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "core/fd.hpp"

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

}  // namespace

Result<s3::Secret> read_secret_file(std::string const& place, std::string_view what, SecretMode mode) {
  auto const reading = "read " + std::string(what) + ": ";
  auto path = place;
  if (!path.starts_with('/')) {
    auto const* const folder = ::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr)
      return Error{Errc::not_found, reading + "there is no $CREDENTIALS_DIRECTORY", place,
                   "write an absolute path, or give the service LoadCredential=" + place};
    path = std::string(folder) + "/" + place;
  }
  core::Fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return core::from_errno(errno, reading + "open", path, what_to_do);
  struct stat status {};
  if (mode == SecretMode::not_others && ::fstat(fd.get(), &status) == 0 && (status.st_mode & 0007) != 0)
    return Error{Errc::permission, reading + "everybody may read or write it", path, "chmod 0640 " + path};
  std::array<char, longest + 2> buffer{};
  auto const got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got < 0) return core::from_errno(errno, reading + "read", path, what_to_do);
  s3::Secret secret{std::string(trimmed({buffer.data(), static_cast<std::size_t>(got)}))};
  if (secret.reveal().size() < shortest || secret.reveal().size() > longest)
    return Error{Errc::invalid, reading + "too short or too long", path, std::string(what_to_do)};
  return secret;
}

}  // namespace orchestrator
