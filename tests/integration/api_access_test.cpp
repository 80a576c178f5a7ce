#include <grp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "integration/api_world.hpp"

namespace {

using integration::ApiWorld;

/// A user id that no user database knows, so its only group is the one that the kernel names.
constexpr std::uint32_t stranger = 3'999'999'998U;

http::RequestContext asked_by(std::uint32_t uid, std::uint32_t gid, std::string method, std::string path) {
  http::RequestContext request;
  request.method = std::move(method);
  request.target = request.path = std::move(path);
  request.headers.set("Content-Type", "application/json");
  http::PeerCredentials peer;
  peer.uid = uid;
  peer.gid = gid;
  request.peer = peer;
  return request;
}

std::string group_name(gid_t gid) {
  return ::getgrgid(gid)->gr_name;
}

class ApiAccess : public ::testing::Test {
 protected:
  boost::asio::awaitable<int> status_for(std::uint32_t uid, std::uint32_t gid, std::string method, std::string path) {
    auto request = asked_by(uid, gid, std::move(method), std::move(path));
    auto const reply = co_await world.router().route(std::move(request));
    co_return reply.status;
  }
  static constexpr gid_t readers = 1, operators = 2;  // daemon and bin, on every Debian
  ApiWorld world;
};

TEST_F(ApiAccess, is_closed_to_strangers_but_for_the_health_check) {
  world.run([this]() -> boost::asio::awaitable<void> {
    EXPECT_EQ(co_await status_for(stranger, stranger, "GET", "/api/v1/status"), 403);
    EXPECT_EQ(co_await status_for(stranger, stranger, "POST", "/api/v1/runs/1/cancel"), 403);
    EXPECT_EQ(co_await status_for(stranger, stranger, "GET", "/healthz"), 200);
    http::RequestContext nobody;
    nobody.method = "GET";
    nobody.target = nobody.path = "/api/v1/status";
    auto const reply = co_await world.router().route(std::move(nobody));
    EXPECT_EQ(reply.status, 403) << "whoever the kernel does not name may nothing";
  });
}

TEST_F(ApiAccess, lets_a_group_read_or_operate_as_the_configuration_says) {
  world.config().api.groups = {{group_name(readers), config::Access::read},
                               {group_name(operators), config::Access::operate}};
  world.run([this]() -> boost::asio::awaitable<void> {
    EXPECT_EQ(co_await status_for(stranger, readers, "GET", "/api/v1/status"), 200);
    EXPECT_EQ(co_await status_for(stranger, readers, "POST", "/api/v1/runs/1/cancel"), 403);
    EXPECT_EQ(co_await status_for(stranger, operators, "GET", "/api/v1/status"), 200);
    EXPECT_EQ(co_await status_for(stranger, operators, "POST", "/api/v1/runs/1/cancel"), 404)
        << "allowed, and there is no such run";
  });
}

TEST_F(ApiAccess, takes_hints_from_who_may_operate_or_who_knows_the_connections_secret) {
  world.config().api.groups = {{group_name(readers), config::Access::read},
                               {group_name(operators), config::Access::operate}};
  support::TempDir const folder;
  auto const secret = (folder / "secret").string();
  std::ofstream(secret) << "0123456789abcdef\n";
  world.config().s3["open"] = {};
  world.config().s3["closed"].hints_secret = secret;
  world.config().s3["broken"].hints_secret = (folder / "none").string();
  world.run([this, secret]() -> boost::asio::awaitable<void> {
    EXPECT_EQ(co_await status_for(stranger, readers, "POST", "/api/v1/hints/s3/open"), 403);
    EXPECT_EQ(co_await status_for(stranger, readers, "POST", "/api/v1/hints/s3/none"), 403);
    EXPECT_EQ(co_await status_for(stranger, operators, "POST", "/api/v1/hints/s3/open"), 422) << "allowed, and no JSON";
    EXPECT_EQ(co_await status_for(stranger, operators, "POST", "/api/v1/hints/s3/none"), 404);
    EXPECT_EQ(co_await status_for(0, 0, "POST", "/api/v1/hints/s3/closed"), 401) << "not even root without it";
    EXPECT_EQ(co_await status_for(0, 0, "POST", "/api/v1/hints/s3/broken"), 503) << "it fails closed";
    auto request = asked_by(stranger, stranger, "POST", "/api/v1/hints/s3/closed");
    request.headers.set("Authorization", "Bearer 0123456789abcdef");
    auto const known = co_await world.router().route(std::move(request));
    EXPECT_EQ(known.status, 422) << "the secret alone is the right";
    std::ofstream(secret) << "short\n";
    auto late = asked_by(0, 0, "POST", "/api/v1/hints/s3/closed");
    late.headers.set("Authorization", "Bearer short");
    auto const weak = co_await world.router().route(std::move(late));
    EXPECT_EQ(weak.status, 503) << "a secret that can be guessed is none";
  });
}

TEST_F(ApiAccess, lets_root_and_the_daemons_own_user_do_everything) {
  world.run([this]() -> boost::asio::awaitable<void> {
    EXPECT_EQ(co_await status_for(0, stranger, "POST", "/api/v1/runs/1/cancel"), 404);
    EXPECT_EQ(co_await status_for(::getuid(), stranger, "POST", "/api/v1/runs/1/cancel"), 404);
  });
}

}  // namespace
