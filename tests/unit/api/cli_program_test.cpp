#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/json/parse.hpp>
#include <cstring>
#include <fstream>

#include "core/fd.hpp"
#include "support/program.hpp"

namespace {

using support::Ended;
using support::TempDir;

Ended tidewheel(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  arguments.insert(arguments.begin(), TIDEWHEEL_PROGRAM);
  return support::run_program(std::move(arguments), std::move(environment));
}

std::string write_file(TempDir const& folder, std::string const& name, std::string const& text) {
  auto const path = (folder / name).string();
  std::ofstream(path) << text;
  return path;
}

constexpr auto good =
    "version: 1\nname: good\nwatch: {path: /srv/data, existing: skip}\nimage: local/r:1\ncommand: "
    "[\"${input.path}\"]\n";

TEST(Program, has_examples_in_the_help_of_every_command) {
  for (auto const* const command : {"validate", "pipelines", "results", "run", "cancel", "retry", "rerun", "runs",
                                    "show", "logs", "why", "webhooks", "status"}) {
    auto const help = tidewheel({command, "--help"});
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_NE(help.out.find("Examples:\n  tidewheel " + std::string(command)), std::string::npos) << help.out;
    EXPECT_EQ(help.err, "");
  }
  EXPECT_EQ(tidewheel({"--help"}).code, 0);
  EXPECT_EQ(tidewheel({"--version"}).out.substr(0, 10), "tidewheel ");
}

TEST(Program, ends_with_64_and_a_guess_for_a_mistyped_command) {
  auto const ended = tidewheel({"--socket", "/nowhere", "stauts"});
  EXPECT_EQ(ended.code, 64);
  EXPECT_NE(ended.err.find("did you mean 'status'?"), std::string::npos) << ended.err;
  EXPECT_EQ(ended.out, "");
}

TEST(Program, ends_with_64_for_wrong_usage) {
  EXPECT_EQ(tidewheel({}).code, 64);
  EXPECT_EQ(tidewheel({"show"}).code, 64);
  EXPECT_EQ(tidewheel({"runs", "--limit", "0"}).code, 64);
  EXPECT_EQ(tidewheel({"runs", "--no-such-option"}).code, 64);
  EXPECT_EQ(tidewheel({"run", "p", "-p", "novalue"}).code, 64);
  auto const state = tidewheel({"runs", "--state", "faild"});
  EXPECT_EQ(state.code, 64);
  EXPECT_NE(state.err.find("did you mean 'failed'?"), std::string::npos) << state.err;
}

TEST(Program, ends_with_69_and_names_the_socket_when_no_daemon_answers) {
  TempDir const folder;
  auto const nothing = (folder / "none.sock").string();
  for (auto const& ended : {tidewheel({"--socket", nothing, "status"}), tidewheel({"status", "--socket", nothing}),
                            tidewheel({"status"}, {"TIDEWHEEL_SOCKET=" + nothing})}) {
    EXPECT_EQ(ended.code, 69) << ended.err;
    EXPECT_NE(ended.err.find(nothing), std::string::npos) << ended.err;
    EXPECT_NE(ended.err.find("tidewheeld running"), std::string::npos) << ended.err;
    EXPECT_EQ(ended.out, "");
  }
}

TEST(Program, ends_with_69_when_a_dead_daemon_left_its_socket) {
  TempDir const folder;
  auto const path = (folder / "dead.sock").string();
  core::Fd const socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address),
            0);  // and nobody listens
  EXPECT_EQ(tidewheel({"--socket", path, "runs"}).code, 69);
}

TEST(Program, ends_with_66_for_an_input_that_is_not_there) {
  auto const ended = tidewheel({"run", "p", "--input", "/no/such/file.csv"});
  EXPECT_EQ(ended.code, 66);
  EXPECT_NE(ended.err.find("/no/such/file.csv"), std::string::npos);
}

TEST(Validate, accepts_a_good_file_without_a_daemon) {
  TempDir const folder;
  auto const ended = tidewheel({"validate", write_file(folder, "good.yaml", good)});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, "");
}

TEST(Validate, shows_line_and_column_and_ends_with_65) {
  TempDir const folder;
  auto const path = write_file(folder, "bad.yaml", std::string(good) + "mem_limits: 2g\n");
  auto const ended = tidewheel({"validate", path});
  EXPECT_EQ(ended.code, 65);
  EXPECT_NE(ended.err.find(path + ":6:1: error: unknown key 'mem_limits'"), std::string::npos) << ended.err;
  auto const json = tidewheel({"--json", "validate", path});
  EXPECT_EQ(json.code, 65);
  auto const answer = boost::json::parse(json.out);
  EXPECT_EQ(answer.at("files").at(0).at("diagnostics").at(0).at("line").to_number<int>(), 6);
  EXPECT_FALSE(answer.at("files").at(0).at("valid").as_bool());
}

TEST(Validate, ends_with_66_for_a_file_that_is_not_there_or_is_a_folder) {
  TempDir const folder;
  EXPECT_EQ(tidewheel({"validate", (folder / "none.yaml").string()}).code, 66);
  EXPECT_EQ(tidewheel({"validate", folder.string()}).code, 66);
}

TEST(Validate, tells_when_two_files_claim_one_name) {
  TempDir const folder;
  auto const first = write_file(folder, "a.yaml", good);
  auto const ended = tidewheel({"validate", first, write_file(folder, "b.yaml", good)});
  EXPECT_EQ(ended.code, 65);
  EXPECT_NE(ended.err.find("'good' is the name of the pipeline in " + first), std::string::npos) << ended.err;
}

TEST(Validate, checks_the_policy_of_a_configuration_and_reports_a_bad_one_with_78) {
  TempDir const folder;
  auto const pipeline = write_file(folder, "good.yaml", good);
  auto const strict =
      write_file(folder, "strict.yaml", "version: 1\npolicy: {images: [\"other/*\"], paths: [\"*\"]}\n");
  auto const refused = tidewheel({"validate", "--config", strict, pipeline});
  EXPECT_EQ(refused.code, 65);
  EXPECT_NE(refused.err.find("local/r:1"), std::string::npos) << refused.err;
  EXPECT_EQ(tidewheel({"validate", "--config", write_file(folder, "broken.yaml", "verzion: 1\n"), pipeline}).code, 78);
}

}  // namespace
