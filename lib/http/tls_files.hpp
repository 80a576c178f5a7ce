#pragma once

#include <sys/types.h>
#include <array>
#include <ctime>
#include <optional>
#include <string>

#include "http/tls_trust.hpp"

namespace http {

/// The three PEM files of mutual TLS. They are looked at for each new connection and read again when one of them is
/// another one, so that a renewed certificate needs no restart. Loop thread only; a few small files, so reading them
/// there is no harm.
class TlsFiles {
 public:
  TlsFiles(std::string ca, std::string cert, std::string key)
      : ca_(std::move(ca)), cert_(std::move(cert)), key_(std::move(key)) {}

  /// What the files say now. Errors: as TlsTrust::with_identity(); and permission for a certificate that has expired or
  /// is not valid yet, which no server would take.
  [[nodiscard]] core::Result<TlsTrust> trust();

 private:
  /// Tells one content of a file from another.
  struct Stamp {
    ino_t inode = 0;
    off_t size = 0;
    std::time_t seconds = 0;
    long nanoseconds = 0;
    bool operator==(Stamp const&) const = default;
  };
  [[nodiscard]] static Stamp stamp_of(std::string const& path);

  std::string ca_, cert_, key_;
  std::array<Stamp, 3> stamps_;
  std::optional<TlsTrust> trust_;
};

}  // namespace http
