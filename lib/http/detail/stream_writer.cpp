#include "http/detail/stream_writer.hpp"

#include <array>
#include <charconv>

#include "http/detail/translate.hpp"

namespace http::detail {

namespace asio = boost::asio;

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace

awaitable<Result<void>> StreamWriter::write(std::string_view chunk) {
  if (chunk.empty()) co_return Result<void>();  // an empty chunk would end the body
  written_ += chunk.size();
  std::array<char, 24> size{};
  std::vector<asio::const_buffer> pieces{asio::buffer(chunk)};
  if (chunked_) {
    auto* end = std::to_chars(size.data(), size.data() + size.size(), chunk.size(), 16).ptr;
    end = std::copy(line_end.begin(), line_end.end(), end);
    pieces.insert(pieces.begin(), asio::buffer(size.data(), static_cast<std::size_t>(end - size.data())));
    pieces.push_back(asio::buffer(line_end));
  }
  stream_.expires_after(patience_);
  auto const code = co_await stream_.write(std::move(pieces));
  throw_if_cancelled(code);
  if (code) co_return translate(code, "send reply", remote_);
  co_return Result<void>();
}

awaitable<bool> StreamWriter::finish() {
  if (!chunked_) co_return true;
  stream_.expires_after(patience_);
  std::vector<asio::const_buffer> pieces{asio::buffer(last_chunk)};
  auto const code = co_await stream_.write(std::move(pieces));
  throw_if_cancelled(code);
  co_return !code;
}

}  // namespace http::detail
