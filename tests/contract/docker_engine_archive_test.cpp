#include <gmock/gmock.h>

#include "contract/docker_engine_fixture.hpp"

namespace contract {

using core::Errc;
using core::Result;

namespace {

docker::Engine::ByteSink append_to(std::string& text) {
  return [&text](std::string_view bytes) -> docker::awaitable<Result<void>> {
    text += bytes;
    co_return Result<void>();
  };
}

}  // namespace

TEST_F(DockerEngine, gives_a_folder_of_a_stopped_container_as_tar) {
  auto const id = run_to_end(shell("mkdir /out; echo 42 > /out/answer")).id;
  std::string tar;
  auto const sink = append_to(tar);
  auto const got = call([&] { return engine.get_archive(id, "/out", sink); });
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(tar.size() % 512, 0U);
  EXPECT_EQ(tar.substr(257, 5), "ustar");
  EXPECT_NE(tar.find("out/answer"), tar.npos);
  EXPECT_NE(tar.find("42\n"), tar.npos);
}

TEST_F(DockerEngine, says_not_found_for_a_path_that_is_not_there) {
  auto const id = run_to_end(shell("true")).id;
  std::string tar;
  auto const sink = append_to(tar);
  auto const got = call([&] { return engine.get_archive(id, "/out", sink); });
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::not_found);
  EXPECT_EQ(got.error().subject, id + ":/out");
  EXPECT_EQ(tar, "");
}

TEST_F(DockerEngine, ends_a_download_when_the_sink_has_enough) {
  auto const id = run_to_end(shell("mkdir /out; head -c 1000000 /dev/zero > /out/zeros")).id;
  std::size_t calls = 0;
  docker::Engine::ByteSink const sink = [&](std::string_view) -> docker::awaitable<Result<void>> {
    ++calls;
    co_return core::Error{Errc::too_large, "enough", "me", ""};
  };
  auto const got = call([&] { return engine.get_archive(id, "/out", sink); });
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::too_large);
  EXPECT_EQ(got.error().subject, "me");
  EXPECT_EQ(calls, 1U);
}

TEST_F(DockerEngine, takes_back_the_tar_it_gave) {
  auto const source = run_to_end(shell("mkdir /data; echo 'a b' > '/data/with blank'")).id;
  std::string tar;
  auto const sink = append_to(tar);
  ASSERT_TRUE(call([&] { return engine.get_archive(source, "/data", sink); }));
  auto const target = create(shell("cat '/data/with blank'"));
  auto const put = call([&] { return engine.put_archive(target, "/", tar); });
  ASSERT_TRUE(put) << put.error().message();
  ASSERT_TRUE(call([&] { return engine.start(target); }));
  ASSERT_TRUE(call([&] { return engine.wait(target); }));
  auto const frames = read_log(target);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames.front().text, "a b\n");
}

TEST_F(DockerEngine, case_49_says_why_nothing_can_be_put_where_all_is_read_only) {
  auto body = docker::to_json(shell("true"));
  std::string const host = "\"HostConfig\":{";
  auto const at = body.find(host);
  ASSERT_NE(at, std::string::npos);
  body.insert(at + host.size(), "\"ReadonlyRootfs\":true,");
  auto const id = create_as_said(unique_name(), body);
  for (auto const size : {std::size_t{1}, std::size_t{32} << 20U}) {  // and one whose answer comes before its end
    std::string const tar(size, 'x');
    auto const put = call([&] { return engine.put_archive(id, "/", tar); });
    ASSERT_FALSE(put);
    EXPECT_NE(put.error().message().find("read-only"), std::string::npos) << put.error().message();
    EXPECT_EQ(put.error().code, Errc::permission) << put.error().message();
  }
}

TEST_F(DockerEngine, case_49_answers_a_large_upload_that_it_refuses_early) {
  std::string const tar(32U << 20U, 'x');
  auto const missing = call([&] { return engine.put_archive("tidewheel-contract-never-made", "/", tar); });
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found) << missing.error().message();
}

}  // namespace contract
