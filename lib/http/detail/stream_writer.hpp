#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "http/detail/server_stream.hpp"
#include "http/reply.hpp"

namespace http::detail {

/// The body of a streaming reply: chunks, or plain bytes where the length is known or the peer speaks HTTP/1.0.
class StreamWriter final : public BodyWriter {
 public:
  /// Each write may take `patience`.
  StreamWriter(ServerStream& stream, std::chrono::milliseconds patience, bool chunked, std::string const& remote)
      : stream_(stream), patience_(patience), chunked_(chunked), remote_(remote) {}

  awaitable<Result<void>> write(std::string_view chunk) override;
  /// Ends the chunks; true if the peer took it.
  [[nodiscard]] awaitable<bool> finish();
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

 private:
  ServerStream& stream_;
  std::chrono::milliseconds patience_;
  bool chunked_;
  std::string const& remote_;
  std::uint64_t written_ = 0;
};

}  // namespace http::detail
