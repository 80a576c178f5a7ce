#include "http/tls_files.hpp"

#include <sys/stat.h>

#include "http/detail/tls_context.hpp"

namespace http {

using core::Errc;
using core::Error;
using core::Result;

TlsFiles::Stamp TlsFiles::stamp_of(std::string const& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

Result<TlsTrust> TlsFiles::trust() {
  std::array<Stamp, 3> const now{stamp_of(ca_), stamp_of(cert_), stamp_of(key_)};
  if (!trust_ || now != stamps_) {
    trust_.reset();
    auto fresh = TlsTrust::with_identity(ca_, cert_, key_);
    if (!fresh) return fresh.error();
    trust_ = std::move(*fresh);
    stamps_ = now;
  }
  auto const problem = trust_->context().own_problem();
  if (problem.empty()) return *trust_;
  return Error{Errc::permission, "our own certificate is of no use: " + problem, cert_,
               "put a renewed one there, no restart is needed; if that date is wrong, set this host's clock"};
}

}  // namespace http
