#include "domain/init_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "domain/init_format.h"
#include "unit/init/contained_run.hpp"

namespace init_test {

using core::Errc;
using domain::decode_record;
using domain::InitCommand;

/// A record as the real init writes it.
std::string real_record(int code = 3) {
  ContainedRun run(Place::plain, shell("exit $1", {std::to_string(code)}));
  run.run();
  return run.record_bytes();
}

TEST(CommandFile, refuses_what_no_process_can_be_given) {
  EXPECT_EQ(encode(InitCommand{}).error().code, Errc::invalid);
  InitCommand command{.argv = {"a", std::string("b\0c", 3)}, .environment = {}, .out_dir = {}};
  EXPECT_EQ(encode(command).error().code, Errc::invalid);
  command.argv = {"a", std::string(131072, 'x')};
  EXPECT_EQ(encode(command).error().code, Errc::too_large);
  command.argv = std::vector<std::string>(40, std::string(131071, 'x'));
  EXPECT_EQ(encode(command).error().code, Errc::too_large);
  command.argv = {"a"};
  for (std::string const entry : {"NAME", "=value", ""}) {
    command.environment = {entry};
    EXPECT_EQ(encode(command).error().code, Errc::invalid) << entry;
  }
}

TEST(Record, is_empty_before_the_start) {
  auto const record = decode_record("");
  EXPECT_FALSE(record.started);
  EXPECT_FALSE(record.exit);
  EXPECT_FALSE(record.torn);
}

TEST(Record, cut_at_any_length_never_shows_a_wrong_end) {
  auto const whole = real_record();
  auto const mark = whole.find('\n') + 1;
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    auto const record = decode_record(std::string_view(whole).substr(0, length));
    EXPECT_EQ(record.started, length >= mark) << length;
    EXPECT_EQ(record.exit.has_value(), length == whole.size()) << length;
    bool const between_lines = length == 0 || length == mark || length == mark + 1 || length == whole.size();
    EXPECT_EQ(record.torn, !between_lines) << length;
    if (record.exit) {
      EXPECT_EQ(record.exit->code, 3);
    }
  }
}

TEST(Record, with_any_bit_flipped_never_shows_a_wrong_end) {
  auto const whole = real_record();
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    auto const record = decode_record(damaged);
    if (record.exit) {
      EXPECT_EQ(record.exit->code, 3);
    }
    EXPECT_TRUE(record.torn || record.exit) << bit;
  }
}

TEST(Record, survives_half_a_line_left_by_the_command) {
  ContainedRun run;
  run.write_command(encode(shell("printf garbage >> \"$1\"; exit 7", {run.path("record").string()})).value());
  auto const ended = run.run();
  EXPECT_TRUE(ended.record.torn);
  ASSERT_TRUE(ended.record.exit);
  EXPECT_EQ(ended.record.exit->code, 7);
}

TEST(Record, that_the_command_emptied_proves_no_end) {
  ContainedRun run;
  run.write_command(encode(shell(": > \"$1\"", {run.path("record").string()})).value());
  auto const ended = run.run();
  EXPECT_TRUE(ended.record.started);
  EXPECT_FALSE(ended.record.exit);
  EXPECT_TRUE(ended.record.torn);
}

TEST(Record, counts_the_last_end) {
  auto const forged = real_record(0);
  auto const real = real_record(9);
  auto const record = decode_record(forged + real.substr(real.find('\n') + 1));
  ASSERT_TRUE(record.exit);
  EXPECT_EQ(record.exit->code, 9);
}

TEST(Record, reads_no_more_than_its_bound) {
  auto const whole = real_record();
  auto const record = decode_record(std::string(TW_RECORD_MAX_SIZE, '\n') + whole);
  EXPECT_FALSE(record.started);
  EXPECT_TRUE(record.torn);
}

TEST(Record, of_random_bytes_is_rejected) {
  std::mt19937 random(20261122);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 300, '\0');
    for (auto& byte : bytes) byte = "start v1exit=0123456789 \n\xff"[random() % 27];
    auto const record = decode_record(bytes);
    EXPECT_FALSE(record.exit);
    EXPECT_FALSE(record.started);
  }
}

}  // namespace init_test
