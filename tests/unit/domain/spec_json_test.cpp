#include "domain/spec_json.hpp"

#include <gtest/gtest.h>

namespace {

using domain::PipelineSpec;
using domain::spec_from_json;
using domain::spec_to_json;
using domain::Value;
using domain::ValueType;
using namespace std::chrono_literals;

/// Every field different from its default.
PipelineSpec full() {
  PipelineSpec spec;
  spec.name = "sensor-qc", spec.title = "Qualität \"eins\"", spec.description = "a\nb", spec.owner = "ana";
  spec.tags = {"a", "b"}, spec.enabled = false;
  domain::WatchSpec watch;
  watch.path = "/srv/data", watch.files = {"*.csv"}, watch.ignore = {"x"}, watch.on_created = false,
  watch.on_modified = false;
  watch.existing = {domain::Existing::Kind::since, core::from_ms(1'793'491'200'123)};
  watch.settle = 5ms, watch.mount = domain::Mount::source, watch.skip_same_content = false;
  spec.watch = {watch, domain::WatchSpec{}};
  spec.image = "debian:12", spec.entrypoint = {"Rscript"}, spec.pull_policy = domain::PullPolicy::never;
  spec.command = {"--in", "${input.path}"}, spec.environment = {{"A", "1"}, {"B", ""}};
  spec.volumes = {{"/srv/ref", "/ref"}}, spec.mem_limit = 1 << 30, spec.cpus = 0.1, spec.pids_limit = 7,
  spec.user = "1000";
  spec.group_add = {"data"}, spec.network_mode = "bridge", spec.timeout = 10min, spec.stop_grace_period = 3s;
  spec.retries = {5, 1s, {75, 3}, false, true, true}, spec.max_running = 9, spec.priority = -7;
  domain::ParamSpec param;
  param.name = "threshold", param.type = ValueType::real, param.default_value = 3.0, param.min = 0.1, param.max = 1e300;
  param.choices = {Value{3.0}, Value{std::int64_t{3}}, Value{std::string("3")}, Value{true}, Value{}},
  param.help = "cut";
  spec.params = {param};
  spec.outputs = {{"median", ValueType::json, "celsius", "help", false, 50.0, -0.3}};
  spec.artifacts = {{"a.html", domain::ArtifactRole::summary, "A", true}};
  return spec;
}

TEST(SpecJson, is_lossless) {
  auto const text = spec_to_json(full());
  auto const back = spec_from_json(text);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(spec_to_json(*back), text);
  EXPECT_EQ(back->watch[0].existing.since, full().watch[0].existing.since);
  EXPECT_EQ(back->params[0].choices, full().params[0].choices) << "3.0, 3 and \"3\" are three values";
  EXPECT_EQ(back->params[0].default_value, Value{3.0});
  EXPECT_EQ(back->cpus, 0.1);
  EXPECT_EQ(back->entrypoint, full().entrypoint);
  EXPECT_EQ(back->outputs[0].alert_below, -0.3);
  EXPECT_EQ(back->artifacts[0].role, domain::ArtifactRole::summary);
  EXPECT_EQ(back->environment, full().environment);
  EXPECT_EQ(back->retries.exit_codes, full().retries.exit_codes);
  EXPECT_TRUE(back->retries.oom && back->retries.timeout);
  EXPECT_EQ(back->watch[0].mount, domain::Mount::source);
}

TEST(SpecJson, tells_every_field_apart) {
  // A field that the codec forgot would come back as its default, and the text would be that of the default.
  auto const text = spec_to_json(full());
  auto const plain = spec_to_json(PipelineSpec{});
  for (std::string const key :
       {"name",    "title",       "description", "owner",     "tags",         "enabled",    "watch",
        "image",   "entrypoint",  "pull_policy", "command",   "environment",  "volumes",    "mem_limit",
        "cpus",    "pids_limit",  "user",        "group_add", "network_mode", "timeout_ms", "stop_grace_period_ms",
        "retries", "max_running", "priority",    "params",    "outputs",      "artifacts"}) {
    auto const field = [&](std::string const& json) {
      auto const at = json.find("\"" + key + "\":");
      EXPECT_NE(at, std::string::npos) << key;
      return json.substr(at, key.size() + 24);
    };
    EXPECT_NE(field(text), field(plain)) << key;
  }
}

TEST(SpecJson, is_canonical) {
  auto const text = spec_to_json(full());
  EXPECT_LT(text.find("\"artifacts\""), text.find("\"command\""));
  EXPECT_LT(text.find("\"user\""), text.find("\"volumes\""));
}

TEST(SpecJson, reads_what_an_older_version_wrote) {
  auto const spec = spec_from_json(R"({"name": "old", "watch": [{"path": "/a"}], "image": "x"})");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->name, "old");
  EXPECT_EQ(spec->mem_limit, PipelineSpec{}.mem_limit);
  EXPECT_EQ(spec->watch[0].settle, 2000ms);
  EXPECT_EQ(spec->retries.exit_codes, std::vector<int>{75});
  EXPECT_FALSE(spec->entrypoint);
}

TEST(SpecJson, leaves_what_a_newer_version_added) {
  EXPECT_TRUE(spec_from_json(R"({"name": "x", "hologram": {"a": []}})"));
}

TEST(SpecJson, names_the_key_that_is_corrupt) {
  auto const error = [](std::string_view text) {
    auto const spec = spec_from_json(text);
    return spec ? core::Error{} : spec.error();
  };
  EXPECT_EQ(error("{").code, core::Errc::corrupt);
  EXPECT_EQ(error("[]").code, core::Errc::corrupt);
  EXPECT_EQ(error(R"({"name": 1})").subject, "name");
  EXPECT_EQ(error(R"({"retries": {"max": "two"}})").subject, "retries.max");
  EXPECT_EQ(error(R"({"retries": {"max": 4294967296}})").subject, "retries.max");
  EXPECT_EQ(error(R"({"pull_policy": "hourly"})").subject, "pull_policy");
  EXPECT_EQ(error(R"({"cpus": 1.5})").subject, "cpus");
}

}  // namespace
