#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <chrono>
#include <cstdint>
#include <string>

#include "http/reply.hpp"

namespace http::detail {

using Stream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;

/// The body of a streaming reply: chunks, or plain bytes where the length is known or the peer speaks HTTP/1.0.
class StreamWriter final : public BodyWriter {
 public:
  /// Each write may take `patience`.
  StreamWriter(Stream& stream, std::chrono::milliseconds patience, bool chunked, std::string remote);

  awaitable<Result<void>> write(std::string_view chunk) override;
  /// Ends the chunks; true if the peer took it.
  [[nodiscard]] awaitable<bool> finish();
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

 private:
  Stream& stream_;
  std::chrono::milliseconds patience_;
  bool chunked_;
  std::string remote_;
  std::uint64_t written_ = 0;
};

}  // namespace http::detail
