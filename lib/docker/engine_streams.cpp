#include "docker/engine_call.hpp"
#include "docker/engine_client.hpp"
#include "docker/errors.hpp"
#include "docker/log_demux.hpp"
#include "docker/pull_stream.hpp"
#include "docker/reference.hpp"

namespace docker {

using http::Patience;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds longest_silence = 120s;
constexpr std::size_t longest_error_body = 64U << 10U;

/// The decoder does not know whose log it reads.
Result<void> about(Result<void> outcome, std::string const& subject) {
  if (outcome) return outcome;
  core::Error error = outcome.error();
  error.subject = subject;
  return error;
}

}  // namespace

awaitable<Result<http::ResponseStream>> EngineClient::open(Call call, Patience patience,
                                                           std::optional<http::BodySource> body) {
  auto const negotiated = co_await ensure_version();
  if (!negotiated) co_return negotiated.error();
  call.request.target.insert(0, "/v" + info_->api_version);
  auto const began = std::chrono::steady_clock::now();
  Result<http::ResponseStream> stream = core::Error{};
  if (body)
    stream = co_await client_.open(std::move(call.request), std::move(*body), patience);
  else
    stream = co_await client_.open(std::move(call.request), patience);
  count(call.operation, began, stream);
  if (!stream) co_return lost(stream.error());
  if (stream->status() < 300) co_return stream;
  auto const said = co_await stream->read_all(longest_error_body);
  co_return call.to_error(stream->status(), said ? *said : std::string(), call.operation, call.subject);
}

awaitable<Result<void>> EngineClient::pull_image(std::string reference, RegistryLogin login, ProgressSink progress) {
  auto const parsed = Reference::parse(reference);
  if (!parsed) co_return parsed.error();
  auto const tag = parsed->digest.empty() ? parsed->tag : parsed->digest;
  Call call(
      "pull", reference, "POST",
      "/images/create?fromImage=" + core::percent_encode(parsed->repository) + "&tag=" + core::percent_encode(tag));
  call.to_error = pull_answer_error;
  if (!login.empty())
    call.request.headers.set("X-Registry-Auth", registry_auth(login, registry_of(reference)).reveal());
  auto const silent = [this, &reference](core::Error error) {
    return error.code == core::Errc::timeout ? pull_stalled(pull_silence_, reference) : error;
  };
  auto stream = co_await open(std::move(call), Patience::idle(pull_silence_));
  if (!stream) co_return silent(stream.error());
  PullStream records(reference);
  std::vector<PullProgress> news;
  http::BodySink sink = [&](std::string_view bytes) -> awaitable<Result<void>> {
    news.clear();
    auto fed = records.feed(bytes, news);
    if (progress)
      for (PullProgress const& record : news) progress(record);
    co_return fed;
  };
  auto const read = co_await stream->read(std::move(sink));
  if (!read) co_return silent(lost(read.error()));
  co_return records.finish();
}

awaitable<Result<void>> EngineClient::wait(std::string id) {
  Call call("wait for container", id, "POST", container_path(id, "/wait"));
  auto stream = co_await open(std::move(call), Patience::endless());
  if (!stream) co_return stream.error();
  auto const body = co_await stream->read_all(longest_error_body);
  if (!body) co_return lost(body.error());
  co_return Result<void>();
}

awaitable<Result<void>> EngineClient::logs(std::string id, bool follow, FrameSink sink) {
  std::string const query = "/logs?stdout=1&stderr=1&timestamps=1";
  Call call("read log", id, "GET", container_path(id, follow ? query + "&follow=1" : query));
  auto const patience = follow ? Patience::endless() : Patience::idle(longest_silence);
  auto stream = co_await open(std::move(call), patience);
  if (!stream) co_return stream.error();
  LogDemux demux;
  http::BodySink demultiplex = [&](std::string_view bytes) -> awaitable<Result<void>> {
    std::vector<LogFrame> frames;
    auto fed = demux.feed(bytes, frames);
    if (!frames.empty()) co_await sink(std::move(frames));
    co_return about(std::move(fed), id);
  };
  auto const read = co_await stream->read(std::move(demultiplex));
  if (!read) co_return lost(read.error());
  co_return about(demux.finish(), id);
}

awaitable<Result<void>> EngineClient::get_archive(std::string id, std::string path, ByteSink sink) {
  Call call("copy from container", id + ":" + path, "GET",
            container_path(id, "/archive?path=" + core::percent_encode(path)));
  auto stream = co_await open(std::move(call), Patience::idle(longest_silence));
  if (!stream) co_return stream.error();
  auto const read = co_await stream->read(std::move(sink));
  if (!read) co_return lost(read.error());
  co_return read;
}

awaitable<Result<void>> EngineClient::put_archive_stream(std::string id, std::string path, TarSource tar) {
  Call call("copy into container", id, "PUT", container_path(id, "/archive?path=" + core::percent_encode(path)));
  call.request.headers.set("Content-Type", "application/x-tar");
  std::optional<http::BodySource> source(std::in_place);
  source->size = tar.size;
  source->next = std::move(tar.next);
  auto stream = co_await open(std::move(call), Patience::idle(longest_silence), std::move(source));
  if (!stream) co_return stream.error();
  auto const body = co_await stream->read_all(longest_error_body);
  if (!body) co_return lost(body.error());
  co_return Result<void>();
}

}  // namespace docker
