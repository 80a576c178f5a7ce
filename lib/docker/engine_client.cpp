#include "docker/engine_client.hpp"

#include "core/ulid.hpp"
#include "docker/api_version.hpp"
#include "docker/engine_call.hpp"
#include "docker/errors.hpp"
#include "docker/wire.hpp"

namespace docker {

using core::Errc;
using core::Error;
using namespace std::chrono_literals;

EngineClient::EngineClient(http::Endpoint endpoint, std::chrono::milliseconds pull_silence)
    : client_(std::move(endpoint)), pull_silence_(pull_silence), life_(core::random_hex(8)) {}

EngineClient::EngineClient(http::Endpoint endpoint, std::chrono::milliseconds pull_silence, http::TlsFiles files)
    : client_(std::move(endpoint), http::Client::Limits(), std::move(files)), pull_silence_(pull_silence) {}

Error EngineClient::lost(Error error) {
  auto const endpoint = client_.endpoint().to_string();
  if (error.subject != endpoint) return error;
  info_.reset();
  ++breaks_;
  if (client_.endpoint().is_tls() && error.code != Errc::timeout && error.code != Errc::too_large) {
    if (error.operation.find("not speak TLS") != std::string::npos)
      error.hint = "start dockerd with --tlsverify on this port; an engine is never asked over TCP without TLS";
    error.code = Errc::unavailable;  // a certificate can be renewed: no run fails for it
  }
  return with_hint(std::move(error), endpoint);
}

awaitable<Result<EngineInfo>> EngineClient::ping() {
  auto const losses = client_.losses();
  http::Request version("GET", "/version");
  auto const began = std::chrono::steady_clock::now();
  auto const answer = co_await client_.send(std::move(version));
  count("ask for the version", began, answer);
  if (!answer) co_return lost(answer.error());
  auto const name = client_.endpoint().to_string();
  if (answer->status != 200) co_return answer_error(answer->status, answer->body, "ask for the version", name);
  auto said = read_version(answer->body);
  if (!said) co_return said.error();
  auto const agreed = negotiate(said->oldest, said->newest);
  if (!agreed) co_return agreed.error();
  info_ = std::move(said->info);
  info_->api_version = agreed->to_string();
  losses_ = losses;
  co_return *info_;
}

awaitable<Result<EngineInfo>> EngineClient::info() {
  auto const known = co_await ensure_version();
  if (!known) co_return known.error();
  co_return *info_;
}

awaitable<Result<void>> EngineClient::ensure_version() {
  if (info_ && client_.losses() == losses_) co_return Result<void>();
  auto const info = co_await ping();
  if (!info) co_return info.error();
  co_return Result<void>();
}

awaitable<Result<http::Response>> EngineClient::send(Call call) {
  auto const negotiated = co_await ensure_version();
  if (!negotiated) co_return negotiated.error();
  call.request.target.insert(0, "/v" + info_->api_version);
  auto const began = std::chrono::steady_clock::now();
  auto answer = co_await client_.send(std::move(call.request));
  count(call.operation, began, answer);
  if (!answer) co_return lost(answer.error());
  if (answer->status < 300 || answer->status == 304) co_return answer;
  if (answer->status == 400) info_.reset();  // perhaps an older engine behind the same socket, and it says so once
  co_return call.to_error(answer->status, answer->body, call.operation, call.subject);
}

awaitable<Result<Image>> EngineClient::inspect_image(std::string reference) {
  Call call("inspect image", reference, "GET", "/images/" + core::percent_encode_path(reference) + "/json");
  auto const answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  co_return read_image(answer->body, reference);
}

awaitable<Result<void>> EngineClient::remove_image(std::string reference) {
  Call call("remove image", reference, "DELETE", "/images/" + core::percent_encode_path(reference));
  call.request.deadline = 5min;
  auto const answer = co_await send(std::move(call));
  if (!answer && answer.error().code != Errc::not_found) co_return answer.error();
  co_return Result<void>();
}

awaitable<Result<std::string>> EngineClient::create(std::string name, std::string body) {
  Call call("create container", name, "POST", "/containers/create?name=" + core::percent_encode(name));
  call.request.headers.set("Content-Type", "application/json");
  call.request.body = std::move(body);
  call.request.deadline = 120s;
  auto const answer = co_await send(std::move(call));
  if (answer) co_return read_created(answer->body);
  Error error = answer.error();
  bool const is_image = error.operation.find("o such image") != std::string::npos ||
                        error.operation.find("mage not known") != std::string::npos;
  if (error.code == Errc::not_found && !is_image) error.code = Errc::invalid;
  if (error.code == Errc::not_found) error.hint = "pull the image";
  co_return error;
}

awaitable<Result<void>> EngineClient::start(std::string id) {
  Call call("start container", id, "POST", container_path(id, "/start"));
  call.request.deadline = 120s;
  auto const answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  co_return Result<void>();
}

awaitable<Result<Container>> EngineClient::inspect(std::string id_or_name) {
  Call call("inspect container", id_or_name, "GET", container_path(id_or_name, "/json"));
  auto const answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  co_return read_container(answer->body);
}

awaitable<Result<std::vector<ContainerSummary>>> EngineClient::list(std::string label) {
  auto const filters = core::percent_encode(label_filter(label));
  Call call("list containers", label, "GET", "/containers/json?all=1&filters=" + filters);
  auto const answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  co_return read_list(answer->body);
}

awaitable<Result<void>> EngineClient::stop(std::string id, std::chrono::seconds grace) {
  Call call("stop container", id, "POST", container_path(id, "/stop?t=" + std::to_string(grace.count())));
  call.request.deadline = grace + 30s;
  auto const answer = co_await send(std::move(call));  // 304: it was not running
  if (!answer) co_return answer.error();
  co_return Result<void>();
}

awaitable<Result<void>> EngineClient::kill(std::string id, std::string signal) {
  Call call("kill container", id, "POST", container_path(id, "/kill?signal=" + core::percent_encode(signal)));
  auto const answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  co_return Result<void>();
}

awaitable<Result<void>> EngineClient::remove(std::string id, bool force) {
  Call call("remove container", id, "DELETE", container_path(id, force ? "?v=1&force=1" : "?v=1"));
  auto const answer = co_await send(std::move(call));
  if (!answer && answer.error().code != Errc::not_found) co_return answer.error();
  co_return Result<void>();
}

awaitable<Result<void>> EngineClient::put_archive(std::string id, std::string path, std::string tar) {
  auto const query = "/archive?path=" + core::percent_encode(path);
  Call call("copy into container", id, "PUT", container_path(id, query));
  call.request.headers.set("Content-Type", "application/x-tar");
  call.request.body = std::move(tar);
  call.request.deadline = 10min;
  auto const answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  co_return Result<void>();
}

}  // namespace docker
