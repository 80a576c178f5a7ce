#include "http/listener.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "http/peer_process.hpp"
#include "support/temp_dir.hpp"

using core::Errc;
using http::Listener;

namespace {

/// The file of a process that died: bound once, never removed, nobody behind it.
void leave_stale_socket(std::string const& path) {
  core::Fd const fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address), 0);
}

}  // namespace

TEST(Listener, makes_the_file_with_exactly_the_mode_and_takes_it_away) {
  support::TempDir const dir;
  auto const path = dir.string() + "/s";
  auto const umask_before = ::umask(0077);
  {
    auto const listener = Listener::unix_socket(path, 0660);
    ASSERT_TRUE(listener) << listener.error().message();
    struct stat found {};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777U, 0660U);
  }
  ::umask(umask_before);
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(Listener, replaces_a_socket_that_nobody_answers_on) {
  support::TempDir const dir;
  auto const path = dir.string() + "/s";
  leave_stale_socket(path);
  EXPECT_TRUE(Listener::unix_socket(path, 0600));
}

TEST(Listener, leaves_a_living_server_alone) {
  support::TempDir const dir;
  auto const path = dir.string() + "/s";
  auto const first = Listener::unix_socket(path, 0600);
  ASSERT_TRUE(first);
  auto const second = Listener::unix_socket(path, 0600);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
}

TEST(Listener, leaves_a_file_that_is_no_socket_alone) {
  support::TempDir const dir;
  auto const path = dir.string() + "/s";
  std::ofstream(path) << "precious";
  auto const listener = Listener::unix_socket(path, 0600);
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, Errc::conflict);
  std::string text;
  std::ifstream(path) >> text;
  EXPECT_EQ(text, "precious");
}

TEST(Listener, does_not_take_away_the_file_of_its_successor) {
  support::TempDir const dir;
  auto const path = dir.string() + "/s";
  auto first = std::make_unique<Listener>(Listener::unix_socket(path, 0600).value());
  ASSERT_EQ(::unlink(path.c_str()), 0);
  auto const second = Listener::unix_socket(path, 0600);
  ASSERT_TRUE(second);
  first.reset();
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
}

TEST(Listener, is_told_from_others_by_its_process) {
  support::TempDir const dir;
  auto const path = dir.string() + "/s";
  EXPECT_FALSE(http::peer_process(http::Endpoint::unix_socket(path)));
  auto const listener = Listener::unix_socket(path, 0600);
  ASSERT_TRUE(listener);
  EXPECT_EQ(http::peer_process(http::Endpoint::unix_socket(path)), ::getpid());
  EXPECT_FALSE(http::peer_process(http::Endpoint::tcp("127.0.0.1", 1)));
}

TEST(Listener, says_what_is_wrong_with_an_address) {
  auto const first = Listener::tcp("127.0.0.1", 0);
  ASSERT_TRUE(first);
  EXPECT_NE(first->port(), 0);
  auto const taken = Listener::tcp("127.0.0.1", first->port());
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::conflict);
  EXPECT_EQ(taken.error().subject, "127.0.0.1:" + std::to_string(first->port()));
  EXPECT_EQ(Listener::tcp("localhost", 0).error().code, Errc::invalid);
  EXPECT_EQ(Listener::unix_socket("/no/such/folder/s", 0600).error().code, Errc::not_found);
  EXPECT_EQ(Listener::unix_socket(std::string(108, 'a'), 0600).error().code, Errc::invalid);
}
