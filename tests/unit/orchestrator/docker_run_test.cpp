#include "orchestrator/docker_run.hpp"

#include <gtest/gtest.h>

#include "docker/engine.hpp"
#include "support/program.hpp"

namespace orchestrator {
namespace {

class DockerRun : public testing::Test {
 protected:
  DockerRun() {
    pipeline.name = "qc";
    pipeline.command = {"--input", "${input.path}", "it's $HOME", "${params.k}"};
    domain::ParamSpec k;
    k.name = "k";
    pipeline.params = {k};
    pipeline.environment = {{"MODE", "a b"}};
    domain::WatchSpec watch;
    watch.path = "/srv/data";
    pipeline.watch = {watch};
    run.id = "01K9ZB6X4M8QWERTY0ASDFGHJK";
    run.params = {{"k", domain::ValueType::real, 2.5, true}};
    store::RunInput input;
    input.root = "/srv/data";
    input.key = "x/a, \"b\".csv";
    run.inputs = {input};
    spec.image = "r@sha256:abc";
    spec.memory = 1024;
    spec.nano_cpus = 1'500'000'000;
    spec.pids_limit = 9;
    spec.mounts = {{"/var/lib/tidewheel/init/tidewheel-init", "/.tidewheel/init", true},
                   {"/var/lib/tidewheel/init/hosts", "/etc/hosts", true},
                   {"/srv/data/x/a, \"b\".csv", "/in/a, \"b\".csv", true},
                   {"/srv/ref", "/ref", true}};
  }
  std::string line() { return docker_run(run, pipeline, docker::to_json(spec), "/var/lib/tidewheel"); }
  void expect(std::string const& part) {
    EXPECT_NE(line().find(part), std::string::npos) << "'" << part << "' is not in:\n" << line();
  }

  domain::PipelineSpec pipeline;
  store::RunRow run;
  docker::ContainerSpec spec;
};

TEST_F(DockerRun, tells_image_limits_mounts_environment_and_arguments) {
  expect("mkdir -p out && docker run --rm --network none --memory 1024 --memory-swap 1024 --cpus 1.5 --pids-limit 9 ");
  expect("--cap-drop ALL --cap-add DAC_OVERRIDE --security-opt no-new-privileges:true");
  expect("--mount type=bind,source=/srv/ref,target=/ref,readonly");
  expect(R"(--mount 'type=bind,"source=/srv/data/x/a, ""b"".csv","target=/in/a, ""b"".csv",readonly')");
  expect("--env 'MODE=a b'");
  expect("-v \"$PWD/out:/out\"");
  expect(R"( r@sha256:abc --input '/in/a, "b".csv' 'it'\''s $HOME' 2.5)");
  EXPECT_EQ(line().find("tidewheel-init"), std::string::npos) << "not our init";
  EXPECT_EQ(line().find("/etc/hosts"), std::string::npos);
}

TEST_F(DockerRun, tells_gpus) {
  pipeline.gpus.count = -1;
  expect("--gpus all --pids-limit");
  pipeline.gpus = {0, {"0", "1"}};
  expect(R"(--gpus '"device=0,1"')");
}

TEST_F(DockerRun, looks_for_what_was_fetched_where_it_is_called) {
  spec.mounts = {{"/var/lib/tidewheel/staging/abc", "/in/a.csv", true}};
  expect("source=\"$PWD\"/a.csv,target=/in/a.csv,readonly");
  expect("--input /in/a.csv");
}

TEST_F(DockerRun, never_shows_a_url) {
  spec.mounts = {{"/var/lib/tidewheel/attempts/x/url", "/.tidewheel/input-url", true}};
  EXPECT_EQ(line().find("url"), std::string::npos);
}

TEST_F(DockerRun, puts_an_entrypoint_of_its_own_in_front) {
  pipeline.entrypoint = {"Rscript", "--vanilla"};
  expect("--entrypoint Rscript r@sha256:abc --vanilla --input ");
}

TEST_F(DockerRun, says_nothing_of_a_body_that_it_cannot_read) {
  EXPECT_EQ(docker_run(run, pipeline, "no json", ""), "");
  EXPECT_EQ(docker_run(run, pipeline, "[]", ""), "");
  EXPECT_NE(docker_run(run, pipeline, "{\"HostConfig\": 3, \"Image\": []}", ""), "") << "another version's is no crash";
}

TEST(ShellWord, comes_out_of_a_shell_as_it_went_in) {
  for (std::string const word :
       {"plain-1.csv", "a b", "it's", "$HOME `id` $(id)", "\"", "\\", "new\nline\x01z", "\xff\xfe\x61", "", "é!*?"}) {
    auto const ended = support::run_program({"/bin/bash", "-c", "printf %s " + shell_word(word)}, {});
    EXPECT_EQ(ended.out, word);
  }
}

}  // namespace
}  // namespace orchestrator
