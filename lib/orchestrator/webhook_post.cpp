#include "orchestrator/webhook_post.hpp"

#include <algorithm>
#include <charconv>

#include "http/client.hpp"
#include "http/date.hpp"
#include "http/reply.hpp"
#include "orchestrator/secret_file.hpp"
#include "orchestrator/webhook_signature.hpp"

namespace orchestrator {

using namespace std::chrono_literals;

namespace {

constexpr auto deadline = 10s;
constexpr auto longest_retry_after = std::chrono::hours(24);

std::size_t end_of_authority(std::string const& url) {
  auto const scheme = url.find("://");
  return scheme == url.npos ? url.size() : std::min(url.find_first_of("/?", scheme + 3), url.size());
}

/// RFC 9110 10.2.3: seconds, or a date.
std::optional<std::chrono::milliseconds> retry_after_of(http::Headers const& headers, core::Wall now) {
  auto const text = headers.find("Retry-After");
  if (!text) return std::nullopt;
  std::int64_t seconds = 0;
  auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  std::chrono::milliseconds wait = 0ms;
  if (error == std::errc() && end == text->data() + text->size() && seconds >= 0)
    wait = std::chrono::seconds(std::min<std::int64_t>(seconds, 86'400));
  else if (auto const at = http::parse_http_date(*text))
    wait = *at - now;
  else
    return std::nullopt;
  return std::clamp<std::chrono::milliseconds>(wait, 0ms, longest_retry_after);
}

/// What has to be read from files before anything can be sent.
struct Equipment {
  s3::Secret key;
  std::optional<http::TlsTrust> trust;
};

core::Result<Equipment> equip(config::Webhook const& hook) {
  auto const secret = read_secret_file(hook.secret, "the webhook's secret", SecretMode::not_others);
  if (!secret) return secret.error();
  auto key = webhook_key(*secret);
  if (!key) return key.error();
  Equipment equipment{std::move(*key), std::nullopt};
  if (hook.ca_file.empty()) return equipment;
  auto trust = http::TlsTrust::with_file(hook.ca_file, http::TlsTrust::SystemStore::used);
  if (!trust) return trust.error();
  equipment.trust = std::move(*trust);
  return equipment;
}

void judge(Posted& posted, http::ResponseStream const& answer, core::Wall now) {
  posted.status = answer.status();
  posted.delivered = posted.status >= 200 && posted.status < 300;
  posted.gone = posted.status == 410;
  if (posted.delivered) return;
  posted.error = "the receiver answered " + std::to_string(posted.status);
  auto const phrase = http::reason_phrase(posted.status);
  if (!phrase.empty()) posted.error += " " + std::string(phrase);
  if (posted.status >= 300 && posted.status < 400) posted.error += "; redirects are not followed";
  posted.retry_after = retry_after_of(answer.headers(), now);
}

}  // namespace

std::string shown_url(std::string const& url) {
  return url.substr(0, end_of_authority(url));
}

awaitable<Posted> post_event(Services& services, config::Webhook hook, std::string id, std::string body) {
  Posted posted;
  auto const began = services.clock.steady();
  auto work = [hook] { return equip(hook); };
  auto equipment = co_await services.pool.run(std::move(work));
  auto endpoint = http::Endpoint::parse(shown_url(hook.url));
  if (!equipment || !endpoint) {
    posted.error = (equipment ? endpoint.error() : equipment.error()).message();
    co_return posted;
  }
  auto target = hook.url.substr(end_of_authority(hook.url));
  if (!target.starts_with('/')) target.insert(0, "/");
  auto const now = services.clock.wall();
  auto const timestamp = std::to_string(core::to_ms(now) / 1000);
  http::Request request("POST", std::move(target));
  request.headers.set("Content-Type", "application/cloudevents+json");
  request.headers.set("User-Agent", "tidewheel");
  request.headers.set("webhook-id", id);
  request.headers.set("webhook-timestamp", timestamp);
  request.headers.set("webhook-signature", webhook_signature(equipment->key, id, timestamp, body));
  request.body = std::move(body);
  http::Client::Limits limits;
  limits.connect = deadline;
  http::Client client(*endpoint, limits, std::move(equipment->trust));
  auto const patience = http::Patience::total(deadline);
  // The head is enough: whatever a receiver may say beyond it is not read.
  auto answer = co_await client.open(std::move(request), patience);
  posted.took = std::chrono::floor<std::chrono::milliseconds>(services.clock.steady() - began);
  if (answer)
    judge(posted, *answer, now);
  else
    posted.error = answer.error().message();
  co_return posted;
}

}  // namespace orchestrator
