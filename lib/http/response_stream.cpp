#include "http/response_stream.hpp"

#include <vector>

#include "http/detail/client_connection.hpp"

namespace http {

ResponseStream::ResponseStream(std::unique_ptr<detail::ClientConnection> connection, int status, Headers headers,
                               Patience patience)
    : connection_(std::move(connection)), status_(status), headers_(std::move(headers)), patience_(patience) {}
ResponseStream::ResponseStream(ResponseStream&&) noexcept = default;
ResponseStream& ResponseStream::operator=(ResponseStream&&) noexcept = default;
ResponseStream::~ResponseStream() = default;

awaitable<Result<void>> ResponseStream::read(BodySink sink) {
  std::vector<char> buffer(64U << 10U);
  for (;;) {
    auto const got = co_await connection_->read_some(buffer, patience_);
    if (!got) co_return got.error();
    if (*got == 0) co_return Result<void>();
    std::string_view const piece(buffer.data(), *got);
    auto const taken = co_await sink(piece);
    if (!taken) co_return taken;
  }
}

awaitable<Result<std::string>> ResponseStream::read_all(std::size_t limit) {
  return connection_->read_all(limit, patience_);
}

}  // namespace http
