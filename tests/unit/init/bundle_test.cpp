#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "archive/unpack.hpp"
#include "unit/init/places.hpp"

namespace init_test {

/// What the init packs, unpacked as the daemon does it.
class Bundle : public Init {
 protected:
  void pack(std::string const& script) {
    std::ofstream(run.path("bundle")).flush();
    ::chmod(run.path("bundle").c_str(), 0666);
    run.arguments.push_back(run.path("bundle").string());
    auto command = shell(script, {run.path("out").string()});
    command.out_dir = run.path("out").string();
    run.write_command(domain::encode(command).value());
    ended = run.run();
  }
  archive::Unpacked unpack() {
    EXPECT_EQ(ended.record.bundle_size, static_cast<std::int64_t>(std::filesystem::file_size(run.path("bundle"))));
    std::filesystem::create_directory(run.path("unpacked"));
    return archive::unpack(run.path("bundle"), run.path("unpacked"), {}).value();
  }
  ContainedRun run{GetParam()};
  Ended ended;
};

TEST_P(Bundle, holds_every_file_with_its_bytes) {
  pack(R"sh(cd "$1"; echo '{"n": 1}' > outputs.json; mkdir -p deep/er empty; head -c 3000000 /dev/urandom > deep/er/big
    : > nothing; printf x > "$(printf 'caf\351 \n"x')"
    n=$(printf '%0250d' 7); mkdir $n; echo long > $n/$n)sh");
  auto const unpacked = unpack();
  EXPECT_THAT(unpacked.warnings, testing::IsEmpty());
  EXPECT_EQ(unpacked.files.size(), 5U);
  auto const name = std::string(249, '0') + "7";
  for (auto const& file : {std::string("outputs.json"), std::string("deep/er/big"), std::string("nothing"),
                           std::string("caf\351 \n\"x"), name + "/" + name})
    EXPECT_EQ(read_file(run.path("unpacked") / file), read_file(run.path("out") / file)) << file;
  EXPECT_EQ(read_file(run.path("unpacked/deep/er/big")).size(), 3'000'000U);
  EXPECT_TRUE(std::filesystem::is_directory(run.path("unpacked/empty")));
}

TEST_P(Bundle, of_an_empty_folder_is_sealed_too) {
  pack("exit 3");
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(unpack().files, testing::IsEmpty());
}

TEST_P(Bundle, names_what_is_no_file_and_follows_nothing) {
  pack(R"sh(cd "$1"; ln -s /etc/passwd stolen; ln -s /etc folder; mkfifo pipe; echo kept > kept)sh");
  auto const unpacked = unpack();
  ASSERT_EQ(unpacked.files.size(), 1U);
  EXPECT_EQ(unpacked.files[0].path, "kept");
  EXPECT_EQ(unpacked.warnings.size(), 3U);
}

TEST_P(Bundle, that_would_be_too_large_is_left_to_the_engine) {
  pack(R"sh(truncate -s 64M "$1/big"; echo small > "$1/small")sh");
  EXPECT_FALSE(ended.record.bundle_size);
  EXPECT_EQ(std::filesystem::file_size(run.path("bundle")), 0U);
  EXPECT_TRUE(ended.record.exit);
}

TEST_P(Bundle, that_cannot_be_written_is_left_to_the_engine) {
  run.before_exec = [] {
    rlimit const room{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &room);
  };
  pack(R"sh(for i in 1 2 3; do head -c 90000 /dev/zero > "$1/$i"; done)sh");
  EXPECT_FALSE(ended.record.bundle_size);
  EXPECT_TRUE(ended.record.exit);
}

TEST_P(Bundle, of_a_folder_that_cannot_be_read_is_left_to_the_engine) {
  if (::geteuid() != 0) GTEST_SKIP() << "another user is needed";
  std::filesystem::create_directory(run.path("out"));
  std::ofstream(run.path("out/secret")) << "x";
  ::chmod(run.path("out/secret").c_str(), 0600);
  run.before_exec = [] { (void)!::setuid(12345); };
  pack("exit 0");
  EXPECT_FALSE(ended.record.bundle_size);
  ASSERT_TRUE(ended.record.exit);
  EXPECT_EQ(ended.record.exit->code, 0);
}

TEST_P(Bundle, is_not_changed_by_what_the_command_left_running) {
  if (GetParam() != Place::pid_one) GTEST_SKIP() << "only PID 1 may end the others";
  pack(R"sh(cd "$1"; (while :; do echo more >> growing; done) & while [ ! -s growing ]; do :; done)sh");
  auto const unpacked = unpack();
  ASSERT_EQ(unpacked.files.size(), 1U);
  EXPECT_EQ(read_file(run.path("unpacked/growing")), read_file(run.path("out/growing")));
}

TEST_P(Bundle, seal_that_the_command_wrote_itself_is_none) {
  pack(R"sh(truncate -s 64M "$1/big"; printf '\nbundle v1 size=1024 0934c890\n' >> "$(dirname "$1")/record")sh");
  EXPECT_TRUE(ended.record.exit);
  EXPECT_FALSE(ended.record.bundle_size);
}

INSTANTIATE_TEST_SUITE_P(, Bundle, testing::ValuesIn(places()), place_name);

}  // namespace init_test
