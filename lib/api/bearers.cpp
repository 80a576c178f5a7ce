#include "api/bearers.hpp"

#include <algorithm>

#include "api/problem.hpp"
#include "api/secret_text.hpp"
#include "api/visitor.hpp"

namespace api {

namespace {

using namespace std::chrono_literals;
constexpr auto use_noted_every = 60s;
constexpr std::string_view how_to_sign_in =
    "send `Authorization: Bearer TOKEN`; `tidewheel token create NAME` on the daemon's host makes one, and a link for "
    "browsers";

Principal to_principal(store::Bearer const& bearer, core::Sha256Digest const& secret) {
  Principal who;
  who.name = bearer.token.name;
  who.access = config::parse_access(bearer.token.access).value_or(config::Access::read);
  who.pipelines = bearer.token.pipelines;
  who.door = bearer.by_session ? Principal::Door::session : Principal::Door::token;
  who.token = bearer.token.id;
  who.secret = secret;
  who.expires_at = bearer.expires_at;
  return who;
}

http::Reply unauthorized(std::string what, std::string_view error) {
  auto reply = problem(401, {core::Errc::permission, std::move(what), {}, std::string(how_to_sign_in)});
  reply.headers.set("WWW-Authenticate", "Bearer realm=\"tidewheel\"" +
                                            (error.empty() ? std::string() : ", error=\"" + std::string(error) + "\""));
  return reply;
}

http::Reply too_little(Principal const& who, config::Access needed) {
  return problem(
      {core::Errc::permission,
       "token '" + who.name + "' may only " + std::string(config::to_string(who.access)),
       {},
       "make another with `tidewheel token create NAME --access " + std::string(config::to_string(needed)) + "`"});
}

}  // namespace

http::Reply too_often(std::chrono::milliseconds wait, std::string_view what) {
  auto const seconds = std::max<std::int64_t>(1, (wait.count() + 999) / 1000);
  auto reply = problem(429, {core::Errc::unavailable, std::string(what), {}, "wait as long as Retry-After says"});
  reply.headers.set("Retry-After", std::to_string(seconds));
  return reply;
}

Bearers::Credentials Bearers::credentials_of(http::RequestContext const& request) const {
  Credentials credentials;
  constexpr std::string_view scheme = "Bearer ";
  if (auto const header = request.headers.find("Authorization")) {
    if (!http::same_name(header->substr(0, scheme.size()), scheme)) return credentials;
    credentials.kind = Kind::token;
    credentials.secret = header->substr(scheme.size());
  } else if (auto cookie = cookie_of(request.headers, cookie_name())) {
    credentials.kind = Kind::session;
    credentials.secret = std::move(*cookie);
  }
  return credentials;
}

awaitable<std::optional<store::Bearer>> Bearers::find(Credentials credentials) {
  bool const by_token = credentials.kind == Kind::token;
  if (by_token ? !is_token(credentials.secret) : !is_secret(credentials.secret)) co_return std::nullopt;
  auto look = [by_token, secret = core::sha256(credentials.secret)](sql::Connection& db) {
    return by_token ? store::find_token(db, secret) : store::find_session(db, secret);
  };
  co_return co_await services_.database.read(std::move(look));
}

bool Bearers::is_over(store::Bearer const& bearer) const {
  return bearer.expires_at && *bearer.expires_at <= services_.clock.wall();
}

/// Guessing 256 bits is hopeless, so a bearer who is known is never kept out by others' failures.
http::Reply Bearers::unknown(http::RequestContext const& request, Kind kind, bool expired) {
  if (kind == Kind::session)
    return unauthorized(expired ? "this session is over" : "this session is not known", "invalid_token");
  auto const wait = failures_.take(network_of(request.address), services_.clock.steady());
  if (wait > 0ms) return too_often(wait, "too many tokens that are not known");
  return unauthorized(expired ? "this token has expired" : "this token is not known: it was revoked, or mistyped",
                      "invalid_token");
}

awaitable<void> Bearers::note_use(store::TokenRow const& token) {
  auto const now = services_.clock.wall();
  if (token.last_used_at && now - *token.last_used_at < use_noted_every && *token.last_used_at <= now) co_return;
  auto note = [id = token.id, now](sql::Connection& db) { store::note_use(db, id, now); };
  co_await services_.database.write(store::Lane::run, std::move(note));
}

awaitable<Decision> Bearers::check(http::RequestContext const& request, config::Access needed) {
  auto credentials = credentials_of(request);
  auto const kind = credentials.kind;
  if (kind == Kind::none) co_return Decision(unauthorized("the daemon has to know who asks", {}));
  auto const secret = core::sha256(credentials.secret);
  auto const found = co_await find(std::move(credentials));
  if (!found || is_over(*found)) co_return Decision(unknown(request, kind, found.has_value()));
  auto const caller = std::to_string(found->token.id);
  auto const wait = calls_.take(caller, services_.clock.steady());
  if (wait > 0ms) co_return Decision(too_often(wait, "too many requests with this token"));
  auto who = to_principal(*found, secret);
  if (who.access < needed) co_return Decision(too_little(who, needed));
  co_await note_use(found->token);
  co_return Decision(std::move(who));
}

awaitable<Decision> Bearers::sign_in(http::RequestContext const& request, std::string token, std::string& secret) {
  Credentials credentials;
  credentials.kind = Kind::token;
  credentials.secret = std::move(token);
  auto found = co_await find(std::move(credentials));
  if (!found || is_over(*found)) co_return Decision(unknown(request, Kind::token, found.has_value()));
  auto const now = services_.clock.wall();
  core::Wall const latest = now + longest_session;
  auto const expires = std::min(found->expires_at.value_or(latest), latest);
  secret = make_secret();
  auto begin = [id = found->token.id, digest = core::sha256(secret), now, expires](sql::Connection& db) {
    return store::insert_session(db, id, digest, now, expires);
  };
  bool const begun = co_await services_.database.write(store::Lane::run, std::move(begin));
  if (!begun) co_return Decision(unknown(request, Kind::token, false));
  co_await note_use(found->token);
  found->by_session = true;
  found->expires_at = expires;
  co_return Decision(to_principal(*found, core::sha256(secret)));
}

awaitable<void> Bearers::sign_out(http::RequestContext const& request) {
  auto const secret = cookie_of(request.headers, cookie_name());
  if (!secret || !is_secret(*secret)) co_return;
  auto end = [digest = core::sha256(*secret)](sql::Connection& db) { store::delete_session(db, digest); };
  co_await services_.database.write(store::Lane::run, std::move(end));
}

awaitable<bool> Bearers::still_holds(Principal who) {
  bool const by_token = who.door == Principal::Door::token;
  auto look = [by_token, secret = who.secret](sql::Connection& db) {
    return (by_token ? store::find_token(db, secret) : store::find_session(db, secret)).has_value();
  };
  co_return co_await services_.database.read(std::move(look));
}

awaitable<bool> StreamPass::holds() {
  if (who_.token == 0) co_return true;
  if (who_.expires_at && *who_.expires_at <= bearers_.services_.clock.wall()) co_return false;
  if (std::exchange(seen_, bearers_.ends_) == bearers_.ends_) co_return true;
  co_return co_await bearers_.still_holds(who_);
}

}  // namespace api
