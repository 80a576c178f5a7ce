#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aio/worker.hpp"
#include "s3/client.hpp"
#include "s3/credential_source.hpp"
#include "unit/http/fixture.hpp"

namespace s3_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::awaitable;
using core::Errc;
using core::Result;
using http::Reply;
using http::RequestContext;

class TestClock final : public core::Clock {
 public:
  core::Wall wall() const override { return now; }
  core::Steady steady() const override { return steady_now; }
  void advance(std::chrono::milliseconds duration) {
    now += duration;
    steady_now += duration;
  }

  core::Wall now = core::from_ms(1795341600000);  // 2026-11-22T10:00:00Z
  core::Steady steady_now = core::Steady() + 1h;
};

/// Gives out what the test put in, and notes what was rejected.
class TestCredentials final : public s3::CredentialProvider {
 public:
  TestCredentials() {
    held.access_key_id = "AK1";
    held.secret_access_key = s3::Secret("TOPSECRET");
  }
  awaitable<Result<s3::Credentials>> get() override { co_return held; }
  void reject(s3::Credentials const& credentials) override {
    rejected.push_back(credentials.access_key_id);
    held.access_key_id = "AK2";
  }

  s3::Credentials held;
  std::vector<std::string> rejected;
};

/// A server on loopback whose n-th answer the test wrote, and the requests that it saw.
class S3Test : public testing::Test {
 protected:
  using Answer = std::function<Reply(RequestContext const&)>;

  S3Test() {
    auto handler = [this](RequestContext request) -> awaitable<Reply> { co_return answer(std::move(request)); };
    auto report = [](std::string_view) {};
    server_ = std::make_unique<http::Server>(io.get_executor(), std::move(handler), std::move(report));
    auto listener = http::Listener::tcp("127.0.0.1", 0).value();
    port = listener.port();
    server_->add(std::move(listener));
    running_.emplace(io, [this] { return server_->run(); });
  }
  void TearDown() override { running_.reset(); }

  /// After the last answer it is given again and again.
  void answers(std::vector<Answer> list) { answers_ = std::move(list); }
  void answer_with(Reply reply) {
    answers({[reply](RequestContext const&) { return reply; }});
  }

  std::unique_ptr<s3::Client> make_client(std::string region = "us-east-1") {
    s3::ClientSettings settings(http::Endpoint::tcp("127.0.0.1", port), "data", std::move(region));
    settings.retry.base = 1ms;
    settings.retry.attempts = 3;
    settings.deadline = 5s;
    settings.silence = 5s;
    return s3::Client::make(std::move(settings), credentials, clock).value();
  }
  std::string address() const { return "http://127.0.0.1:" + std::to_string(port); }

  template <class Body>
  auto run(Body body) {
    return support::run_coro(io, std::move(body));
  }

  asio::io_context io{1};
  TestClock clock;
  TestCredentials credentials;
  std::uint16_t port = 0;
  std::vector<RequestContext> seen;

 private:
  Reply answer(RequestContext request) {
    seen.push_back(std::move(request));
    if (answers_.empty()) return Reply(500);
    return answers_[std::min(seen.size(), answers_.size()) - 1](seen.back());
  }

  std::vector<Answer> answers_;
  std::unique_ptr<http::Server> server_;
  std::optional<http_test::Background> running_;
};

inline Reply error_reply(int status, std::string const& code, std::string const& more = "") {
  Reply reply(status);
  reply.headers.set("Content-Type", "application/xml");
  reply.body = "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>No.</Message>" + more + "</Error>";
  return reply;
}

inline Reply page_reply(std::vector<std::string> const& keys, std::string const& token = "",
                        std::string const& more = "") {
  Reply reply(200);
  reply.headers.set("Content-Type", "application/xml");
  reply.body = "<ListBucketResult><Name>data</Name><Prefix></Prefix><EncodingType>url</EncodingType>" + more +
               "<KeyCount>" + std::to_string(keys.size()) + "</KeyCount><IsTruncated>" +
               (token.empty() ? "false</IsTruncated>"
                              : "true</IsTruncated><NextContinuationToken>" + token + "</NextContinuationToken>");
  for (auto const& key : keys)
    reply.body += "<Contents><Key>" + key + "</Key><Size>1</Size><ETag>\"e\"</ETag>" +
                  "<LastModified>2026-11-22T10:00:00.000Z</LastModified></Contents>";
  reply.body += "</ListBucketResult>";
  return reply;
}

inline Reply object_reply(std::string body, std::string const& etag) {
  Reply reply(200);
  reply.body = std::move(body);
  reply.headers.set("ETag", "\"" + etag + "\"");
  reply.headers.set("Last-Modified", "Sun, 22 Nov 2026 10:00:00 GMT");
  return reply;
}

}  // namespace s3_test
