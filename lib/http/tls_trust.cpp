#include "http/tls_trust.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "core/fd.hpp"
#include "core/read_bounded.hpp"
#include "http/detail/tls_context.hpp"

namespace http {

using core::Errc;
using core::Error;
using core::Result;

namespace {

Result<std::string> read_file(std::string const& path) {
  core::Fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return core::from_errno(errno, "open CA file", path);
  constexpr std::size_t longest = 16U << 20U;
  auto text = core::read_bounded(fd.get(), longest + 1);
  if (!text) return core::from_errno(errno, "read CA file", path);
  if (text->size() > longest) return Error{Errc::too_large, "read CA file: more than 16 MiB", path, ""};
  return std::move(*text);
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

Result<TlsTrust> TlsTrust::with_identity(std::string const& ca, std::string const& cert, std::string const& key) {
  auto trust = with_file(ca, SystemStore::unused);
  if (!trust) return trust.error();
  // OpenSSL's own messages do not say which file it was.
  for (auto const* const path : {&cert, &key})
    if (::access(path->c_str(), R_OK) != 0)
      return core::from_errno(errno, "open", *path, "the daemon's user has to be able to read it");
  struct stat status {};
  if (::stat(key.c_str(), &status) == 0 && (status.st_mode & 0007) != 0)
    return Error{Errc::permission, "read key: everybody may read or write it", key, "chmod 0640 " + key};
  if (!trust->context().use_certificate(cert))
    return Error{Errc::invalid, "read certificate: there is none in it, or one that is damaged", cert,
                 "write PEM: the client's certificate first, then those between it and the authority"};
  if (!trust->context().use_key(key))
    return Error{Errc::invalid, "this is not the key of the certificate " + cert, key,
                 "write PEM without a passphrase, and the key that the certificate was made for"};
  return trust;
}

}  // namespace http
