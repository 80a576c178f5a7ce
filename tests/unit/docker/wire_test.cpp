#include "docker/wire.hpp"

#include <gtest/gtest.h>

using core::Errc;

namespace {

std::string const digest = "sha256:" + std::string(64, 'a');

}  // namespace

TEST(Wire, reads_what_an_engine_is) {
  auto const docker = docker::read_version(
      R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"})");
  ASSERT_TRUE(docker);
  EXPECT_EQ(docker->info.engine_version, "20.10.24");
  EXPECT_EQ(docker->info.os_arch, "linux/amd64");
  EXPECT_EQ(docker->info.log_driver, "local");
  EXPECT_EQ(docker->oldest.to_string(), "1.12");
  EXPECT_EQ(docker::read_version("{}").error().code, Errc::protocol);
  EXPECT_EQ(docker::read_version("<html>").error().code, Errc::protocol);
}

TEST(Wire, case_54_podman_has_a_log_driver_of_its_own) {
  auto const podman = docker::read_version(
      R"({"Components":[{"Name":"Podman Engine","Version":"4.3.1"},{"Name":"Conmon"}],"Version":"4.3.1",)"
      R"("ApiVersion":"1.41","MinAPIVersion":"1.24","Os":"linux","Arch":"amd64"})");
  ASSERT_TRUE(podman);
  EXPECT_EQ(podman->info.log_driver, "k8s-file");
  docker::ContainerSpec spec;
  spec.log_driver = podman->info.log_driver;
  EXPECT_NE(
      docker::to_json(spec).find(R"("LogConfig":{"Config":{"max-file":"5","max-size":"20971520"},"Type":"k8s-file"})"),
      std::string::npos)
      << docker::to_json(spec);
}

TEST(Wire, reads_an_image_with_and_without_what_is_optional) {
  auto const full = docker::read_image(R"({"Id":"sha256:1","RepoDigests":["busybox@)" + digest +
                                           R"("],"Architecture":"amd64","Config":{"User":"app","WorkingDir":"/w",)"
                                           R"("Env":["A=1"],"Cmd":["sh"],"Entrypoint":["/e","x"]}})",
                                       "busybox:1");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->digest, "busybox@" + digest);
  EXPECT_EQ(full->entrypoint, (std::vector<std::string>{"/e", "x"}));
  EXPECT_EQ(full->command, std::vector<std::string>{"sh"});
  EXPECT_EQ(full->environment, std::vector<std::string>{"A=1"});
  EXPECT_EQ(full->user, "app");
  EXPECT_EQ(full->working_dir, "/w");
  auto const bare =
      docker::read_image(R"({"Id":"abc","RepoDigests":null,"Config":{"Cmd":null,"Entrypoint":null}})", "x");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->id, "sha256:abc");
  EXPECT_EQ(bare->digest, "");
  EXPECT_TRUE(bare->command.empty());
  EXPECT_EQ(docker::read_image("{}", "x").error().code, Errc::protocol);
}

TEST(Wire, reads_a_container) {
  auto const container = docker::read_container(
      R"({"Id":"c1","Name":"/tidewheel-1","Image":"sha256:1","Config":{"Labels":{"a":"b"}},"State":{"Status":"exited",)"
      R"("ExitCode":137,"OOMKilled":true,"Error":"why","StartedAt":"2026-11-22T10:00:00.1Z",)"
      R"("FinishedAt":"2026-11-22T10:00:01Z"}})");
  ASSERT_TRUE(container);
  EXPECT_EQ(container->name, "tidewheel-1");
  EXPECT_EQ(container->labels.at("a"), "b");
  EXPECT_EQ(container->exit_code, 137);
  EXPECT_TRUE(container->oom_killed);
  EXPECT_EQ(container->error, "why");
  EXPECT_EQ(docker::read_container(R"({"Id":"c1","State":{}})").error().code, Errc::protocol);
}

TEST(Wire, reads_a_list) {
  auto const list = docker::read_list(
      R"([{"Id":"a","Names":["/n"],"State":"running","Labels":{"k":"v"}},{"Id":"b","Names":null,"State":"created"}])");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ(list->at(0).name, "n");
  EXPECT_EQ(list->at(0).labels.at("k"), "v");
  EXPECT_EQ(list->at(1).name, "");
  EXPECT_EQ(docker::read_list("{}").error().code, Errc::protocol);
  EXPECT_EQ(docker::read_list("[1]").error().code, Errc::protocol);
  EXPECT_EQ(docker::read_list("[{}]").error().code, Errc::protocol);
  EXPECT_TRUE(docker::read_list("[]")->empty());
}

TEST(Wire, reads_times_to_the_millisecond) {
  auto const at = docker::read_time("2026-11-22T10:00:00Z");
  EXPECT_EQ(docker::read_time("2026-11-22T10:00:00.123456789Z") - at, std::chrono::milliseconds{123});
  EXPECT_EQ(docker::read_time("2026-11-22T10:00:00.5Z") - at, std::chrono::milliseconds{500});
  EXPECT_EQ(docker::read_time("2026-11-22T12:00:00.05+02:00") - at, std::chrono::milliseconds{50});
  EXPECT_LT(docker::read_time("0001-01-01T00:00:00Z"), core::Wall{}) << "never";
  EXPECT_EQ(docker::read_time(""), core::Wall{});
}

TEST(Wire, asks_for_the_events_of_one_container) {
  EXPECT_EQ(docker::event_filter("c1"), R"({"container":["c1"],"event":["start","kill","die"]})");
}

TEST(Wire, quotes_a_label_in_the_filter) {
  EXPECT_EQ(docker::label_filter("a=\"b\""), R"({"label":["a=\"b\""]})");
}
