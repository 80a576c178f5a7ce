#pragma once

#include <memory>
#include <optional>

#include "aio/worker.hpp"
#include "docker/engine.hpp"
#include "docker/request_counts.hpp"
#include "http/client.hpp"

namespace docker {

/// A Docker Engine over its HTTP API (docs.docker.com/engine/api, 1.40 to 1.47; podman's compatible service too).
/// The API version is negotiated at the first call and again after a connection was lost, since the engine may then be
/// another one. Deadlines: 30 s, create and start 120 s, stop its grace more, uploads 10 min; downloads end
/// after 120 s of silence, pulls as it is set; wait and logs never (TCP keep-alive finds a dead engine).
class EngineClient final : public Engine {
 public:
  /// `pull_silence`: how long a pull may go on without a word of progress.
  explicit EngineClient(http::Endpoint endpoint, std::chrono::milliseconds pull_silence = std::chrono::minutes(2));
  /// An engine behind TLS that wants to know who asks.
  EngineClient(http::Endpoint endpoint, std::chrono::milliseconds pull_silence, http::TlsFiles files);

  /// /proc is read on a thread of `pool`, which outlives this, from now on; else on the caller's.
  void read_files_on(aio::Worker& pool) noexcept { files_ = &pool; }

  awaitable<Result<EngineInfo>> ping() override;
  awaitable<Result<EngineInfo>> info() override;
  std::optional<Generation> local_generation() override;
  awaitable<Result<Generation>> generation() override;
  awaitable<Result<ContainerHistory>> history(std::string id, core::Wall finished) override;
  awaitable<Result<Image>> inspect_image(std::string reference) override;
  awaitable<Result<void>> remove_image(std::string reference) override;
  awaitable<Result<void>> pull_image(std::string reference, RegistryLogin login, ProgressSink progress) override;
  /// not_found always means the image; a missing network or volume is `invalid`.
  awaitable<Result<std::string>> create(std::string name, std::string body) override;
  awaitable<Result<void>> start(std::string id) override;
  awaitable<Result<void>> wait(std::string id) override;
  awaitable<Result<Container>> inspect(std::string id_or_name) override;
  awaitable<Result<std::vector<ContainerSummary>>> list(std::string label) override;
  awaitable<Result<void>> stop(std::string id, std::chrono::seconds grace) override;
  awaitable<Result<void>> kill(std::string id, std::string signal) override;
  awaitable<Result<void>> remove(std::string id, bool force) override;
  awaitable<Result<void>> logs(std::string id, bool follow, FrameSink sink) override;
  awaitable<Result<void>> get_archive(std::string id, std::string path, ByteSink sink) override;
  awaitable<Result<void>> put_archive(std::string id, std::string path, std::string tar) override;
  awaitable<Result<void>> put_archive_stream(std::string id, std::string path, TarSource tar) override;

  [[nodiscard]] RequestCounts const& requests() const noexcept { return requests_; }

 private:
  /// One call of the API: what to send, and how to speak of it in an error.
  struct Call;

  [[nodiscard]] awaitable<Result<void>> ensure_version();
  /// The whole answer, if its status is 2xx or 304.
  [[nodiscard]] awaitable<Result<http::Response>> send(Call call);
  /// The answer's head, if its status is 2xx.
  [[nodiscard]] awaitable<Result<http::ResponseStream>> open(Call call, http::Patience patience,
                                                             std::optional<http::BodySource> body = std::nullopt);
  /// Counts what came of a request that was sent at `began`.
  template <class Answer>
  void count(std::string_view operation, core::Steady began, Result<Answer> const& answer);
  /// For an error of the connection (its subject is the endpoint): adds the hint, and makes the next call negotiate
  /// again.
  [[nodiscard]] core::Error lost(core::Error error);

  http::Client client_;
  std::chrono::milliseconds pull_silence_;
  std::optional<EngineInfo> info_;
  std::uint64_t losses_ = 0;  ///< client_.losses() when info_ was taken
  std::string life_;          ///< of this client, random
  std::uint64_t breaks_ = 0;  ///< errors of the connection
  RequestCounts requests_;
  aio::Worker* files_ = nullptr;
};

}  // namespace docker
