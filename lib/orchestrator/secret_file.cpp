#include "orchestrator/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

#include "core/fd.hpp"
#include "core/read_bounded.hpp"

namespace orchestrator {

using core::Errc;
using core::Error;
using core::Result;

namespace {

std::string what_to_do(SecretSize size) {
  return "let the daemon's user read the file, and write " + std::to_string(size.shortest) + " to " +
         std::to_string(size.longest) + " characters into it";
}

std::string_view trimmed(std::string_view text) {
  auto const last = text.find_last_not_of(" \t\r\n");
  return last == text.npos ? std::string_view() : text.substr(0, last + 1);
}

}  // namespace

Result<std::string> path_of_secret(std::string const& place, std::string_view what) {
  if (place.starts_with('/')) return place;
  auto const* const folder = ::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr)
    return Error{Errc::not_found, "read " + std::string(what) + ": there is no $CREDENTIALS_DIRECTORY", place,
                 "write an absolute path, or give the service LoadCredential=" + place};
  return std::string(folder) + "/" + place;
}

Result<s3::Secret> read_secret_file(std::string const& place, std::string_view what, SecretMode mode, SecretSize size) {
  auto const reading = "read " + std::string(what) + ": ";
  auto const path = path_of_secret(place, what);
  if (!path) return path.error();
  core::Fd const fd(::open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return core::from_errno(errno, reading + "open", *path, what_to_do(size));
  struct stat status {};
  if (mode == SecretMode::not_others && ::fstat(fd.get(), &status) == 0 && (status.st_mode & 0007) != 0)
    return Error{Errc::permission, reading + "everybody may read or write it", *path, "chmod 0640 " + *path};
  auto bytes = core::read_bounded(fd.get(), size.longest + 2);
  if (!bytes) return core::from_errno(errno, reading + "read", *path, what_to_do(size));
  bytes->resize(trimmed(*bytes).size());
  s3::Secret secret(std::move(*bytes));
  if (secret.reveal().size() < size.shortest || secret.reveal().size() > size.longest)
    return Error{Errc::invalid, reading + "too short or too long", *path, what_to_do(size)};
  return secret;
}

}  // namespace orchestrator
