#include <elf.h>
#include <unistd.h>

#include <cstring>

#include "unit/init/places.hpp"

namespace init_test {

TEST(Binary, needs_nothing_at_run_time) {
  auto const bytes = read_file(TIDEWHEEL_INIT);
  ASSERT_GT(bytes.size(), sizeof(Elf64_Ehdr));
  EXPECT_LT(bytes.size(), 1'000'000U);
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  ASSERT_EQ(std::memcmp(header.e_ident, ELFMAG, SELFMAG), 0);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, bytes.data() + header.e_phoff + i * sizeof segment, sizeof segment);
    EXPECT_NE(segment.p_type, static_cast<Elf64_Word>(PT_INTERP));
    EXPECT_NE(segment.p_type, static_cast<Elf64_Word>(PT_DYNAMIC));
  }
  for (auto const* const runtime : {"AddressSanitizer", "ThreadSanitizer", "UndefinedBehaviorSanitizer"})
    EXPECT_EQ(bytes.find(runtime), std::string::npos);
}

TEST(Binary, runs_in_an_image_that_holds_nothing_else) {
  if (::geteuid() != 0) GTEST_SKIP() << "chroot needs root";
  domain::InitCommand command;
  command.argv = {"/init"};  // the only program there is: it complains about its arguments and exits 125
  command.out_dir = "/out";
  ContainedRun run(Place::pid_one, command);
  auto const root = run.path("").string();
  run.arguments = {"/init", "/command", "/record"};
  run.before_exec = [&root] {
    if (::chroot(root.c_str()) != 0 || ::chdir("/") != 0) ::_exit(97);
  };
  auto const ended = run.run();
  EXPECT_EQ(ended.exit_code, 125);
  EXPECT_THAT(ended.err, testing::HasSubstr("usage"));
  ASSERT_TRUE(ended.record.exit);
  EXPECT_EQ(ended.record.exit->kind, domain::InitExit::Kind::exited);
  EXPECT_EQ(ended.record.exit->code, 125);
  EXPECT_TRUE(std::filesystem::is_directory(run.path("out")));
}

}  // namespace init_test
