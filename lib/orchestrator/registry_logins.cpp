#include "orchestrator/registry_logins.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "aio/program.hpp"
#include "core/fd.hpp"
#include "core/read_bounded.hpp"
#include "core/units.hpp"
#include "orchestrator/secret_file.hpp"

namespace orchestrator {

using core::Errc;
using core::Error;
using core::Result;
using docker::RegistryLogin;
using How = aio::ProgramEnd::How;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t longest_password = 16U << 10U;  ///< some registries take a JSON key for one
constexpr std::size_t longest_file = 1U << 20U;
/// A helper may ask a service on the network.
constexpr auto helper_limit = 15s;
constexpr std::string_view what = "Docker's config.json";

Result<RegistryLogin> from_account(config::RegistryAccount const& account, std::string const& registry) {
  auto password = read_secret_file(account.password_file, "the password for " + registry, SecretMode::not_others,
                                   {1, longest_password});
  if (!password) return password.error();
  RegistryLogin login;
  login.username = account.username;
  login.password = std::move(*password);
  login.source = "`registries` of tidewheeld.yaml";
  return login;
}

Result<docker::AuthFile::Found> from_file(std::string const& place, std::string const& registry) {
  auto const reading = "read " + std::string(what) + ": ";
  auto const path = path_of_secret(place, what);
  if (!path) return path.error();
  constexpr std::string_view hint = "let the daemon's user read the file that docker_config names: chgrp, chmod 0640";
  core::Fd const fd(::open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return core::from_errno(errno, reading + "open", *path, hint);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return core::from_errno(errno, reading + "stat", *path);
  if (!S_ISREG(status.st_mode)) return Error{Errc::invalid, reading + "it is not a file", *path, std::string(hint)};
  auto bytes = core::read_bounded(fd.get(), longest_file + 1);
  if (!bytes) return core::from_errno(errno, reading + "read", *path);
  core::Secret const text(std::move(*bytes));
  if (text.reveal().size() > longest_file) return Error{Errc::too_large, reading + "it has more than 1 MiB", *path, ""};
  auto const file = docker::AuthFile::parse(text.reveal(), *path);
  if (!file) return file.error();
  auto found = file->find(registry);
  auto const* const login = found ? std::get_if<RegistryLogin>(&*found) : nullptr;
  if (login != nullptr && !login->empty() && (status.st_mode & 0007) != 0)
    return Error{Errc::permission, reading + "it has passwords, and everybody may read or write it", *path,
                 "chmod 0640 " + *path};
  return found;
}

}  // namespace

awaitable<Result<RegistryLogin>> RegistryLogins::find(std::string registry) {
  using Found = Result<docker::AuthFile::Found>;
  auto look = [&config = services_.config, &registry]() -> Found {
    for (auto const& [host, account] : config.registries) {
      if (docker::registry_name(host) != registry) continue;
      auto login = from_account(account, registry);
      return login ? Found(std::move(*login)) : Found(login.error());
    }
    if (!config.docker_config.empty()) return from_file(config.docker_config, registry);
    RegistryLogin none;
    none.source = "`registries` of tidewheeld.yaml has none";
    return docker::AuthFile::Found(std::move(none));
  };
  auto found = co_await services_.pool.run(std::move(look));
  if (!found) co_return found.error();
  if (auto* const login = std::get_if<RegistryLogin>(&*found)) co_return std::move(*login);
  auto helper = std::get<docker::CredentialHelper>(std::move(*found));
  co_return co_await ask(std::move(helper));
}

awaitable<Result<RegistryLogin>> RegistryLogins::ask(docker::CredentialHelper helper) {
  aio::Program program;
  program.argv = {helper.program, "get"};
  program.input = helper.server;
  program.limit = helper_limit;
  auto const end = co_await aio::run_program(services_.pool, std::move(program));
  auto const fault = [&helper](Errc code, std::string how, std::string hint) {
    return Error{code, "ask " + helper.program + " for the login at " + helper.server + ": " + std::move(how),
                 helper.program, std::move(hint)};
  };
  if (!end && end.error().code == Errc::not_found)
    co_return fault(Errc::not_found, "there is no such program", "install it into a folder of the service's $PATH");
  if (!end) co_return fault(end.error().code, end.error().operation, end.error().hint);
  if (end->how == How::timed_out)
    co_return fault(Errc::timeout, "it did not answer within " + core::format_duration(helper_limit),
                    "try it as the daemon's user: it may wait for somebody to type, or for the network");
  if (end->how == How::said_too_much) co_return fault(Errc::protocol, "it says more than a login has", "");
  auto const code = end->how == How::signalled ? 128 + end->code : end->code;
  auto login = docker::read_helper(helper, {code, end->out, end->errors});
  co_return login;
}

}  // namespace orchestrator
