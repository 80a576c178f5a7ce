#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "http/client.hpp"
#include "s3/addressing.hpp"
#include "s3/credential_provider.hpp"
#include "s3/failure.hpp"
#include "s3/listing.hpp"
#include "s3/object.hpp"
#include "s3/pacer.hpp"
#include "s3/retry.hpp"
#include "s3/sigv4.hpp"

namespace s3 {

struct ClientSettings {
  ClientSettings(http::Endpoint with_endpoint, std::string with_bucket, std::string with_region)
      : endpoint(std::move(with_endpoint)), bucket(std::move(with_bucket)), region(std::move(with_region)) {}

  http::Endpoint endpoint;
  std::string bucket, region;
  Addressing addressing = Addressing::path;
  RetryPolicy retry;
  http::Client::Limits connection;
  std::optional<http::TlsTrust> trust;                            ///< for https; without one, the system's authorities
  std::chrono::milliseconds deadline = std::chrono::seconds(30);  ///< for one try of a list or head
  std::chrono::milliseconds silence = std::chrono::seconds(30);   ///< the longest without a byte in a get
  Pacer* pacer = nullptr;  ///< every listing that is sent waits for it, retries too; outlives the client
};

/// Requests sent, tries that failed included: what a provider charges for.
struct Usage {
  std::uint64_t lists = 0, heads = 0, gets = 0;
  std::uint64_t retries = 0;     ///< of all these, those sent again
  std::uint64_t slow_downs = 0;  ///< answers that asked for fewer requests
  std::uint64_t bytes = 0;       ///< of objects
};

/// Reads one bucket of an S3 server. Loop thread only; any number of calls at once. `credentials` and `clock` outlive
/// it. Nothing is ever written to a bucket. Requests go to the endpoint's host and to no other; at AWS, where a bucket
/// is served by its region alone, to the same domain's host of that region.
///
/// Each call tries again as RetryPolicy says (full jitter, Retry-After), learns the bucket's region from an answer that
/// tells it, and the difference of the clocks from the Date of RequestTimeTooSkewed, and signs again at once.
/// A `bill` counts the requests of that call beside usage(), for whoever shares the client; it outlives the call.
/// Errors: see to_error() in failure.hpp; each has a hint. Cancellation throws operation_aborted.
class Client {
 public:
  /// Errors: see address_of().
  [[nodiscard]] static Result<std::unique_ptr<Client>> make(ClientSettings settings, CredentialProvider& credentials,
                                                            core::Clock const& clock);
  Client(Client const&) = delete;
  Client& operator=(Client const&) = delete;
  ~Client();

  /// One page. `question.bucket` is set here. A page that is not believed is Errc::protocol and is not asked for again:
  /// the pass it belongs to is void. The first page in which a '+' stands costs one request more (plus_probe).
  [[nodiscard]] awaitable<Result<ListingPage>> list(ListingQuestion question, Usage* bill = nullptr);
  /// Errc::not_found is proof that the bucket is there and this object (or version) is not: a 404 that says nothing is
  /// followed by a listing of one key.
  [[nodiscard]] awaitable<Result<ObjectInfo>> head(std::string key, std::string version_id, Usage* bill = nullptr);
  /// Gives the bytes to `sink` in order, each once; a connection that breaks is taken up where it broke, of the same
  /// ETag. Success means that all bytes that were asked for came, of the version that was asked for. An error of the
  /// sink's is returned as it is. Errors besides: conflict if the object is another one, or becomes one on the way.
  /// With an expected size of up to 1 MiB it shares the kept connections; others have one of their own.
  [[nodiscard]] awaitable<Result<ObjectInfo>> get(std::string key, GetOptions options, http::BodySink sink);
  /// At most 7 days; shorter where the credentials expire before.
  [[nodiscard]] awaitable<Result<PresignedUrl>> presign_get(std::string key, std::string version_id,
                                                            std::chrono::seconds valid_for);

  [[nodiscard]] Usage const& usage() const noexcept { return usage_; }
  /// Listings, of all clients with the same pacer, that wait for their turn.
  [[nodiscard]] std::size_t paced() const noexcept { return settings_.pacer ? settings_.pacer->waiting() : 0; }
  /// As written, or as learnt from the server.
  [[nodiscard]] std::string const& region() const noexcept { return settings_.region; }
  /// The server's clock minus ours, as learnt; 0 until a server complained.
  [[nodiscard]] std::chrono::milliseconds clock_skew() const noexcept { return skew_; }

 private:
  struct Call;      ///< a request before it is signed
  struct Attempt;   ///< what became of one try
  struct Download;  ///< a get between its tries

  Client(ClientSettings settings, BucketAddress address, CredentialProvider& credentials, core::Clock const& clock);

  [[nodiscard]] awaitable<Result<http::Response>> send(Call call);
  [[nodiscard]] awaitable<Attempt> try_once(Call const& call);
  [[nodiscard]] awaitable<Failure> explain(Failure failure, Call const& about);
  [[nodiscard]] awaitable<bool> prepare_retry(Attempt const& attempt, RetryHistory& history);
  [[nodiscard]] awaitable<Result<void>> ask_for_plus();
  [[nodiscard]] awaitable<Attempt> transfer(Download& download);
  [[nodiscard]] awaitable<void> transfer_whole(Download& download, Call const& call, Attempt& attempt);
  [[nodiscard]] awaitable<void> transfer_stream(Download& download, Call const& call, Attempt& attempt);
  [[nodiscard]] awaitable<void> give(Download& download, std::string_view piece, Attempt& attempt);
  [[nodiscard]] static std::optional<Failure> check_head(Download& download, int status, http::Headers const& headers);

  [[nodiscard]] SigningRequest to_signing(Call const& call) const;
  [[nodiscard]] http::Request to_request(Call const& call, Credentials const& credentials);
  [[nodiscard]] FailureSite site(std::string operation, std::string const& key) const;
  [[nodiscard]] core::Wall server_now() const { return clock_.wall() + skew_; }
  [[nodiscard]] bool move_to_region(std::string const& region);
  void count(Call const& call);
  static void count(Call const& call, Usage& usage);

  ClientSettings settings_;
  BucketAddress address_;
  CredentialProvider& credentials_;
  core::Clock const& clock_;
  std::shared_ptr<http::Client> http_;  ///< a call keeps the one that it began with
  Usage usage_;
  PlusMeaning plus_ = PlusMeaning::unknown;
  bool plus_asked_ = false;
  std::chrono::milliseconds skew_{0};
  std::minstd_rand random_;
};

}  // namespace s3
