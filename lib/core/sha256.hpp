#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace core {

using Sha256Digest = std::array<unsigned char, 32>;

/// Incremental SHA-256 (FIPS 180-4, by OpenSSL's EVP).
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void update(std::span<std::byte const> bytes);
  void update(std::string_view bytes);
  /// The digest of what was given so far; the object must not be used after it.
  [[nodiscard]] Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Sha256Digest sha256(std::string_view bytes);
/// RFC 2104 over SHA-256. Compare in constant time what somebody sent: same_bytes().
[[nodiscard]] Sha256Digest hmac_sha256(std::string_view key, std::string_view text);
/// Takes as long for a wrong text as for a right one of the same length.
[[nodiscard]] bool same_bytes(std::string_view left, std::string_view right) noexcept;
[[nodiscard]] std::string to_hex(Sha256Digest const& digest);
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
/// Hashes an open file from its start to its end with pread; leaves the offset alone. Blocking: worker threads only.
[[nodiscard]] Result<Sha256Digest> sha256_file(int fd, std::string_view name_for_errors);

}  // namespace core
