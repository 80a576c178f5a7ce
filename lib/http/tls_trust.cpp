#include "http/tls_trust.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/fd.hpp"
#include "http/detail/tls_context.hpp"

namespace http {

using core::Errc;
using core::Error;
using core::Result;

namespace {

Result<std::string> read_file(std::string const& path) {
  core::Fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return core::from_errno(errno, "open CA file", path);
  std::string text;
  constexpr std::size_t longest = 16U << 20U;
  char buffer[16384];
  for (;;) {
    auto const got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::from_errno(errno, "read CA file", path);
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > longest) return Error{Errc::too_large, "read CA file: more than 16 MiB", path, ""};
  }
}

}  // namespace

TlsTrust TlsTrust::system() {
  auto context = std::make_shared<detail::TlsContext>();
  context->use_system_store();
  return TlsTrust(std::move(context));
}

Result<TlsTrust> TlsTrust::with_file(std::string const& path, SystemStore store) {
  auto const pem = read_file(path);
  if (!pem) return pem.error();
  auto context = std::make_shared<detail::TlsContext>();
  if (store == SystemStore::used) context->use_system_store();
  if (!context->add_authorities(*pem))
    return Error{Errc::invalid, "read CA file: there is no certificate in it, or one that is damaged", path,
                 "write PEM: -----BEGIN CERTIFICATE----- and so on, one or more"};
  return TlsTrust(std::move(context));
}

}  // namespace http
