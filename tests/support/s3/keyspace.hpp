#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace support::s3 {

/// What a listing tells of one object, apart from its key.
struct Facts {
  std::array<char, 32> etag{};  ///< hex digits, without quotes
  std::uint64_t size = 0;       ///< bytes
  std::int64_t modified_ms = 0;
};

/// Millions of objects that are computed and never stored: a function of index and seed. Keys have the form
/// "data/site-0012/day-345/reading-0012345678.csv" (1,000 a folder, 1,000 folders a site) and ascend in bytes with
/// their index. Immutable, any thread.
class Keyspace {
 public:
  static constexpr std::uint64_t most = 10'000'000'000;  ///< what ten digits can number

  Keyspace() = default;
  Keyspace(std::uint64_t count, std::uint64_t seed);

  [[nodiscard]] std::uint64_t size() const noexcept { return count_; }
  /// Writes the key over `out`, whose memory is used again.
  static void key_of(std::uint64_t index, std::string& out);
  [[nodiscard]] Facts facts_of(std::uint64_t index) const noexcept;
  /// The first index whose key is not less than `key`; size() if there is none.
  [[nodiscard]] std::uint64_t lower_bound(std::string_view key) const;
  /// The object's bytes, made from its index; the ETag is not their MD5.
  [[nodiscard]] std::string body_of(std::uint64_t index) const;

 private:
  std::uint64_t count_ = 0, seed_ = 0;
};

}  // namespace support::s3
