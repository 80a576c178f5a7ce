#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "unit/support/s3_fixture.hpp"

namespace s3_test {

using core::Errc;
using enum FaultKind;
using Texts = std::vector<std::string>;

class S3Faults : public S3Test {
 protected:
  S3Faults() {
    for (auto const* const key : {"a b", "c", "d", "e", "f", "g"}) server.put("b", key, std::string(1000, 'x'));
  }
  Errc failure(std::string const& target = "/b/c") {
    auto const answer = try_send("GET", target);
    return answer ? Errc::internal : answer.error().code;
  }
  std::string code(std::string const& target = "/b/c") { return element(get(target).body, "Code"); }
};

TEST_F(S3Faults, answers_in_place_of_the_right_one) {
  server.fault(slow_down, 1, 7);
  auto const slow = get("/b/c");
  EXPECT_EQ(slow.status, 503);
  EXPECT_EQ(header(slow, "Retry-After"), "7");
  EXPECT_EQ(element(slow.body, "Code"), "SlowDown");
  EXPECT_EQ(get("/b/c").status, 200) << "one was asked for";
  for (auto const& [kind, status, name] :
       std::vector<std::tuple<FaultKind, int, std::string>>{{internal_error, 500, "InternalError"},
                                                            {error_200, 200, "InternalError"},
                                                            {access_denied, 403, "AccessDenied"},
                                                            {expired_token, 400, "ExpiredToken"},
                                                            {no_such_bucket, 404, "NoSuchBucket"}}) {
    server.fault(kind, 1);
    auto const answer = get("/b/c");
    EXPECT_EQ(answer.status, status) << name;
    EXPECT_EQ(element(answer.body, "Code"), name);
  }
  server.fault(html_504, 1);
  auto const page = list();
  EXPECT_EQ(page.status, 504);
  EXPECT_EQ(header(page, "Content-Type"), "text/html");
}

TEST_F(S3Faults, connections_that_end) {
  for (auto const kind : {close, reset, reset_in_body, short_body}) {
    server.fault(kind);
    EXPECT_EQ(failure(), Errc::unavailable) << to_string(kind);
    EXPECT_NE(failure("/b?list-type=2"), Errc::internal) << to_string(kind);
    server.clear_faults();
    EXPECT_EQ(get("/b/c").status, 200);
  }
}

TEST_F(S3Faults, a_reset_is_not_an_orderly_end) {
  // Below HTTP, since http::Client tells both as one.
  auto const how_it_ends = [this](FaultKind kind) {
    server.fault(kind, 1);
    boost::asio::ip::tcp::socket socket(io);
    socket.connect({boost::asio::ip::address_v4::loopback(), server.port()});
    boost::asio::write(socket, boost::asio::buffer(std::string_view("GET /b/c HTTP/1.1\r\nHost: h\r\n\r\n")));
    std::string answer;
    boost::system::error_code end;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), end);
    return end;
  };
  EXPECT_EQ(how_it_ends(reset), boost::asio::error::connection_reset);
  EXPECT_EQ(how_it_ends(reset_in_body), boost::asio::error::connection_reset);
  EXPECT_EQ(how_it_ends(close), boost::asio::error::eof);
  EXPECT_EQ(how_it_ends(short_body), boost::asio::error::eof);
}

TEST_F(S3Faults, bodies_that_come_late_are_whole) {
  server.fault(slow_body, 1, 10'000);
  EXPECT_EQ(get("/b/c").body.size(), 1000U);
  server.fault(stall_in_body, 1, 0.02);
  EXPECT_EQ(get("/b/c").body.size(), 1000U);
  server.fault(stall, 1, 0.02);
  EXPECT_EQ(get("/b/c").body.size(), 1000U);
}

TEST_F(S3Faults, what_is_held_comes_when_the_faults_are_cleared) {
  server.fault(hold);
  std::jthread const release([this] {
    while (server.count("GetObject") == 0) std::this_thread::yield();
    server.clear_faults();
  });
  EXPECT_EQ(get("/b/c").status, 200);
}

TEST_F(S3Faults, a_server_that_holds_requests_can_be_stopped) {
  server.fault(hold);
  std::jthread const stopper([this] {
    while (server.count("GetObject") == 0) std::this_thread::yield();
    server.stop();
  });
  EXPECT_FALSE(try_send("GET", "/b/c").has_value());
}

TEST_F(S3Faults, truncated_xml_is_complete_http) {
  auto const whole = list().body;
  server.fault(truncated_xml, 1);
  auto const half = list();
  EXPECT_EQ(half.status, 200);
  EXPECT_EQ(half.body, whole.substr(0, whole.size() / 2));
}

TEST_F(S3Faults, ends_of_pages_that_lie) {
  auto const end = [this](FaultKind kind, std::string const& more = "&max-keys=4") {
    server.fault(kind, 1);
    auto const body = list(more).body;
    return element(body, "IsTruncated") + " " + element(body, "NextContinuationToken") + " " +
           std::to_string(elements(body, "Key").size());
  };
  auto const token = element(list("&max-keys=2").body, "NextContinuationToken");
  auto const next = "&max-keys=2&continuation-token=" + core::percent_encode(token);
  EXPECT_EQ(end(truncated_without_token), "true (none) 4");
  EXPECT_EQ(end(truncated_without_token, ""), "true (none) 6");
  EXPECT_EQ(end(empty_token), "true  4");
  EXPECT_EQ(end(same_token, next), "true " + token + " 2");
  EXPECT_EQ(end(lost_keys), "false (none) 2");
  EXPECT_EQ(elements(list("&continuation-token=&max-keys=1").body, "Key"), Texts{"a+b"}) << "an empty one begins anew";
}

TEST_F(S3Faults, pages_of_another_shape) {
  auto const with = [this](FaultKind kind, std::string const& more = "") {
    server.fault(kind, 1);
    return list(more).body;
  };
  EXPECT_EQ(element(with(v1_answer, "&max-keys=2"), "NextMarker"), "c");
  EXPECT_EQ(element(with(v1_answer), "KeyCount"), "(none)");
  EXPECT_EQ(element(with(wrong_bucket), "Name"), "another-bucket");
  EXPECT_EQ(element(with(wrong_prefix), "Prefix"), "another/prefix/");
  EXPECT_EQ(element(with(wrong_key_count), "KeyCount"), "7");
  EXPECT_EQ(elements(with(ignore_start_after, "&start-after=c"), "Key").size(), 6U);
  EXPECT_EQ(elements(with(ignore_encoding), "Key").front(), "a b");
  EXPECT_EQ(elements(with(space_as_percent), "Key").front(), "a%20b");
  EXPECT_EQ(elements(with(space_as_plus), "Key").front(), "a+b");
}

TEST_F(S3Faults, items_that_lie) {
  server.fault(unsorted, 1);
  EXPECT_EQ(elements(list().body, "Key"), (Texts{"e", "f", "g", "a+b", "c", "d"}));
  server.fault(duplicate_key, 1);
  EXPECT_EQ(elements(list().body, "Key"), (Texts{"a+b", "c", "d", "e", "e", "f", "g"}));
  server.fault(phantom_key, 1);
  EXPECT_EQ(elements(list().body, "Key"), (Texts{"a+b", "c", "d", "e", "e%21phantom", "f", "g"}));
  EXPECT_EQ(send("HEAD", "/b/e%21phantom").status, 404);
}

TEST_F(S3Faults, an_object_changes_between_head_and_get) {
  server.fault(change_after_head, 1);
  auto const etag = header(send("HEAD", "/b/c"), "ETag");
  EXPECT_NE(header(get("/b/c"), "ETag"), etag);
  EXPECT_EQ(get("/b/c", {{"If-Match", etag}}).status, 412);
}

TEST_F(S3Faults, come_after_so_many_and_only_to_their_operation) {
  Fault fault;
  fault.kind = internal_error;
  fault.operation = "GetObject";
  fault.after = 2;
  fault.count = 2;
  server.fault(fault);
  EXPECT_EQ(list().status, 200);
  std::vector<int> statuses;
  for (int i = 0; i < 6; ++i) statuses.push_back(get("/b/c").status);
  EXPECT_EQ(statuses, (std::vector<int>{200, 200, 500, 500, 200, 200}));
}

TEST_F(S3Faults, a_probability_gives_the_same_from_the_same_seed) {
  auto const draw = [this] {
    server.reset();
    Fault fault;
    fault.kind = slow_down;
    fault.probability = 0.3;
    server.fault(fault);
    std::string drawn;
    for (int i = 0; i < 100; ++i) drawn += get("/b/c").status == 503 ? 'x' : '.';
    return drawn;
  };
  auto const first = draw();
  EXPECT_EQ(draw(), first);
  EXPECT_GT(std::ranges::count(first, 'x'), 15);
  EXPECT_LT(std::ranges::count(first, 'x'), 45);
}

TEST_F(S3Faults, are_switched_on_and_off_over_http) {
  EXPECT_EQ(send("POST", "/-/faults", {}, R"([{"fault": "access-denied", "count": 1}, {"fault": "stall", "value": 0}])")
                .status,
            200);
  EXPECT_NE(get("/-/faults").body.find("\"access-denied\""), std::string::npos);
  EXPECT_EQ(code(), "AccessDenied");
  EXPECT_EQ(server.requests().back().faults, (Texts{"access-denied", "stall"}));
  EXPECT_EQ(send("DELETE", "/-/faults").body, "[]");
  EXPECT_EQ(send("POST", "/-/reset").status, 200);
  EXPECT_NE(get("/-/requests").body.find("\"counts\":{}"), std::string::npos);
  for (auto const* const bad : {"", "{}", R"({"fault": "no-such-fault"})", R"({"fault": "stall", "seconds": 3})"})
    EXPECT_EQ(send("POST", "/-/faults", {}, bad).status, 400) << bad;
}

TEST(S3FaultNames, every_kind_has_one_that_leads_back) {
  using support::s3::to_fault_kind;
  for (int i = 0; i <= static_cast<int>(change_after_head); ++i) {
    auto const kind = static_cast<FaultKind>(i);
    EXPECT_EQ(to_fault_kind(to_string(kind)), kind) << i;
  }
}

}  // namespace s3_test
