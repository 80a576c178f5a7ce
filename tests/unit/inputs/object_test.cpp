#include "inputs/object.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "core/base64.hpp"
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
      inputs::FetchRequest request(key, expected, file);
      request.arrived = arrived;
      co_return co_await inputs::fetch_object(*client, pool, std::move(request));
    };
    return support::run_coro(io, std::move(body));
  }
  inputs::Fetched look(std::string const& key, domain::Version const& expected) {
    core::SystemClock const clock;
    s3::FixedCredentials credentials(s3::Credentials{});
    s3::ClientSettings settings(http::Endpoint::parse(server.endpoint()).value(), "data", "us-east-1");
    settings.retry.attempts = 1;
    auto client = s3::Client::make(std::move(settings), credentials, clock).value();
    auto body = [&]() -> boost::asio::awaitable<inputs::Fetched> {
      co_return co_await inputs::look_at_object(*client, key, expected);
    };
    return support::run_coro(io, std::move(body));
  }
  /// What a life of the daemon that ended in mid-download leaves.
  void leave_part(std::string const& key, domain::Version const& there, std::string const& bytes) {
    std::ofstream(inputs::part_file(file, key, there), std::ios::binary) << bytes;
  }
  void put_with_checksum(std::string const& checksum) {
    support::s3::PutOptions options;
    options.headers.emplace_back("x-amz-checksum-sha256", checksum);
    server.put("data", "a", "first", std::move(options));
  }
  static std::string checksum(std::string_view text) {
    auto const digest = core::sha256(text);
    return core::to_base64({reinterpret_cast<char const*>(digest.data()), digest.size()});
  }
  /// That the last request asked for.
  [[nodiscard]] std::string last_range() const {
    auto const requests = server.requests();
    for (auto const& [name, value] : requests.back().headers)
      if (name == "Range") return value;
    return {};
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(dir.path()), {}));
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
  std::function<bool(std::int64_t)> arrived;
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

TEST_F(FetchObject, goes_on_with_what_an_earlier_life_left) {
  auto const data = bytes(3 << 20);
  server.put("data", "a", data);
  auto const there = version("a");
  leave_part("a", there, data.substr(0, 1'234'567));
  auto const fetched = fetch("a", there);
  ASSERT_EQ(fetched.outcome, Outcome::matches) << fetched.error->message();
  EXPECT_EQ(fetched.hash, core::sha256(data));
  EXPECT_EQ(content(), data);
  EXPECT_EQ(last_range(), "bytes=1234567-");
  EXPECT_EQ(files(), 1U) << "only the object";
}

TEST_F(FetchObject, begins_anew_where_what_is_left_cannot_be_a_beginning) {
  auto const data = bytes(2 << 20);
  server.put("data", "a", data);
  auto const there = version("a");
  for (auto const& left : {data, data + "more", std::string()}) {
    leave_part("a", there, left);
    auto const fetched = fetch("a", there);
    ASSERT_EQ(fetched.outcome, Outcome::matches) << fetched.error->message();
    EXPECT_EQ(content(), data);
    EXPECT_EQ(last_range(), "");
  }
}

TEST_F(FetchObject, a_part_is_of_one_version_of_one_key) {
  server.put("data", "a", bytes(100));
  auto there = version("a");
  auto const part = inputs::part_file(file, "a", there);
  EXPECT_EQ(inputs::part_file(file, "a", there), part);
  EXPECT_NE(inputs::part_file(file, "b", there), part);
  auto other = there;
  other.version_id = "v2";
  EXPECT_NE(inputs::part_file(file, "a", other), part);
  other = there;
  other.size += 1;
  EXPECT_NE(inputs::part_file(file, "a", other), part);
  other.etag = domain::unknown_etag;
  EXPECT_EQ(inputs::part_file(file, "a", other), "") << "nothing says that it is the same object still";
}

TEST_F(FetchObject, what_nobody_wants_is_given_up_and_leaves_nothing) {
  server.put("data", "a", bytes(3 << 20));
  std::int64_t most = 0;
  arrived = [&most](std::int64_t here) {
    most = here;
    return here < (1 << 20);
  };
  EXPECT_EQ(fetch("a", version("a")).outcome, Outcome::given_up);
  EXPECT_GE(most, 1 << 20);
  EXPECT_LT(most, 3 << 20);
  EXPECT_EQ(files(), 0U);
}

TEST_F(FetchObject, other_bytes_than_the_servers_checksum_says_are_not_used) {
  put_with_checksum(checksum("first"));
  EXPECT_EQ(fetch("a", version("a")).outcome, Outcome::matches);
  put_with_checksum(checksum("other"));
  auto const fetched = fetch("a", version("a"));
  EXPECT_EQ(fetched.outcome, Outcome::unreadable);
  EXPECT_EQ(fetched.error->code, core::Errc::corrupt);
  EXPECT_EQ(files(), 0U);
  // A multipart upload's is a hash of hashes.
  put_with_checksum(checksum("other") + "-2");
  EXPECT_EQ(fetch("a", version("a")).outcome, Outcome::matches);
}

TEST_F(FetchObject, a_look_tells_the_same_without_the_bytes) {
  server.put("data", "a", "first");
  auto const there = version("a");
  auto const same = look("a", there);
  EXPECT_EQ(same.outcome, Outcome::matches);
  EXPECT_EQ(same.version, there);
  server.put("data", "a", "other");
  EXPECT_EQ(look("a", there).outcome, Outcome::changed);
  EXPECT_EQ(look("b", there).outcome, Outcome::gone);
  server.fault(FaultKind::access_denied);
  EXPECT_EQ(look("a", there).outcome, Outcome::unreadable);
  EXPECT_EQ(server.count("GetObject"), 0U);
}

TEST_F(FetchObject, without_an_etag_a_look_goes_by_time_and_size) {
  server.put("data", "a", "first");
  auto there = version("a");
  auto const known = there.etag;
  there.etag = domain::unknown_etag;
  EXPECT_EQ(look("a", there).outcome, Outcome::changed) << "the server has begun to tell ETags: " << known;
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
