#include "http/detail/stream_writer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>

#include "http/detail/translate.hpp"

namespace http::detail {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;

namespace {

constexpr auto as_outcome = asio::as_tuple(asio::use_awaitable);

}  // namespace

StreamWriter::StreamWriter(Stream& stream, std::chrono::milliseconds patience, bool chunked, std::string remote)
    : stream_(stream), patience_(patience), chunked_(chunked), remote_(std::move(remote)) {}

awaitable<Result<void>> StreamWriter::write(std::string_view chunk) {
  if (chunk.empty()) co_return Result<void>();  // an empty chunk would end the body
  written_ += chunk.size();
  asio::const_buffer const bytes(chunk.data(), chunk.size());
  stream_.expires_after(patience_);
  boost::system::error_code code;
  if (chunked_) {
    auto const framed = bhttp::make_chunk(bytes);
    auto const [error, count] = co_await asio::async_write(stream_, framed, as_outcome);
    code = error;
  } else {
    auto const [error, count] = co_await asio::async_write(stream_, bytes, as_outcome);
    code = error;
  }
  throw_if_cancelled(code);
  if (code) co_return translate(code, "send reply", remote_);
  co_return Result<void>();
}

awaitable<bool> StreamWriter::finish() {
  if (!chunked_) co_return true;
  stream_.expires_after(patience_);
  auto const last = bhttp::make_chunk_last();
  auto const [code, size] = co_await asio::async_write(stream_, last, as_outcome);
  throw_if_cancelled(code);
  co_return !code;
}

}  // namespace http::detail
