#include "http/tls_identity.hpp"

#include <unistd.h>

#include <cerrno>

#include "http/detail/tls_server_context.hpp"

namespace http {

using core::Error;
using core::Result;

namespace {

/// OpenSSL's own messages do not say which file it was.
Result<void> readable(std::string const& path) {
  if (::access(path.c_str(), R_OK) == 0) return {};
  return core::from_errno(errno, "open", path, "the daemon's user has to be able to read it");
}

}  // namespace

Result<std::shared_ptr<TlsIdentity>> TlsIdentity::load(std::string cert, std::string key) {
  auto identity = std::shared_ptr<TlsIdentity>(new TlsIdentity(std::move(cert), std::move(key)));
  auto const done = identity->reload();
  if (!done) return done.error();
  return identity;
}

Result<void> TlsIdentity::reload() {
  for (auto const* const path : {&cert_, &key_})
    if (auto const found = readable(*path); !found) return found;
  auto fresh = std::make_shared<detail::TlsServerContext>();
  if (!fresh->use_certificate(cert_))
    return Error{core::Errc::invalid, "there is no certificate in it, or one that is damaged", cert_,
                 "write PEM: the server's certificate first, then those between it and the authority"};
  if (!fresh->use_key(key_))
    return Error{core::Errc::invalid, "this is not the key of the certificate " + cert_, key_,
                 "write PEM without a passphrase, and the key that the certificate was made for"};
  context_ = std::move(fresh);
  return {};
}

}  // namespace http
