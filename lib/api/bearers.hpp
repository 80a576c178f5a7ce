#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "api/call.hpp"
#include "http/rate_limit.hpp"
#include "http/reply.hpp"
#include "orchestrator/services.hpp"
#include "store/tokens.hpp"

namespace api {

using boost::asio::awaitable;

/// What came of asking who somebody is.
struct Decision {
  explicit Decision(Principal known) : who(std::move(known)) {}
  explicit Decision(http::Reply refused) : refusal(std::move(refused)) {}

  std::optional<Principal> who;
  http::Reply refusal;  ///< where there is no `who`
};

/// A session never outlasts this, nor its token.
inline constexpr std::chrono::days longest_session{30};

/// Who may do what over TCP: whoever carries a token, or the session cookie that a browser got for one. Loop thread
/// only. Refusals: 401 not known, 403 known and may not, 429 too often.
class Bearers {
 public:
  explicit Bearers(orchestrator::Services& services) : services_(services) {}

  [[nodiscard]] awaitable<Decision> check(http::RequestContext const& request, config::Access needed);
  /// A session for the token's bearer, in `secret`, which the cookie carries.
  [[nodiscard]] awaitable<Decision> sign_in(http::RequestContext const& request, std::string token,
                                            std::string& secret);
  [[nodiscard]] awaitable<void> sign_out(http::RequestContext const& request);
  /// To be called when a token or session was ended: streams that outlast their check look again.
  void note_end() { ++ends_; }

  /// "tidewheel_" and 8 digits of the instance: cookies of two daemons on one host, which share them over all ports, do
  /// not meet.
  [[nodiscard]] std::string cookie_name() const { return cookie_name_of(services_.instance); }
  [[nodiscard]] static std::string cookie_name_of(std::string const& instance) {
    return "tidewheel_" + instance.substr(0, 8);
  }

 private:
  enum class Kind : std::uint8_t { none, token, session };
  struct Credentials {
    Kind kind = Kind::none;
    std::string secret;
  };
  [[nodiscard]] Credentials credentials_of(http::RequestContext const& request) const;
  [[nodiscard]] awaitable<std::optional<store::Bearer>> find(Credentials credentials);
  [[nodiscard]] http::Reply unknown(http::RequestContext const& request, Kind kind, bool expired);
  [[nodiscard]] bool is_over(store::Bearer const& bearer) const;
  [[nodiscard]] awaitable<void> note_use(store::TokenRow const& token);

  friend class StreamPass;
  [[nodiscard]] awaitable<bool> still_holds(Principal who);

  orchestrator::Services& services_;
  std::uint64_t ends_ = 0;
  http::RateLimit calls_{{100, 1000, 1024}};         ///< by token
  http::RateLimit failures_{{10.0 / 60, 10, 4096}};  ///< by network
};

/// Whether a stream may go on that outlasts the check of its request: not when its token or session is over or was
/// ended. Costs nothing while nobody's was. Loop thread only.
class StreamPass {
 public:
  /// `bearers` outlives it.
  StreamPass(Bearers& bearers, Principal who) : bearers_(bearers), who_(std::move(who)), seen_(bearers.ends_) {}
  [[nodiscard]] awaitable<bool> holds();

 private:
  Bearers& bearers_;
  Principal who_;
  std::uint64_t seen_;
};

/// 429 with Retry-After.
[[nodiscard]] http::Reply too_often(std::chrono::milliseconds wait, std::string_view what);

}  // namespace api
