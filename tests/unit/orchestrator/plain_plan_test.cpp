#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "orchestrator/container_plan.hpp"

namespace orchestrator {
namespace {

namespace json = boost::json;
using Words = std::vector<std::string>;

class PlainPlanTest : public testing::Test {
 protected:
  PlainPlanTest() {
    pipeline.name = "qc";
    pipeline.image = "qc:1";
    pipeline.command = {"run"};
    pipeline.init = false;
    image.id = "sha256:1234";
    image.entrypoint = {"Rscript"};
    image.command = {"/app/default.R"};
    give("a.csv");
  }
  void give(std::string const& key) {
    input.host_path = "/srv/data/a.csv";
    input.mount_target = input.path = "/in/a.csv";
    input.key = key;
  }
  core::Result<ContainerPlan> made() {
    PlanRequest const request{
        std::string(32, 'f'), "01ARZ3NDEKTSV4RRFFQ69G5FAV", 1, pipeline, image, input, {}, "/a", "/init", "/hosts"};
    return plan_container(request);
  }
  ContainerPlan plan() { return made().value(); }
  core::Error refused() { return made().error(); }
  json::object body() { return json::parse(plan().body).as_object(); }
  json::object host() { return body().at("HostConfig").as_object(); }
  Words words(char const* key) {
    Words list;
    auto const whole = body();
    for (auto const& value : whole.at(key).as_array()) list.emplace_back(value.as_string());
    return list;
  }

  domain::PipelineSpec pipeline;
  docker::Image image;
  MountedInput input;
};

TEST_F(PlainPlanTest, the_command_is_the_entrypoint_and_nothing_of_the_image_is_added_to_it) {
  EXPECT_EQ(words("Entrypoint"), (Words{"Rscript", "run"}));
  EXPECT_FALSE(body().contains("Cmd")) << "an entrypoint that is given drops the image's CMD";
  pipeline.entrypoint = Words{};
  EXPECT_EQ(words("Entrypoint"), Words{"run"});
  pipeline.entrypoint.reset();
  pipeline.command.clear();
  EXPECT_EQ(words("Entrypoint"), (Words{"Rscript", "/app/default.R"}));
}

TEST_F(PlainPlanTest, the_environment_is_in_the_body) {
  pipeline.environment["LEVEL"] = "h\u00e4llo ${run.id}";
  auto const environment = words("Env");
  EXPECT_NE(std::ranges::find(environment, "LEVEL=h\u00e4llo 01ARZ3NDEKTSV4RRFFQ69G5FAV"), environment.end());
  EXPECT_NE(std::ranges::find(environment, "TIDEWHEEL_INPUT=/in/a.csv"), environment.end());
}

TEST_F(PlainPlanTest, nothing_of_the_init_is_bound) {
  std::set<std::string> targets;
  auto const config = host();
  for (auto const& mount : config.at("Mounts").as_array()) targets.emplace(mount.at("Target").as_string());
  EXPECT_EQ(targets,
            (std::set<std::string>{"/.tidewheel/outputs", "/.tidewheel/params.json", "/etc/hosts", "/in/a.csv"}));
  EXPECT_EQ(plan().command_file, "");
  EXPECT_TRUE(plan().open_out) << "for root too: nobody else makes /out";
}

TEST_F(PlainPlanTest, refuses_what_docker_cannot_carry) {
  pipeline.command = {"${input.key}"};
  give("caf\xe9.csv");
  EXPECT_EQ(refused().code, core::Errc::invalid);
  EXPECT_NE(refused().message().find("not UTF-8"), std::string::npos) << refused().message();
  give("a.csv");
  pipeline.command = Words(9, std::string(125'000, 'x'));
  EXPECT_EQ(refused().code, core::Errc::too_large);
  pipeline.command = {std::string(200'000, 'x')};
  EXPECT_EQ(refused().code, core::Errc::too_large);
  pipeline.entrypoint = Words{""};
  pipeline.command = {"run"};
  EXPECT_EQ(refused().code, core::Errc::invalid) << "to Docker an empty entrypoint means none";
}

}  // namespace
}  // namespace orchestrator
