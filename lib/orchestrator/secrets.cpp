#include "orchestrator/secrets.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "core/fd.hpp"
#include "core/read_bounded.hpp"
#include "orchestrator/attempt_files.hpp"

namespace orchestrator {

using core::Errc;
using core::Error;
using core::Result;

namespace {

constexpr std::string_view reading = "read secret: ";

Result<s3::Secret> read_value(core::Fd const& fd, std::string const& path) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return core::from_errno(errno, std::string(reading) + "stat", path);
  if (!S_ISREG(status.st_mode)) return Error{Errc::invalid, std::string(reading) + "it is not a file", path, {}};
  auto bytes = core::read_bounded(fd.get(), longest_secret + 1);
  if (!bytes) return core::from_errno(errno, std::string(reading) + "read", path);
  s3::Secret value(std::move(*bytes));
  auto const size = value.reveal().size();
  if (size == 0 || size > longest_secret)
    return Error{Errc::invalid, std::string(reading) + (size == 0 ? "the file is empty" : "the file is too long"), path,
                 "a secret has 1 byte to 64 KiB"};
  return value;
}

/// nullopt: there is no credential of that name.
Result<std::optional<s3::Secret>> read_credential(std::string const& name) {
  auto const* const folder = ::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr) return std::optional<s3::Secret>();
  auto const path = std::string(folder) + "/" + name;
  core::Fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd && errno == ENOENT) return std::optional<s3::Secret>();
  if (!fd) return core::from_errno(errno, std::string(reading) + "open", path);
  auto value = read_value(fd, path);
  if (!value) return value.error();
  return std::optional(std::move(*value));
}

/// What lies in a folder that others may look into is no secret, nor is what they may put there.
Result<core::Fd> open_folder(std::string const& path) {
  core::Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder)
    return core::from_errno(errno, std::string(reading) + "open", path,
                            "make the folder: install -d -m 0750 -g tidewheel " + path);
  struct stat status {};
  if (::fstat(folder.get(), &status) != 0) return core::from_errno(errno, std::string(reading) + "stat", path);
  if ((status.st_mode & 0007) != 0)
    return Error{Errc::permission, std::string(reading) + "everybody may look into the folder of secrets", path,
                 "chmod o= " + path};
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    return Error{Errc::permission, std::string(reading) + "the folder of secrets belongs to somebody else", path,
                 "chown root " + path};
  return folder;
}

Result<s3::Secret> read_secret(std::string const& name, std::string const& secrets_dir) {
  auto credential = read_credential(name);
  if (!credential) return credential.error();
  if (*credential) return std::move(**credential);
  auto const path = secrets_dir + "/" + name;
  auto const folder = open_folder(secrets_dir);
  if (!folder) {
    auto error = folder.error();
    error.operation = "the secret '" + name + "' is no systemd credential; " + error.operation;
    return error;
  }
  core::Fd const fd(::openat(folder->get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd && errno == ENOENT)
    return Error{Errc::not_found, "the secret '" + name + "' is nowhere", path,
                 "write it into that file, or give the service LoadCredential=" + name + ":PATH"};
  if (!fd)
    return core::from_errno(errno, std::string(reading) + "open", path, "let the daemon's user read it: chgrp, chmod");
  return read_value(fd, path);
}

}  // namespace

Result<std::vector<SecretValue>> read_secrets(domain::PipelineSpec const& pipeline,
                                              config::DaemonConfig const& config) {
  std::vector<SecretValue> values;
  for (auto const& name : pipeline.secrets) {
    // A revision may be older than the policy.
    if (auto const violation = config::secret_violation(name, pipeline.name, config.policy))
      return Error{Errc::permission, violation->message, pipeline.name, violation->hint};
    auto value = read_secret(name, config.secrets_dir);
    if (!value) return value.error();
    values.push_back({name, std::move(*value)});
  }
  return values;
}

std::filesystem::path laid_secret(std::filesystem::path const& attempt_dir, std::string const& name) {
  return attempt_dir / ("secret-" + name);
}

Result<void> lay_secrets(std::filesystem::path const& attempt_dir, std::vector<SecretValue> const& secrets) {
  for (auto const& secret : secrets)
    if (auto laid = lay_secret(laid_secret(attempt_dir, secret.name), secret.value.reveal()); !laid) return laid;
  return {};
}

Result<std::vector<std::string>> read_laid_secrets(std::filesystem::path const& attempt_dir,
                                                   std::vector<std::string> const& names) {
  std::vector<std::string> values;
  for (auto const& name : names) {
    auto const path = laid_secret(attempt_dir, name);
    core::Fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd) return core::from_errno(errno, "open the attempt's secret", path.string());
    auto value = read_value(fd, path.string());
    if (!value) return value.error();
    values.push_back(value->reveal());
  }
  return values;
}

}  // namespace orchestrator
