#include <algorithm>

#include "s3/client.hpp"
#include "s3/detail/call.hpp"
#include "s3/detail/object_headers.hpp"

namespace s3 {

using core::Errc;
using core::Error;

namespace {

constexpr std::int64_t longest_whole = 1 << 20;

}  // namespace

struct Client::Download {
  std::string key;
  GetOptions options;
  http::BodySink sink;
  std::int64_t delivered = 0;  ///< bytes that the sink has taken
  std::int64_t wanted = 0;     ///< bytes in all, once an answer told the object's size
  std::optional<ObjectInfo> info;

  [[nodiscard]] bool is_complete() const { return info && delivered == wanted; }
  [[nodiscard]] std::int64_t first() const { return options.range ? options.range->first : 0; }
  /// Nothing for a whole object from its start: an empty object has no range.
  [[nodiscard]] std::string range_header() const {
    if (!options.range && delivered == 0) return {};
    std::string const last = options.range && options.range->last ? std::to_string(*options.range->last) : "";
    return "bytes=" + std::to_string(first() + delivered) + "-" + last;
  }
  [[nodiscard]] std::string etag() const { return info ? info->etag : options.if_match; }
};

awaitable<Result<ObjectInfo>> Client::head(std::string key, std::string version_id, Usage* bill) {
  Call call("head object", "HEAD", key);
  call.bill = bill;
  if (!version_id.empty()) call.query.emplace_back("versionId", version_id);
  auto const answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  auto const info = detail::read_object_headers(answer->headers);
  if (info) co_return *info;
  Failure failure;
  failure.status = answer->status;
  failure.message = "the answer has no Content-Length";
  co_return to_error(failure, site("head object", key));
}

awaitable<Result<ObjectInfo>> Client::get(std::string key, GetOptions options, http::BodySink sink) {
  Download download;
  download.key = std::move(key);
  download.options = std::move(options);
  download.sink = std::move(sink);
  RetryHistory history;
  for (;;) {
    auto const before = download.delivered;
    Attempt const attempt = co_await transfer(download);
    if (attempt.error) co_return *attempt.error;
    if (download.is_complete()) co_return *download.info;
    if (download.delivered > before) history.attempts = 0;  // it moves, so it comes to an end
    if (!co_await prepare_retry(attempt, history))
      co_return to_error(*attempt.failure, site("get object", download.key));
  }
}

awaitable<Client::Attempt> Client::transfer(Download& download) {
  Attempt attempt;
  auto credentials = co_await credentials_.get();
  if (!credentials) {
    attempt.error = credentials.error();
    co_return attempt;
  }
  attempt.credentials = std::move(*credentials);
  Call call("get object", "GET", download.key);
  if (!download.options.version_id.empty()) call.query.emplace_back("versionId", download.options.version_id);
  call.headers.set("x-amz-checksum-mode", "ENABLED");  // else no checksum is told
  if (auto const range = download.range_header(); !range.empty()) call.headers.set("Range", range);
  if (auto const etag = download.etag(); !etag.empty()) call.headers.set("If-Match", "\"" + etag + "\"");
  if (download.options.expected_size.value_or(longest_whole + 1) <= longest_whole)
    co_await transfer_whole(download, call, attempt);
  else
    co_await transfer_stream(download, call, attempt);
  co_return attempt;
}

/// For small objects: the connection, and TLS's handshake with it, serves the next one too.
awaitable<void> Client::transfer_whole(Download& download, Call const& call, Attempt& attempt) {
  auto const http = http_;
  auto request = to_request(call, attempt.credentials);
  request.body_limit = static_cast<std::size_t>(longest_whole);
  auto const answer = co_await http->send(std::move(request));
  if (!answer) {
    attempt.failure = connection_failure(answer.error());
    co_return;
  }
  if (answer->status != 200 && answer->status != 206) {
    attempt.failure = read_failure(answer->status, answer->headers, answer->body, clock_.wall());
    co_return;
  }
  attempt.failure = check_head(download, answer->status, answer->headers);
  if (!attempt.failure) co_await give(download, answer->body, attempt);
}

awaitable<void> Client::transfer_stream(Download& download, Call const& call, Attempt& attempt) {
  auto const http = http_;
  auto answer = co_await http->open(to_request(call, attempt.credentials), http::Patience::idle(settings_.silence));
  if (!answer) {
    attempt.failure = connection_failure(answer.error());
    co_return;
  }
  if (answer->status() != 200 && answer->status() != 206) {
    auto const body = co_await answer->read_all(call.body_limit);
    attempt.failure = read_failure(answer->status(), answer->headers(), body ? *body : "", clock_.wall());
    co_return;
  }
  attempt.failure = check_head(download, answer->status(), answer->headers());
  if (attempt.failure) co_return;
  http::BodySink counted = [this, &download, &attempt](std::string_view piece) -> awaitable<Result<void>> {
    co_await give(download, piece, attempt);
    if (attempt.error) co_return *attempt.error;
    co_return Result<void>();
  };
  auto const read = co_await answer->read(std::move(counted));
  if (!read)
    attempt.failure = connection_failure(read.error());
  else if (!download.is_complete())
    attempt.failure = connection_failure(Error{Errc::unavailable, "the answer has the wrong length", "", ""});
}

awaitable<void> Client::give(Download& download, std::string_view piece, Attempt& attempt) {
  if (piece.empty()) co_return;
  auto const taken = co_await download.sink(piece);
  if (!taken) {
    attempt.error = taken.error();
    co_return;
  }
  download.delivered += static_cast<std::int64_t>(piece.size());
  usage_.bytes += piece.size();
}

/// Everything that can be told before the first byte: is it this object, this version, and are these the bytes?
std::optional<Failure> Client::check_head(Download& download, int status, http::Headers const& headers) {
  Failure failure;
  failure.status = status;
  auto info = detail::read_object_headers(headers);
  if (!info) {
    failure.message = "the answer has no Content-Length, or a Content-Range that contradicts it";
    return failure;
  }
  auto const range = detail::read_content_range(headers);
  bool const wants_part = !download.range_header().empty();
  if (wants_part != (status == 206 && range.has_value())) {
    failure.message = "the server did not keep to the Range header";
    return failure;
  }
  auto const begin = download.first() + download.delivered;
  auto const end = download.options.range && download.options.range->last
                       ? std::min(*download.options.range->last + 1, info->size)
                       : info->size;
  failure.kind = FailureKind::changed;
  failure.message = "the object is another one than was asked for";
  if (auto const etag = download.etag(); !etag.empty() && info->etag != etag) return failure;
  if (download.options.expected_size.value_or(info->size) != info->size) return failure;
  auto const& version = download.options.version_id;
  if (!version.empty() && !info->version_id.empty() && info->version_id != version) return failure;
  if (range && (range->first != begin || range->last + 1 != end)) {
    failure.kind = FailureKind::protocol;
    failure.message = "the answer has another range than was asked for";
    return failure;
  }
  download.wanted = end - download.first();
  download.info = std::move(*info);
  return std::nullopt;
}

awaitable<Result<PresignedUrl>> Client::presign_get(std::string key, std::string version_id,
                                                    std::chrono::seconds valid_for) {
  auto const credentials = co_await credentials_.get();
  if (!credentials) co_return credentials.error();
  auto const now = server_now();
  valid_for = std::clamp(valid_for, std::chrono::seconds(1), std::chrono::seconds(std::chrono::days(7)));
  if (credentials->expires)
    valid_for = std::min(valid_for, std::chrono::floor<std::chrono::seconds>(*credentials->expires - clock_.wall()));
  if (valid_for.count() < 1) {
    Failure failure;
    failure.kind = FailureKind::expired_credentials;
    co_return to_error(failure, site("presign", key));
  }
  Call call("presign", "GET", key);
  if (!version_id.empty()) call.query.emplace_back("versionId", version_id);
  SigningScope const scope{settings_.region, now};
  auto const target = presign(to_signing(call), *credentials, scope, valid_for);
  auto const& endpoint = address_.endpoint;
  std::string const start = (endpoint.is_tls() ? "https://" : "http://") + endpoint.authority();
  PresignedUrl url{Secret(start + target.reveal()), clock_.wall() + valid_for};
  co_return url;
}

}  // namespace s3
