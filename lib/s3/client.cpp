#include "s3/client.hpp"

#include "aio/sleep.hpp"
#include "s3/detail/call.hpp"

namespace s3 {

using core::Error;

Client::Client(ClientSettings settings, BucketAddress address, CredentialProvider& credentials,
               core::Clock const& clock)
    : settings_(std::move(settings)),
      address_(std::move(address)),
      credentials_(credentials),
      clock_(clock),
      http_(std::make_shared<http::Client>(address_.endpoint, settings_.connection, settings_.trust)),
      random_(std::random_device{}()) {}

Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::make(ClientSettings settings, CredentialProvider& credentials,
                                             core::Clock const& clock) {
  auto address = address_of(settings.endpoint, settings.bucket, settings.addressing);
  if (!address) return address.error();
  return std::unique_ptr<Client>(new Client(std::move(settings), std::move(*address), credentials, clock));
}

SigningRequest Client::to_signing(Call const& call) const {
  SigningRequest request;
  request.method = call.method;
  request.host = address_.endpoint.authority();
  request.path = address_.path_of(call.is_listing ? std::string_view() : call.key);
  // "/bucket" and not "/bucket/": the latter is what some servers take for an object without a name.
  if (call.is_listing && request.path.size() > 1) request.path.pop_back();
  request.query = call.query;
  request.headers = call.headers;
  return request;
}

http::Request Client::to_request(Call const& call, Credentials const& credentials) {
  SigningScope const scope{settings_.region, server_now()};
  SignedRequest wire = sign(to_signing(call), credentials, scope);
  http::Request request(call.method, std::move(wire.target));
  request.headers = std::move(wire.headers);
  request.deadline = settings_.deadline;
  request.body_limit = call.body_limit;
  count(call);
  return request;
}

void Client::count(Call const& call) {
  count(call, usage_);
  if (call.bill != nullptr) count(call, *call.bill);
}

void Client::count(Call const& call, Usage& usage) {
  if (call.is_listing)
    ++usage.lists;
  else if (call.method == "HEAD")
    ++usage.heads;
  else
    ++usage.gets;
}

FailureSite Client::site(std::string operation, std::string const& key) const {
  auto const& endpoint = address_.endpoint;
  return FailureSite{std::move(operation), "s3://" + settings_.bucket + "/" + key, settings_.bucket, settings_.region,
                     (endpoint.is_tls() ? "https://" : "http://") + endpoint.authority()};
}

awaitable<Result<http::Response>> Client::send(Call call) {
  RetryHistory history;
  for (;;) {
    Attempt attempt = co_await try_once(call);
    if (attempt.response) co_return std::move(*attempt.response);
    if (attempt.error) co_return *attempt.error;
    if (!co_await prepare_retry(attempt, history)) co_return to_error(*attempt.failure, site(call.operation, call.key));
  }
}

awaitable<Client::Attempt> Client::try_once(Call const& call) {
  Attempt attempt;
  auto credentials = co_await credentials_.get();
  if (credentials && call.is_listing && settings_.pacer != nullptr) {
    co_await settings_.pacer->wait();
    credentials =
        co_await credentials_.get();  // they may have expired meanwhile; having them first keeps the pace even
  }
  if (!credentials) {
    attempt.error = credentials.error();
    co_return attempt;
  }
  attempt.credentials = std::move(*credentials);
  auto const http = http_;
  auto answer = co_await http->send(to_request(call, attempt.credentials));
  if (!answer) {
    attempt.failure = connection_failure(answer.error());
    co_return attempt;
  }
  bool const is_good = answer->status >= 200 && answer->status < 300 && !is_error_body(answer->body);
  if (is_good) {
    attempt.response = std::move(*answer);
    co_return attempt;
  }
  attempt.failure = read_failure(answer->status, answer->headers, answer->body, clock_.wall());
  if (call.method == "HEAD") attempt.failure = co_await explain(std::move(*attempt.failure), call);
  co_return attempt;
}

/// A HEAD answer has no body, so 404 may mean the bucket and 400 or 403 an expired token. A listing of one key says
/// what is wrong; where nothing is, the bucket is there, and so a 404 was about the key.
awaitable<Failure> Client::explain(Failure failure, Call const& about) {
  bool const is_dumb =
      failure.code.empty() && (failure.kind == FailureKind::not_found || failure.kind == FailureKind::access_denied ||
                               failure.kind == FailureKind::refused);
  if (!is_dumb) co_return failure;
  Call call("look at the bucket", "GET", about.key);
  call.bill = about.bill;
  call.is_listing = true;
  call.query = {{"list-type", "2"}, {"max-keys", "1"}, {"encoding-type", "url"}, {"prefix", about.key}};
  Attempt const probe = co_await try_once(call);
  if (probe.failure) co_return *probe.failure;
  if (probe.response && failure.kind == FailureKind::not_found) failure.kind = FailureKind::no_such_key;
  co_return failure;
}

awaitable<bool> Client::prepare_retry(Attempt const& attempt, RetryHistory& history) {
  Failure const& failure = *attempt.failure;
  if (failure.kind == FailureKind::slow_down) ++usage_.slow_downs;
  ++history.attempts;
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  RetryStep const step = next_step(failure, history, settings_.retry, uniform(random_));
  if (step.verdict == RetryVerdict::give_up) co_return false;
  if (step.verdict != RetryVerdict::wait) --history.attempts;
  if (step.verdict == RetryVerdict::correct_clock) {
    history.clock_corrected = true;
    skew_ = *failure.server_time - clock_.wall();
  } else if (step.verdict == RetryVerdict::change_region) {
    history.region_corrected = true;
    if (!move_to_region(failure.region)) co_return false;
  } else if (step.verdict == RetryVerdict::renew_credentials) {
    history.credentials_renewed = true;
    credentials_.reject(attempt.credentials);
  } else {
    co_await aio::sleep_for(step.wait);
  }
  ++usage_.retries;
  co_return true;
}

/// Another call may have moved already; then this one has only to sign again.
bool Client::move_to_region(std::string const& region) {
  auto const endpoint = endpoint_in_region(settings_.endpoint, region);
  bool const same_host = !endpoint || endpoint->host() == settings_.endpoint.host();
  settings_.region = region;
  if (same_host) return true;
  auto address = address_of(*endpoint, settings_.bucket, settings_.addressing);
  if (!address) return false;
  settings_.endpoint = *endpoint;
  address_ = std::move(*address);
  http_ = std::make_shared<http::Client>(address_.endpoint, settings_.connection, settings_.trust);
  return true;
}

}  // namespace s3
