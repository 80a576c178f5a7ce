#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "integration/api_world.hpp"
#include "integration/network_client.hpp"
#include "store/tokens.hpp"
#include "support/certificates.hpp"

namespace {

using boost::asio::awaitable;
using integration::ApiWorld;
using integration::NetworkAnswer;
using integration::NetworkClient;
using testing::HasSubstr;
using Fields = NetworkClient::Fields;

/// The API over TCP: each refusal has a test here that fails without it.
class ApiDoors : public ::testing::Test {
 protected:
  awaitable<std::string> token(std::string access, std::string more = R"(,"expires_in_s":3600)") {
    auto const made =
        co_await world.post("/api/v1/tokens", R"({"name":"a token","access":")" + access + "\"" + more + "}");
    if (made.status != 201) throw std::runtime_error(made.text);
    co_return std::string(made.body.at("token").as_string());
  }
  static Fields bearer(std::string const& token) { return {{"Authorization", "Bearer " + token}}; }
  /// A session's cookie, as a browser sends it back.
  awaitable<std::string> cookie(std::string token) {
    auto const signed_in = co_await network.post("/api/v1/session", R"({"token":")" + token + "\"}");
    if (signed_in.status != 200) throw std::runtime_error(signed_in.text);
    auto const set = signed_in.header("Set-Cookie");
    co_return set.substr(0, set.find(';'));
  }
  ApiWorld world;
  std::uint16_t port = world.listen();
  NetworkClient network{port};
};

TEST_F(ApiDoors, are_closed_to_one_who_has_no_token) {
  world.run([this]() -> awaitable<void> {
    auto const nobody = co_await network.ask("GET", "/api/v1/status");
    EXPECT_EQ(nobody.status, 401);
    EXPECT_THAT(nobody.header("WWW-Authenticate"), HasSubstr("Bearer"));
    EXPECT_THAT(nobody.text, HasSubstr("tidewheel token create"));
    EXPECT_EQ((co_await network.post("/api/v1/runs/1/cancel", "{}")).status, 401);
    EXPECT_EQ((co_await network.ask("GET", "/healthz")).status, 200);
    Fields const basic{{"Authorization", "Basic cm9vdDo="}};
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/status", basic)).status, 401);
  });
}

TEST_F(ApiDoors, tell_a_person_in_a_browser_as_html) {
  world.run([this]() -> awaitable<void> {
    Fields const browser{{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}};
    for (auto const* const address : {"/", "/latest", "/runs/1", "/latest/qc/report.html", "/%6catest"}) {
      auto const shown = co_await network.ask("GET", address, browser);
      EXPECT_EQ(shown.status, 401) << address;
      EXPECT_EQ(shown.header("Content-Type"), "text/html; charset=utf-8") << address;
      EXPECT_EQ(shown.header("Cache-Control"), "no-store") << address;
      EXPECT_THAT(shown.header("WWW-Authenticate"), HasSubstr("Bearer")) << address;
      EXPECT_THAT(shown.text, HasSubstr("tidewheel token create")) << address;
      auto const told = co_await network.ask("GET", address);
      EXPECT_EQ(told.status, 401) << address;
      EXPECT_EQ(told.header("Content-Type"), "application/problem+json") << address;
    }
    EXPECT_EQ((co_await network.ask("GET", "/sign-in", browser)).status, 200);
    auto const api = co_await network.ask("GET", "/api/v1/status", browser);
    EXPECT_EQ(api.header("Content-Type"), "application/problem+json");
    auto const nowhere = co_await network.ask("GET", "/no-<b>-where", browser);
    EXPECT_EQ(nowhere.status, 404);
    EXPECT_THAT(nowhere.text, HasSubstr("<a href=\"/\">"));
    EXPECT_THAT(nowhere.text, HasSubstr("no-&lt;b&gt;-where"));
    auto fields = bearer(co_await token("read"));
    fields.push_back(browser.front());
    EXPECT_EQ((co_await network.ask("GET", "/latest", fields)).status, 200);
    auto const none = co_await network.ask("GET", "/latest/qc/report.html", fields);
    EXPECT_EQ(none.status, 404);
    EXPECT_THAT(none.text, HasSubstr("<h1>Not found</h1>"));
  });
}

TEST_F(ApiDoors, streams_end_with_the_token_or_the_session_that_opened_them) {
  world.pipeline("qc");
  world.run([this]() -> awaitable<void> {
    world.put("a", "a");
    (void)co_await world.run_in("1", "running");
    auto const kept = co_await token("read");
    auto const ended = co_await token("read");
    auto const session = co_await cookie(kept);
    auto const host = "Connection: close\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n";
    std::vector<std::string> requests;
    requests.push_back("GET /api/v1/events HTTP/1.1\r\n" + host + "Authorization: Bearer " + ended + "\r\n\r\n");
    requests.push_back("GET /api/v1/runs/1/log?follow=1 HTTP/1.1\r\n" + host + "Authorization: Bearer " + ended +
                       "\r\n\r\n");
    requests.push_back("GET /api/v1/events HTTP/1.1\r\n" + host + "Cookie: " + session + "\r\n\r\n");
    requests.push_back("GET /api/v1/events HTTP/1.1\r\n" + host + "Authorization: Bearer " + kept + "\r\n\r\n");
    std::size_t over = 0;
    auto body = [&](aio::TaskGroup& group) -> awaitable<void> {
      for (auto const& request : requests) {
        group.spawn([this, &over, request]() -> awaitable<void> {
          auto const seen = co_await network.exchange(request);
          EXPECT_THAT(seen, HasSubstr("200 OK"));
          ++over;
        });
      }
      while (world.server().streams() < requests.size()) co_await aio::sleep_for(std::chrono::milliseconds(5));
      http::Request revoke("DELETE", "/api/v1/tokens/2");
      auto const revoked = co_await world.client().send(std::move(revoke));
      EXPECT_EQ(revoked.value().status, 204);
      Fields const with_session{{"Cookie", session}, {"Sec-Fetch-Site", "same-origin"}};
      auto const out = co_await network.ask("DELETE", "/api/v1/session", with_session);
      EXPECT_EQ(out.status, 204);
      for (int i = 0; i < 4000 && over < 3; ++i) co_await aio::sleep_for(std::chrono::milliseconds(5));
      EXPECT_EQ(over, 3U) << "the token that was kept keeps its stream";
      group.stop();
    };
    co_await aio::with_task_group(std::move(body));
  });
}

TEST_F(ApiDoors, open_to_a_token_and_say_who_came) {
  world.run([this]() -> awaitable<void> {
    auto const made = co_await token("operate");
    auto const me = co_await network.ask("GET", "/api/v1/me", bearer(made));
    EXPECT_EQ(me.status, 200);
    EXPECT_EQ(me.body.at("name").as_string(), "a token");
    EXPECT_EQ(me.body.at("access").as_string(), "operate");
    EXPECT_EQ(me.body.at("via").as_string(), "token");
    EXPECT_TRUE(me.body.at("pipelines").is_null());
    EXPECT_TRUE(me.body.at("expires_at").is_string());
    EXPECT_EQ((co_await network.post("/api/v1/runs/1/cancel", "{}", bearer(made))).status, 404)
        << "allowed, none there";
    auto const local = co_await world.get("/api/v1/me");
    EXPECT_EQ(local.body.at("via").as_string(), "socket");
    EXPECT_EQ(local.body.at("access").as_string(), "admin");
  });
}

TEST_F(ApiDoors, are_closed_to_a_token_that_is_not_known_or_over) {
  world.run([this]() -> awaitable<void> {
    std::vector<std::string> wrong_ones;
    wrong_ones.push_back("tw_" + std::string(43, 'a'));
    wrong_ones.push_back("nonsense");
    for (auto const& wrong : wrong_ones) {
      auto const answer = co_await network.ask("GET", "/api/v1/status", bearer(wrong));
      EXPECT_EQ(answer.status, 401) << wrong;
      EXPECT_THAT(answer.header("WWW-Authenticate"), HasSubstr("invalid_token"));
    }
    auto const none = co_await network.ask("GET", "/api/v1/status", bearer(""));
    EXPECT_EQ(none.status, 401);
    store::NewToken old;
    old.name = "old";
    old.access = "admin";
    old.expires_at = core::from_ms(1);
    std::string const secret = "tw_" + std::string(43, 'b');
    auto insert = [old, secret](sql::Connection& db) {
      return store::insert_token(db, old, core::sha256(secret), core::from_ms(0));
    };
    (void)co_await world.database().write(store::Lane::run, std::move(insert));
    auto const expired = co_await network.ask("GET", "/api/v1/status", bearer(secret));
    EXPECT_EQ(expired.status, 401);
    EXPECT_THAT(expired.text, HasSubstr("expired"));
    auto const signing = co_await network.post("/api/v1/session", R"({"token":")" + secret + "\"}");
    EXPECT_EQ(signing.status, 401);
  });
}

TEST_F(ApiDoors, close_as_soon_as_a_token_is_revoked_and_its_sessions_too) {
  world.run([this]() -> awaitable<void> {
    auto const made = co_await token("read");
    auto const session = co_await cookie(made);
    Fields const with_cookie{{"Cookie", session}};
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/status", with_cookie)).status, 200);
    auto const admin = co_await token("admin");
    auto const listed = co_await network.ask("GET", "/api/v1/tokens", bearer(admin));
    auto const id = std::to_string(listed.body.at("tokens").as_array().at(1).at("id").as_int64());
    EXPECT_EQ((co_await network.ask("DELETE", "/api/v1/tokens/" + id, bearer(admin))).status, 204);
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/status", bearer(made))).status, 401);
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/status", with_cookie)).status, 401);
  });
}

TEST_F(ApiDoors, let_each_do_what_their_token_is_for) {
  world.run([this]() -> awaitable<void> {
    auto const reader = co_await token("read");
    auto const refused = co_await network.post("/api/v1/runs/1/cancel", "{}", bearer(reader));
    EXPECT_EQ(refused.status, 403);
    EXPECT_THAT(refused.text, HasSubstr("--access operate"));
    auto const operating = co_await token("operate");
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/tokens", bearer(operating))).status, 403);
    EXPECT_EQ((co_await network.post("/api/v1/tokens", R"({"name":"x"})", bearer(operating))).status, 403);
  });
}

TEST_F(ApiDoors, show_only_the_pipelines_that_a_token_is_for) {
  world.pipeline("open");
  world.pipeline("secret");
  world.run([this]() -> awaitable<void> {
    auto const some = co_await token("operate", R"(,"expires_in_s":null,"pipelines":["open"])");
    auto const list = co_await network.ask("GET", "/api/v1/pipelines", bearer(some));
    EXPECT_THAT(list.text, HasSubstr("\"open\""));
    EXPECT_THAT(list.text, testing::Not(HasSubstr("\"secret\"")));
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/pipelines/secret", bearer(some))).status, 404);
    EXPECT_EQ((co_await network.post("/api/v1/pipelines/secret/runs", "{}", bearer(some))).status, 404);
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/status", bearer(some))).status, 403);
  });
}

TEST_F(ApiDoors, refuse_a_host_that_another_page_may_have_rebound) {
  world.config().api.public_url = "https://tw.example.org";
  world.run([this]() -> awaitable<void> {
    auto const made = co_await token("admin");
    for (std::string const target : {"/api/v1/status", "/healthz", "/"}) {
      Fields const fields{{"Authorization", "Bearer " + made}, {"Host", "evil.example:" + std::to_string(port)}};
      auto const answer = co_await network.ask("GET", target, fields);
      EXPECT_EQ(answer.status, 421) << target;
      EXPECT_THAT(answer.text, HasSubstr("public_url"));
    }
    Fields const ours{{"Authorization", "Bearer " + made}, {"Host", "tw.example.org"}};
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/status", ours)).status, 200);
  });
}

TEST_F(ApiDoors, refuse_what_another_page_sends_with_the_cookie) {
  world.run([this]() -> awaitable<void> {
    auto const session = co_await cookie(co_await token("operate"));
    struct Case {
      std::string method, target;
      Fields fields;
      int status;
    };
    std::string const cancel = "/api/v1/runs/1/cancel", look = "/api/v1/status";
    std::vector<Case> const cases{
        {"POST", cancel, {{"Origin", "null"}}, 403},
        {"GET", look, {{"Origin", "null"}}, 403},
        {"POST", cancel, {{"Origin", "http://evil.example"}}, 403},
        {"POST", cancel, {{"Sec-Fetch-Site", "cross-site"}}, 403},
        {"POST", cancel, {{"Sec-Fetch-Site", "same-site"}}, 403},
        {"POST", cancel, {}, 403},  // a cookie alone
        {"GET", look, {{"Sec-Fetch-Site", "cross-site"}}, 403},
        {"POST", "/%61pi/v1/runs/1/cancel", {{"Origin", "null"}}, 403},  // another spelling
        {"POST", cancel, {{"Sec-Fetch-Site", "same-origin"}}, 404},      // our own page, and there is no such run
        {"GET", look, {{"Sec-Fetch-Site", "same-origin"}}, 200},
    };
    for (auto const& each : cases) {
      auto fields = each.fields;
      fields.emplace_back("Cookie", session);
      fields.emplace_back("Content-Type", "application/json");
      auto const answer = co_await network.ask(each.method, each.target, fields, each.method == "GET" ? "" : "{}");
      EXPECT_EQ(answer.status, each.status)
          << each.method << " " << each.target << " " << (each.fields.empty() ? "" : each.fields[0].second);
    }
  });
}

TEST_F(ApiDoors, let_no_page_sign_a_browser_in_as_somebody_else) {
  world.run([this]() -> awaitable<void> {
    auto const body = R"({"token":")" + co_await token("read") + "\"}";
    Fields const elsewhere{{"Origin", "http://evil.example"}}, as_text{{"Content-Type", "text/plain"}};
    EXPECT_EQ((co_await network.post("/api/v1/session", body, elsewhere)).status, 403);
    EXPECT_EQ((co_await network.ask("POST", "/api/v1/session", as_text, body)).status, 415);
  });
}

TEST_F(ApiDoors, want_json_on_every_write) {
  world.run([this]() -> awaitable<void> {
    auto fields = bearer(co_await token("admin"));
    fields.emplace_back("Content-Type", "text/plain");
    EXPECT_EQ((co_await network.ask("POST", "/api/v1/tokens", fields, R"({"name":"x"})")).status, 415);
  });
}

TEST_F(ApiDoors, put_bounds_on_what_a_browser_does_with_an_answer) {
  world.run([this]() -> awaitable<void> {
    for (std::string const target : {"/api/v1/status", "/healthz", "/nothing"}) {
      auto const answer = co_await network.ask("GET", target);
      EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff") << target;
      EXPECT_EQ(answer.header("Cross-Origin-Opener-Policy"), "same-origin") << target;
      EXPECT_EQ(answer.header("Cross-Origin-Resource-Policy"), "same-origin") << target;
      EXPECT_EQ(answer.header("Referrer-Policy"), "same-origin") << target;
      EXPECT_EQ(answer.header("X-Frame-Options"), "SAMEORIGIN") << target;
    }
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/status")).header("Cache-Control"), "no-store");
  });
}

TEST_F(ApiDoors, let_failed_tokens_wait_but_never_those_who_are_known) {
  world.run([this]() -> awaitable<void> {
    auto const good = co_await token("read");
    auto const bad = bearer("tw_" + std::string(43, 'x'));
    int refused = 0;
    NetworkAnswer last;
    for (int i = 0; i < 12; ++i) {
      last = co_await network.ask("GET", "/api/v1/me", bad);
      refused += last.status == 401 ? 1 : 0;
    }
    EXPECT_EQ(refused, 10);
    EXPECT_EQ(last.status, 429);
    EXPECT_NE(last.header("Retry-After"), "");
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/me", bearer(good))).status, 200);
    NetworkClient elsewhere(port, "127.0.0.9");
    EXPECT_EQ((co_await elsewhere.ask("GET", "/api/v1/me", bad)).status, 401);
  });
}

TEST_F(ApiDoors, answer_what_is_too_large) {
  world.run([this]() -> awaitable<void> {
    auto const body = R"({"name":")" + std::string((1U << 20U) + 1, 'x') + "\"}";
    EXPECT_EQ((co_await network.post("/api/v1/tokens", body)).status, 413);
    Fields const large{{"X-Large", std::string(20'000, 'x')}};
    EXPECT_EQ((co_await network.ask("GET", "/healthz", large)).status, 431);
  });
}

TEST_F(ApiDoors, keep_a_cookie_out_of_scripts_and_off_plain_http) {
  world.config().api.trusted_proxies = {"127.0.0.1"};
  world.run([this]() -> awaitable<void> {
    auto const body = R"({"token":")" + co_await token("read") + "\"}";
    auto const plain = (co_await network.post("/api/v1/session", body)).header("Set-Cookie");
    EXPECT_THAT(plain, testing::MatchesRegex("tidewheel_[0-9a-f]{8}=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax; "
                                             "Max-Age=3600"));
    Fields const proxied{{"X-Forwarded-Proto", "https"}, {"X-Forwarded-For", "192.0.2.1"}};
    EXPECT_THAT((co_await network.post("/api/v1/session", body, proxied)).header("Set-Cookie"), HasSubstr("; Secure"));
  });
}

TEST_F(ApiDoors, end_a_session_when_its_bearer_signs_out) {
  world.run([this]() -> awaitable<void> {
    auto const session = co_await cookie(co_await token("read"));
    Fields const ours{{"Cookie", session}, {"Sec-Fetch-Site", "same-origin"}};
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/me", ours)).body.at("via").as_string(), "session");
    auto const out = co_await network.ask("DELETE", "/api/v1/session", ours);
    EXPECT_EQ(out.status, 204);
    EXPECT_THAT(out.header("Set-Cookie"), HasSubstr("Max-Age=0"));
    EXPECT_EQ((co_await network.ask("GET", "/api/v1/me", ours)).status, 401);
  });
}

TEST(ApiOverTls, is_spoken_to_those_who_trust_its_certificate) {
  support::TempDir const folder;
  support::CertificateAuthority const authority("Our CA");
  auto const made = authority.issue("DNS:localhost");
  std::ofstream(folder / "cert.pem") << made.certificate;
  std::ofstream(folder / "key.pem") << made.key;
  std::ofstream(folder / "ca.pem") << authority.pem();
  ApiWorld world;
  auto identity = http::TlsIdentity::load((folder / "cert.pem").string(), (folder / "key.pem").string()).value();
  auto const port = world.listen(std::move(identity));
  auto const trust =
      http::TlsTrust::with_file((folder / "ca.pem").string(), http::TlsTrust::SystemStore::unused).value();
  world.run([&]() -> boost::asio::awaitable<void> {
    auto const token = co_await world.post("/api/v1/tokens", R"({"name":"x","expires_in_s":null})");
    http::Client client(http::Endpoint::tls("localhost", port), http::Client::Limits(), trust);
    http::Request request("POST", "/api/v1/session");
    request.headers.set("Content-Type", "application/json");
    request.body = R"({"token":")" + std::string(token.body.at("token").as_string()) + "\"}";
    auto const answer = co_await client.send(std::move(request));
    EXPECT_EQ(answer.value().status, 200);
    EXPECT_THAT(std::string(answer.value().headers.find("Set-Cookie").value_or("")), HasSubstr("; Secure"));
  });
}

}  // namespace
