#include "config/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "config/daemon_config.hpp"
#include "config/image_reference.hpp"
#include "support/temp_dir.hpp"

namespace {

using config::check_policy;
using config::Policy;
using testing::HasSubstr;

domain::PipelineSpec harmless() {
  domain::PipelineSpec spec;
  spec.name = "a";
  spec.image = "debian:12";
  spec.watch.emplace_back().path = "/srv/data/a";
  return spec;
}

bool image_allowed(std::string const& image, std::vector<std::string> patterns) {
  Policy policy;
  policy.images = std::move(patterns);
  auto spec = harmless();
  spec.image = image;
  return check_policy(spec, policy).empty();
}

TEST(Policy, the_default_allows_any_image_and_path_but_no_volume_and_no_network) {
  EXPECT_TRUE(check_policy(harmless(), Policy{}).empty());
  auto spec = harmless();
  spec.volumes = {{"/srv/ref", "/ref"}};
  spec.network_mode = "bridge";
  auto const found = check_policy(spec, Policy{});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].where, "volumes[0]");
  EXPECT_EQ(found[1].where, "network_mode");
}

TEST(Policy, an_image_pattern_is_anchored_to_its_registry) {
  EXPECT_TRUE(image_allowed("debian:12", {"debian:*"}));
  EXPECT_FALSE(image_allowed("evil.example/debian:12", {"debian:*"}));
  EXPECT_FALSE(image_allowed("evil.example/registry.example.org/ds/qc:1", {"registry.example.org/ds/*"}));
  EXPECT_TRUE(image_allowed("registry.example.org/ds/qc:1", {"registry.example.org/ds/*"}));
  EXPECT_FALSE(image_allowed("registry.example.org/ds/sub/qc:1", {"registry.example.org/ds/*"}));
  EXPECT_TRUE(image_allowed("registry.example.org/ds/sub/qc:1", {"registry.example.org/ds/**"}));
  EXPECT_TRUE(image_allowed("anything.example/a/b/c", {"*"}));
  EXPECT_TRUE(image_allowed("debian", {"docker.io/library/*"}));
  EXPECT_FALSE(image_allowed("debian:12", {}));
}

TEST(Policy, full_images_are_what_docker_makes_of_them) {
  EXPECT_EQ(config::full_image("debian"), "docker.io/library/debian:latest");
  EXPECT_EQ(config::full_image("ds/qc:1"), "docker.io/ds/qc:1");
  EXPECT_EQ(config::full_image("localhost:5000/qc"), "localhost:5000/qc:latest");
  EXPECT_EQ(config::full_image("docker.io/debian:12"), "docker.io/library/debian:12");
  EXPECT_EQ(config::full_image("x@sha256:00"), "docker.io/library/x@sha256:00");
}

TEST(Policy, paths_are_held_to_their_globs) {
  Policy policy;
  policy.watch_paths = {"/srv/data/**"};
  for (auto const* path : {"/srv/data", "/srv/data/a", "/srv/data/a/b"})
    EXPECT_EQ(config::watch_path_complaint(path, policy), "") << path;
  for (auto const* path : {"/srv", "/srv/database", "/home/srv/data/a", "/"})
    EXPECT_NE(config::watch_path_complaint(path, policy), "") << path;
}

TEST(Policy, nothing_opens_the_forbidden_paths) {
  Policy open;
  open.images = open.watch_paths = open.volumes = open.networks = {"*"};
  for (auto const* path : {"/proc", "/proc/1/root", "/sys/fs", "/dev/sda", "/", "/run", "/run/docker.sock",
                           "/var/run/docker.sock", "/var"}) {
    EXPECT_NE(config::volume_complaint(path, open), "") << path;
    EXPECT_NE(config::watch_path_complaint(path, open), "") << path;
  }
  EXPECT_EQ(config::volume_complaint("/process", open), "");
  EXPECT_EQ(config::watch_path_complaint("/srv", open), "");
}

TEST(Policy, a_star_does_not_open_the_hosts_own_network) {
  Policy policy;
  policy.networks = {"*"};
  auto spec = harmless();
  for (auto const* network : {"none", "bridge", "lab"}) {
    spec.network_mode = network;
    EXPECT_TRUE(check_policy(spec, policy).empty()) << network;
  }
  spec.network_mode = "host";
  ASSERT_EQ(check_policy(spec, policy).size(), 1U);
  EXPECT_THAT(check_policy(spec, policy)[0].hint, HasSubstr("only where it is named"));
  policy.networks = {"h*st"};
  EXPECT_EQ(check_policy(spec, policy).size(), 1U);
  policy.networks = {"none", "host"};
  EXPECT_TRUE(check_policy(spec, policy).empty());
}

class PolicyLinks : public testing::Test {
 protected:
  PolicyLinks() {
    for (auto const* folder : {"data/a", "secret/inner", "state"}) std::filesystem::create_directories(dir / folder);
    policy.watch_paths = policy.volumes = {(dir / "data/**").string()};
    policy.forbidden_paths = {(dir / "state").string()};
    spec.watch[0].path = (dir / "data/a").string();
  }
  void link(std::string_view target, std::string_view name) {
    std::filesystem::create_directory_symlink(dir / target, dir / name);
  }
  std::vector<config::PolicyViolation> volume(std::string_view path) {
    spec.volumes.resize(1);
    spec.volumes[0].source = (dir / path).string();
    return check_policy_links(spec, policy);
  }

  support::TempDir dir;
  Policy policy;
  domain::PipelineSpec spec = harmless();
};

TEST_F(PolicyLinks, lead_nowhere_that_the_policy_does_not_allow) {
  EXPECT_TRUE(check_policy_links(spec, policy).empty());
  link("secret", "data/out");
  link("data/a", "data/b");
  EXPECT_TRUE(volume("data/a").empty());
  EXPECT_TRUE(volume("data/b").empty()) << "it stays within";
  EXPECT_TRUE(volume("data/not-there").empty());
  for (auto const* path : {"data/out", "data/out/inner", "data/out/not-there", "data/b/../out"}) {
    auto const found = volume(path);
    ASSERT_EQ(found.size(), 1U) << path;
    EXPECT_EQ(found[0].where, "volumes[0]");
    EXPECT_THAT(found[0].message, HasSubstr("leads to '" + (dir / "secret").string()));
  }
  spec.volumes.clear();
  spec.watch[0].path = (dir / "data/out/inner").string();
  ASSERT_EQ(check_policy_links(spec, policy).size(), 1U);
  EXPECT_EQ(check_policy_links(spec, policy)[0].where, "watch[0].path");
  EXPECT_EQ(config::run_violation(spec, policy)->where, "watch[0].path");
}

TEST_F(PolicyLinks, a_star_opens_what_is_behind_them_but_never_what_is_forbidden) {
  policy.watch_paths = policy.volumes = {"*"};
  link("secret", "data/out");
  link("state", "data/state");
  link("state", "alias");
  EXPECT_TRUE(volume("data/out").empty());
  EXPECT_EQ(volume("data/state").size(), 1U);
  policy.forbidden_paths = {(dir / "alias").string()};  // the daemon's own folder is named by a link
  EXPECT_EQ(volume("data/state").size(), 1U);
}

TEST_F(PolicyLinks, in_the_policy_itself_mean_what_is_behind_them) {
  link("secret", "lab");
  policy.watch_paths = policy.volumes = {(dir / "lab/**").string()};
  spec.watch[0].path = (dir / "lab/inner").string();
  EXPECT_TRUE(check_policy_links(spec, policy).empty());
  link("data", "secret/leak");
  EXPECT_EQ(volume("lab/leak").size(), 1U);
}

TEST_F(PolicyLinks, that_cannot_be_followed_are_refused) {
  spec.watch[0].path = (dir / "data/a/watched").string();  // of what the daemon cannot read nothing is given away
  auto const user = ::geteuid();
  if (user == 0)
    ASSERT_EQ(::seteuid(65534), 0);  // for whom the test's own folder is closed
  else
    std::filesystem::permissions(dir / "data/a", std::filesystem::perms::none);
  auto const found = volume("data/a/b");
  if (user == 0)
    ASSERT_EQ(::seteuid(0), 0);
  else
    std::filesystem::permissions(dir / "data/a", std::filesystem::perms::owner_all);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].where, "volumes[0]");
  EXPECT_THAT(found[0].message, HasSubstr("Permission denied"));
}

TEST(Policy, a_run_of_an_older_revision_is_held_to_the_policy_of_now) {
  Policy policy;
  auto spec = harmless();
  EXPECT_FALSE(config::run_violation(spec, policy));
  spec.secrets = {"nobody_may"};
  EXPECT_FALSE(config::run_violation(spec, policy)) << "asked for where it is read";
  policy.images = {"other/*"};
  EXPECT_EQ(config::run_violation(spec, policy)->where, "image");
}

TEST(Policy, the_daemon_keeps_its_own_files_out_of_reach) {
  auto const loaded =
      config::load_daemon_config("version: 1\nstate_dir: /srv/state\nengine: {host: unix:///srv/engine.sock}\n", "d");
  ASSERT_TRUE(loaded.config);
  auto spec = harmless();
  for (auto const* path :
       {"/srv/state", "/srv/state/artifacts", "/srv", "/srv/engine.sock", "/etc/tidewheel/pipelines.d"}) {
    spec.watch[0].path = path;
    auto const found = check_policy(spec, loaded.config->policy);
    ASSERT_EQ(found.size(), 1U) << path;
    EXPECT_THAT(found[0].message, HasSubstr("can never be asked for"));
  }
  spec.watch[0].path = "/srv/data";
  EXPECT_TRUE(check_policy(spec, loaded.config->policy).empty());
}

domain::S3Watch bucket(std::string name, std::string prefix, std::string connection = "acme") {
  domain::S3Watch watch;
  watch.connection = std::move(connection);
  watch.bucket = std::move(name);
  watch.prefix = std::move(prefix);
  return watch;
}

TEST(Policy, buckets_are_held_to_their_globs) {
  Policy policy;
  EXPECT_EQ(config::bucket_complaint(bucket("any", "at/all/"), policy), "");
  policy.buckets = {"lab-*", "archive/in/**"};
  for (auto const& good :
       {bucket("lab-a", ""), bucket("lab-a", "x/y/"), bucket("archive", "in/"), bucket("archive", "in/2026/11/")})
    EXPECT_EQ(config::bucket_complaint(good, policy), "") << good.prefix;
  for (auto const& bad : {bucket("other", ""), bucket("archive", ""), bucket("archive", "inner/"),
                          bucket("archive", "out/in/"), bucket("my-lab-a", "")})
    EXPECT_NE(config::bucket_complaint(bad, policy), "") << bad.bucket;
  policy.buckets.clear();
  EXPECT_NE(config::bucket_complaint(bucket("lab-a", ""), policy), "");
}

TEST(Policy, a_policy_without_buckets_allows_none) {
  auto const loaded = config::load_daemon_config(
      "version: 1\npolicy: {images: ['*'], paths: ['*']}\ns3: {acme: {region: eu-west-1}}\n", "d");
  ASSERT_TRUE(loaded.config);
  auto spec = harmless();
  spec.watch[0].path.clear();
  spec.watch[0].s3 = bucket("lab", "");
  auto const found = check_policy(spec, loaded.config->policy);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].where, "watch[0].s3");
  EXPECT_THAT(found[0].hint, HasSubstr("allows: nothing"));
}

TEST(Policy, a_connection_has_to_be_there) {
  Policy policy;
  policy.connections = {"acme", "other"};
  auto spec = harmless();
  spec.watch[0].path.clear();
  spec.watch[0].s3 = bucket("lab", "", "amce");
  auto found = check_policy(spec, policy);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].where, "watch[0].connection");
  EXPECT_THAT(found[0].hint, HasSubstr("did you mean 'acme'?"));
  spec.watch[0].s3->connection.clear();
  EXPECT_THAT(check_policy(spec, policy).at(0).message, HasSubstr("say over which connection"));
  spec.watch[0].s3->connection = "other";
  EXPECT_TRUE(check_policy(spec, policy).empty());
}

TEST(Policy, memory_has_its_bound) {
  Policy policy;
  policy.max_mem = std::int64_t{1} << 30;
  auto spec = harmless();
  ASSERT_EQ(check_policy(spec, policy).size(), 1U) << "the default of 2g counts too";
  EXPECT_EQ(check_policy(spec, policy)[0].where, "mem_limit");
  spec.mem_limit = std::int64_t{1} << 30;
  EXPECT_TRUE(check_policy(spec, policy).empty());
}

TEST(Policy, gpus_have_their_bound) {
  Policy policy;
  auto spec = harmless();
  spec.gpus.count = -1;
  EXPECT_TRUE(check_policy(spec, policy).empty()) << "there is no policy";
  policy.max_gpus = 1;
  ASSERT_EQ(check_policy(spec, policy).size(), 1U);
  EXPECT_EQ(check_policy(spec, policy)[0].where, "gpus");
  EXPECT_THAT(check_policy(spec, policy)[0].message, HasSubstr("at most 1 GPUs for a container, not all"));
  spec.gpus = {0, {"0", "1"}};
  EXPECT_THAT(check_policy(spec, policy).at(0).message, HasSubstr("not 2"));
  spec.gpus = {1, {}};
  EXPECT_TRUE(check_policy(spec, policy).empty());
  policy.max_gpus = 0;
  EXPECT_THAT(check_policy(spec, policy).at(0).message, HasSubstr("allows no GPUs"));
}

TEST(Policy, a_policy_that_does_not_name_gpus_allows_none) {
  auto const max_gpus = [](std::string const& more) {
    auto const loaded = config::load_daemon_config("version: 1\npolicy: {images: [a], paths: [/a]" + more + "}\n", "x");
    return loaded.config.value().policy.max_gpus;
  };
  EXPECT_EQ(config::default_daemon_config().policy.max_gpus, std::nullopt) << "without a policy all is allowed";
  EXPECT_EQ(max_gpus(""), 0);
  EXPECT_EQ(max_gpus(", max_gpus: 3"), 3);
  EXPECT_EQ(max_gpus(", max_gpus: all"), std::nullopt);
}

TEST(Policy, a_webhook_has_to_be_there_and_be_for_the_pipeline) {
  Policy policy;
  auto spec = harmless();
  spec.notify.push_back({{domain::NotifyEvent::failed}, "ops"});
  spec.notify.push_back({{domain::NotifyEvent::failed}, "lba"});
  EXPECT_TRUE(check_policy(spec, policy).empty()) << "there is no daemon to ask";
  policy.webhooks.emplace();
  (*policy.webhooks)["ops"] = {"sensor-*"};
  (*policy.webhooks)["lab"] = {"*"};
  auto const found = check_policy(spec, policy);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].where, "notify[0].webhook");
  EXPECT_THAT(found[0].message, HasSubstr("not for this pipeline"));
  EXPECT_THAT(found[0].hint, HasSubstr("sensor-*"));
  EXPECT_EQ(found[1].where, "notify[1].webhook");
  EXPECT_THAT(found[1].hint, HasSubstr("did you mean 'lab'?"));
}

TEST(Policy, gives_no_secret_to_whom_it_does_not_name) {
  Policy policy;
  auto spec = harmless();
  spec.secrets = {"api_key", "db_password", "api_kye"};
  EXPECT_EQ(check_policy(spec, policy).size(), 3U) << "nothing that is not listed";
  policy.secrets = {{"api_key", {"*"}}, {"db_password", {"sensor-*"}}};
  auto const found = check_policy(spec, policy);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].where, "secrets[1]");
  EXPECT_THAT(found[0].message, HasSubstr("'db_password' for this pipeline"));
  EXPECT_THAT(found[0].hint, HasSubstr("sensor-*"));
  EXPECT_EQ(found[1].where, "secrets[2]");
  EXPECT_THAT(found[1].hint, HasSubstr("did you mean 'api_key'?"));
}

}  // namespace
