#include <gtest/gtest.h>

#include "docker/engine.hpp"

using docker::BindMount;
using docker::ContainerSpec;
using docker::to_json;

TEST(ContainerSpec, gives_the_same_text_for_the_same_specification) {
  ContainerSpec spec;
  spec.image = "sha256:aa";
  spec.entrypoint = {"/tw/init"};
  spec.command = {"Rscript", "a b.R", "\"q\"\n"};
  spec.environment = {"B=2", "A=1"};
  spec.labels = {{"tidewheel.run", "01J"}, {"a", "b"}};
  spec.mounts = {BindMount{"/srv/a:b", "/in", true}, BindMount{"/state/out", "/out", false}};
  spec.user = "1000:1000";
  spec.group_add = {"44"};
  spec.memory = 1024;
  spec.nano_cpus = 1500000000;
  spec.pids_limit = 512;
  spec.log_size = 256 << 20;
  spec.stop_timeout = std::chrono::seconds(7);
  EXPECT_EQ(
      to_json(spec),
      R"({"Cmd":["Rscript","a b.R","\"q\"\n"],"Entrypoint":["/tw/init"],"Env":["B=2","A=1"],)"
      R"("HostConfig":{"AutoRemove":false,"CapAdd":["DAC_OVERRIDE"],"CapDrop":["ALL"],"GroupAdd":["44"],"Init":false,)"
      R"("LogConfig":{"Config":{"max-file":"5","max-size":"68157440","mode":"blocking"},"Type":"local"},"Memory":1024,"MemorySwap":1024,"Mounts":[)"
      R"({"BindOptions":{"NonRecursive":true},"ReadOnly":true,"Source":"/srv/a:b","Target":"/in","Type":"bind"},)"
      R"({"BindOptions":{"NonRecursive":true},"ReadOnly":false,"Source":"/state/out","Target":"/out","Type":"bind"}],)"
      R"("NanoCpus":1500000000,"NetworkMode":"none","PidsLimit":512,"RestartPolicy":{"Name":"no"},)"
      R"("SecurityOpt":["no-new-privileges:true"]},)"
      R"("Image":"sha256:aa","Labels":{"a":"b","tidewheel.run":"01J"},"NetworkDisabled":true,"OpenStdin":false,)"
      R"("StopTimeout":7,"Tty":false,"User":"1000:1000"})");
}

TEST(ContainerSpec, asks_for_gpus_as_docker_run_does) {
  ContainerSpec spec;
  spec.gpus = -1;
  EXPECT_NE(to_json(spec).find(R"("DeviceRequests":[{"Capabilities":[["gpu"]],"Count":-1}])"), std::string::npos)
      << to_json(spec);
  spec.gpus = 0;
  spec.gpu_devices = {"0", "GPU-3"};
  EXPECT_NE(to_json(spec).find(R"("DeviceRequests":[{"Capabilities":[["gpu"]],"DeviceIDs":["0","GPU-3"]}])"),
            std::string::npos)
      << to_json(spec);
}

TEST(ContainerSpec, leaves_out_what_the_image_decides_and_limits_that_are_not_set) {
  ContainerSpec spec;
  spec.image = "x";
  auto const body = to_json(spec);
  for (char const* const key :
       {"Cmd", "Entrypoint", "Env", "User", "Memory", "NanoCpus", "PidsLimit", "Mounts", "GroupAdd"})
    EXPECT_EQ(body.find(std::string("\"") + key), std::string::npos) << key;
}

TEST(ContainerSpec, anonymous_volumes_have_no_name_and_no_source) {
  ContainerSpec spec;
  spec.image = "x";
  spec.volumes = {"/.tidewheel"};
  EXPECT_NE(to_json(spec).find(R"("Mounts":[{"Target":"/.tidewheel","Type":"volume"}])"), std::string::npos);
}
