#include "inputs/object.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "core/sha256.hpp"
#include "support/run_coro.hpp"
#include "support/s3_fault_server.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace std::chrono_literals;
using Outcome = inputs::Fetched::Outcome;
using support::s3::FaultKind;

class FetchObject : public testing::Test {
 protected:
  void SetUp() override {
    server.make_bucket("data");
    server.start();
  }
  void TearDown() override { pool.join(); }

  inputs::Fetched fetch(std::string const& key, domain::Version const& expected) {
    core::SystemClock const clock;
    s3::Credentials keys;
    keys.access_key_id = "AK";
    keys.secret_access_key = s3::Secret("SK");
    s3::FixedCredentials credentials(keys);
    s3::ClientSettings settings(http::Endpoint::parse(server.endpoint()).value(), "data", "us-east-1");
    settings.retry.base = 1ms;
    settings.silence = 2s;
    auto client = s3::Client::make(std::move(settings), credentials, clock).value();
    auto body = [&]() -> boost::asio::awaitable<inputs::Fetched> {
      co_return co_await inputs::fetch_object(*client, pool, key, expected, file);
    };
    return support::run_coro(io, std::move(body));
  }
  domain::Version version(std::string const& key) {
    core::SystemClock const clock;
    s3::FixedCredentials credentials(s3::Credentials{});
    s3::ClientSettings settings(http::Endpoint::parse(server.endpoint()).value(), "data", "us-east-1");
    auto client = s3::Client::make(std::move(settings), credentials, clock).value();
    auto body = [&]() -> boost::asio::awaitable<domain::Version> {
      std::string const newest;
      auto info = co_await client->head(key, newest);
      co_return inputs::version_of(info.value());
    };
    return support::run_coro(io, std::move(body));
  }
  [[nodiscard]] std::string content() const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::string bytes(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
    return text;
  }

  support::S3FaultServer server;
  boost::asio::io_context io{1};  // outlives the thread that posts to it
  aio::Worker pool{1, "test-pool"};
  support::TempDir dir;
  std::filesystem::path file = dir / "object";
};

TEST_F(FetchObject, gives_the_bytes_and_their_hash) {
  for (std::size_t const size : {std::size_t{0}, std::size_t{1}, std::size_t{3} << 20}) {
    auto const data = bytes(size);
    server.put("data", "in/a b+\xC3\xA9.bin", data);
    auto const there = version("in/a b+\xC3\xA9.bin");
    auto const fetched = fetch("in/a b+\xC3\xA9.bin", there);
    ASSERT_EQ(fetched.outcome, Outcome::matches) << fetched.error->message();
    EXPECT_EQ(content(), data);
    EXPECT_EQ(fetched.hash, core::sha256(data));
    EXPECT_EQ(fetched.version, there);
    auto const mode = std::filesystem::status(file).permissions();
    EXPECT_EQ(mode, std::filesystem::perms(0644)) << "any user of any image reads it";
  }
}

TEST_F(FetchObject, a_connection_that_breaks_is_taken_up_where_it_broke) {
  auto const data = bytes(5 << 20);
  server.put("data", "a", data);
  auto const there = version("a");
  server.fault(FaultKind::reset_in_body, 3);
  auto const fetched = fetch("a", there);
  ASSERT_EQ(fetched.outcome, Outcome::matches) << fetched.error->message();
  EXPECT_EQ(fetched.hash, core::sha256(data));
  EXPECT_EQ(content(), data);
  EXPECT_GE(server.count("GetObject"), 4U);
}

TEST_F(FetchObject, another_version_is_told_and_leaves_no_file) {
  server.put("data", "a", "first");
  auto const there = version("a");
  server.put("data", "a", "other");
  EXPECT_EQ(fetch("a", there).outcome, Outcome::changed);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(FetchObject, what_is_not_there_is_gone_and_what_may_not_be_read_is_not) {
  server.put("data", "a", "first");
  auto const there = version("a");
  server.remove("data", "a");
  EXPECT_EQ(fetch("a", there).outcome, Outcome::gone);
  server.put("data", "a", "first");
  server.fault(FaultKind::access_denied);
  auto const denied = fetch("a", there);
  EXPECT_EQ(denied.outcome, Outcome::unreadable);
  EXPECT_EQ(denied.error->code, core::Errc::permission);
  EXPECT_FALSE(std::filesystem::exists(file));
  server.clear_faults();
  server.drop_bucket("data");
  EXPECT_EQ(fetch("a", there).outcome, Outcome::unreadable) << "a bucket that is gone proves nothing about a key";
}

TEST_F(FetchObject, a_version_of_a_versioned_bucket_stays_to_be_had) {
  server.make_bucket("data", support::s3::Versioning::enabled);
  server.put("data", "a", "first");
  auto const there = version("a");
  EXPECT_NE(there.version_id, "");
  server.put("data", "a", "other");
  auto const fetched = fetch("a", there);
  ASSERT_EQ(fetched.outcome, Outcome::matches);
  EXPECT_EQ(content(), "first");
  EXPECT_EQ(fetched.version.version_id, there.version_id);
}

TEST_F(FetchObject, a_file_that_cannot_be_written_is_our_own_trouble) {
  server.put("data", "a", "first");
  file = dir / "no such folder" / "object";
  EXPECT_EQ(fetch("a", version("a")).outcome, Outcome::no_room);
}

TEST(ObjectVersion, cuts_times_to_whole_seconds) {
  auto const listed = inputs::object_version(3, core::from_ms(1'700'000'000'789), "e", {});
  auto const headed = inputs::object_version(3, core::from_ms(1'700'000'000'000), "e", "v1");
  EXPECT_EQ(compare(listed, headed), domain::Difference::none);
  EXPECT_EQ(inputs::object_version(3, {}, {}, {}).etag, domain::unknown_etag);
}

TEST(MountName, is_the_keys_last_part_where_that_can_be_one) {
  EXPECT_EQ(inputs::mount_name("in/a b.csv"), "a b.csv");
  EXPECT_EQ(inputs::mount_name("a.csv"), "a.csv");
  EXPECT_EQ(inputs::mount_name("in/.."), "input");
  EXPECT_EQ(inputs::mount_name("in/"), "input");
  EXPECT_EQ(inputs::mount_name("in/\xFF.csv"), "input.csv");
  EXPECT_EQ(inputs::mount_name("in/" + std::string(300, 'x') + ".csv"), "input.csv");
}

}  // namespace
