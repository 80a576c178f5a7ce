#include "orchestrator/container_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "core/sha256.hpp"
#include "domain/init_format.h"

namespace orchestrator {
namespace {

namespace json = boost::json;

/// The command file as the init reads it, by the words of domain/init_format.h.
struct Decoded {
  std::vector<std::string> argv, environment;
  std::string out_dir;
  std::uint64_t timeout_ms = 0, grace_ms = 0;
};

std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

Decoded decode(std::string_view bytes) {
  EXPECT_EQ(bytes.substr(0, 8), TW_COMMAND_MAGIC);
  EXPECT_EQ(number(bytes, 8, 4),
            tw_crc32(reinterpret_cast<unsigned char const*>(bytes.data()) + 12, bytes.size() - 12));
  Decoded decoded;
  decoded.timeout_ms = number(bytes, 20, 8);
  decoded.grace_ms = number(bytes, 28, 8);
  std::size_t at = TW_COMMAND_HEADER_SIZE;
  auto const take = [&] {
    auto const size = number(bytes, at, 4);
    std::string text(bytes.substr(at + 4, size));
    EXPECT_EQ(bytes.at(at + 4 + size), '\0');
    at += 5 + size;
    return text;
  };
  decoded.out_dir = take();
  for (auto n = number(bytes, 12, 4); n-- > 0;) decoded.argv.push_back(take());
  for (auto n = number(bytes, 16, 4); n-- > 0;) decoded.environment.push_back(take());
  EXPECT_EQ(at, bytes.size());
  return decoded;
}

class ContainerPlanTest : public testing::Test {
 protected:
  ContainerPlanTest() {
    pipeline.name = "qc";
    pipeline.image = "qc:1";
    pipeline.command = {"run"};
    image.id = "sha256:1234";
    image.entrypoint = {"Rscript"};
    image.command = {"/app/default.R"};
    give("a.csv");
  }
  void give(std::string const& key) {
    MountedInput mounted;
    mounted.host_path = "/srv/data/" + key;
    auto const slash = key.rfind('/');
    mounted.mount_target = mounted.path = "/in/" + (slash == std::string::npos ? key : key.substr(slash + 1));
    mounted.key = key;
    mounted.uri = "file:///srv/data/" + key;
    mounted.sha256 = std::string(64, 'a');
    mounted.size = 42;
    input = mounted;
  }
  ContainerPlan plan(std::string const& run_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV", std::int64_t attempt = 1) {
    PlanRequest const request{std::string(32, 'f'),
                              run_id,
                              attempt,
                              pipeline,
                              image,
                              input,
                              params,
                              "/state/attempts/x",
                              "/state/init/tidewheel-init",
                              "/state/init/hosts"};
    return plan_container(request).value();
  }
  std::vector<std::string> argv() { return decode(plan().command_file).argv; }
  std::string environment(std::string const& name) {
    std::string found = "(none)";
    for (auto const& entry : decode(plan().command_file).environment)
      if (entry.starts_with(name + "=")) found = entry.substr(name.size() + 1);
    return found;
  }
  json::object body() { return json::parse(plan().body).as_object(); }
  json::object host() { return body().at("HostConfig").as_object(); }

  domain::PipelineSpec pipeline;
  docker::Image image;
  std::optional<MountedInput> input;
  std::vector<domain::RunParam> params;
};

using Words = std::vector<std::string>;

// --- what runs

TEST_F(ContainerPlanTest, puts_the_command_behind_the_images_entrypoint) {
  EXPECT_EQ(argv(), (Words{"Rscript", "run"}));
}

TEST_F(ContainerPlanTest, runs_the_images_own_command_where_none_is_given) {
  pipeline.command.clear();
  EXPECT_EQ(argv(), (Words{"Rscript", "/app/default.R"}));
}

TEST_F(ContainerPlanTest, an_entrypoint_of_ones_own_replaces_the_images_and_drops_its_command) {
  pipeline.entrypoint = Words{"python3", "-u"};
  EXPECT_EQ(argv(), (Words{"python3", "-u", "run"}));
  pipeline.command.clear();
  EXPECT_EQ(argv(), (Words{"python3", "-u"}));
}

TEST_F(ContainerPlanTest, an_empty_entrypoint_takes_the_images_away) {
  pipeline.entrypoint = Words{};
  EXPECT_EQ(argv(), (Words{"run"}));
}

TEST_F(ContainerPlanTest, refuses_to_run_nothing) {
  image.entrypoint.clear();
  image.command.clear();
  pipeline.command.clear();
  PlanRequest const request{"f", "r", 1, pipeline, image, input, params, "/s", "/i", "/h"};
  auto const planned = plan_container(request);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, core::Errc::invalid);
  EXPECT_EQ(planned.error().subject, "qc:1");
}

TEST_F(ContainerPlanTest, hands_hostile_names_over_byte_by_byte) {
  pipeline.command = {"${input.path}", "--key=${input.key}", "${input.name}|${input.stem}|${input.folder}"};
  for (std::string const name : {"a b.csv", "line\nbreak.csv", "quote'\".csv", "$(rm -rf).csv", "${params.x}.csv",
                                 "$$.csv", "\xff\xfe.csv", "-n.csv", "back\\slash.csv", "\x01\x7f.csv"}) {
    give("sub dir/" + name);
    EXPECT_EQ(argv(), (Words{"Rscript", "/in/" + name, "--key=sub dir/" + name,
                             name + "|" + name.substr(0, name.size() - 4) + "|sub dir"}));
    EXPECT_EQ(environment("TIDEWHEEL_INPUT"), "/in/" + name);
  }
}

TEST_F(ContainerPlanTest, fills_in_every_name) {
  pipeline.command = {"${input.uri}", "${input.size}",    "${input.sha256}", "${out.dir}",
                      "${run.id}",    "${pipeline.name}", "$$5 $x"};
  EXPECT_EQ(argv(), (Words{"Rscript", "file:///srv/data/a.csv", "42", std::string(64, 'a'), "/out",
                           "01ARZ3NDEKTSV4RRFFQ69G5FAV", "qc", "$5 $x"}));
}

TEST_F(ContainerPlanTest, an_input_that_is_a_url_is_a_file_of_its_own) {
  pipeline.network_mode = "bridge";
  pipeline.command = {"${input.url_file}", "${input.etag}", "${input.key}", "[${input.path}${input.sha256}]"};
  input->host_path = "/state/attempts/x/input-url";
  input->mount_target = input->url_file = url_path;
  input->path = input->sha256 = "";
  input->etag = "e-2";
  EXPECT_EQ(argv(), (Words{"Rscript", "/.tidewheel/input-url", "e-2", "a.csv", "[]"}));
  EXPECT_EQ(environment("TIDEWHEEL_INPUT_URL_FILE"), "/.tidewheel/input-url");
  EXPECT_EQ(environment("TIDEWHEEL_INPUT"), "");
  bool bound = false;
  auto const mounts = host().at("Mounts").as_array();
  for (auto const& mount : mounts)
    if (mount.at("Target") == "/.tidewheel/input-url")
      bound = mount.at("Source") == "/state/attempts/x/input-url" && mount.at("ReadOnly") == true;
  EXPECT_TRUE(bound);
  give("a.csv");
  EXPECT_EQ(environment("TIDEWHEEL_INPUT_URL_FILE"), "(none)");
}

TEST_F(ContainerPlanTest, takes_stems_as_people_do) {
  pipeline.command = {"${input.stem}"};
  for (auto const& [key, stem] : std::initializer_list<std::pair<char const*, char const*>>{{"a.csv", "a"},
                                                                                            {"a.tar.gz", "a.tar"},
                                                                                            {".hidden", ".hidden"},
                                                                                            {"none", "none"},
                                                                                            {"d.d/none", "none"},
                                                                                            {"a.", "a"}}) {
    give(key);
    EXPECT_EQ(argv()[1], stem) << key;
  }
}

TEST_F(ContainerPlanTest, writes_parameters_as_arguments) {
  for (auto const* const name : {"f", "i", "b", "s"}) {
    domain::ParamSpec spec;
    spec.name = name;
    pipeline.params.push_back(spec);
  }
  params = {{"f", domain::ValueType::real, 2.5, false},
            {"i", domain::ValueType::integer, std::int64_t{-3}, false},
            {"b", domain::ValueType::boolean, true, false},
            {"s", domain::ValueType::string, std::string("x; $(y)"), true}};
  pipeline.command = {"${params.f}", "${params.i}", "${params.b}", "${params.s}"};
  EXPECT_EQ(argv(), (Words{"Rscript", "2.5", "-3", "true", "x; $(y)"}));
  EXPECT_EQ(json::parse(plan().params_json).as_object().at("s").as_string(), "x; $(y)");
}

TEST_F(ContainerPlanTest, names_of_an_input_stand_for_nothing_where_there_is_none) {
  input.reset();
  pipeline.command = {"[${input.path}${input.key}${input.size}]"};
  EXPECT_EQ(argv(), (Words{"Rscript", "[]"}));
  EXPECT_EQ(environment("TIDEWHEEL_INPUT"), "");
}

TEST_F(ContainerPlanTest, refuses_an_argument_that_the_kernel_would) {
  pipeline.command = {std::string(131072, 'x')};
  PlanRequest const request{"f", "r", 1, pipeline, image, input, params, "/s", "/i", "/h"};
  auto const planned = plan_container(request);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, core::Errc::too_large);
}

// --- what it sees

TEST_F(ContainerPlanTest, tells_the_script_where_everything_is) {
  pipeline.environment = {{"GREETING", "run ${run.id}"}, {"PLAIN", "a b"}};
  EXPECT_EQ(environment("GREETING"), "run 01ARZ3NDEKTSV4RRFFQ69G5FAV");
  EXPECT_EQ(environment("PLAIN"), "a b");
  EXPECT_EQ(environment("TIDEWHEEL_RUN_ID"), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  EXPECT_EQ(environment("TIDEWHEEL_PIPELINE"), "qc");
  EXPECT_EQ(environment("TIDEWHEEL_INPUT"), "/in/a.csv");
  EXPECT_EQ(environment("TIDEWHEEL_OUT"), "/out");
  EXPECT_EQ(environment("TIDEWHEEL_OUTPUTS"), "/.tidewheel/outputs");
  EXPECT_EQ(environment("TIDEWHEEL_PARAMS"), "/.tidewheel/params.json");
  auto const trace = environment("TRACEPARENT");
  ASSERT_EQ(trace.size(), 55U) << trace;
  EXPECT_TRUE(trace.starts_with("00-") && trace.ends_with("-01")) << trace;
}

TEST_F(ContainerPlanTest, attempts_of_a_run_join_one_trace) {
  auto const trace_of = [&](ContainerPlan const& made) {
    for (auto const& entry : decode(made.command_file).environment)
      if (entry.starts_with("TRACEPARENT=")) return entry;
    return std::string();
  };
  auto const first = trace_of(plan("A", 1)), second = trace_of(plan("A", 2)), other = trace_of(plan("B", 1));
  EXPECT_EQ(first.substr(0, 47), second.substr(0, 47));
  EXPECT_NE(first, second);
  EXPECT_NE(first.substr(0, 47), other.substr(0, 47));
}

TEST_F(ContainerPlanTest, binds_what_is_needed_and_writable_only_what_must_be) {
  pipeline.volumes = {{"/srv/models", "/models"}};
  std::map<std::string, std::pair<std::string, bool>> binds;
  auto const host_config = host();
  for (auto const& mount : host_config.at("Mounts").as_array()) {
    auto const* const read_only = mount.as_object().if_contains("ReadOnly");
    binds[std::string(mount.at("Target").as_string())] = {std::string(mount.at("Source").as_string()),
                                                          read_only != nullptr && read_only->as_bool()};
  }
  std::map<std::string, std::pair<std::string, bool>> const expected{
      {"/.tidewheel/init", {"/state/init/tidewheel-init", true}},
      {"/.tidewheel/command", {"/state/attempts/x/command", true}},
      {"/.tidewheel/record", {"/state/attempts/x/record", false}},
      {"/.tidewheel/bundle", {"/state/attempts/x/bundle", false}},
      {"/.tidewheel/params.json", {"/state/attempts/x/params.json", true}},
      {"/.tidewheel/outputs", {"/state/attempts/x/outputs", false}},
      {"/in/a.csv", {"/srv/data/a.csv", true}},
      {"/etc/hosts", {"/state/init/hosts", true}},
      {"/models", {"/srv/models", true}}};
  EXPECT_EQ(binds, expected);
}

TEST_F(ContainerPlanTest, leaves_the_hosts_file_to_the_engine_or_to_a_volume) {
  auto const source_of_hosts = [this] {
    auto const host_config = host();
    for (auto const& mount : host_config.at("Mounts").as_array())
      if (mount.at("Target").as_string() == "/etc/hosts") return std::string(mount.at("Source").as_string());
    return std::string();
  };
  EXPECT_EQ(source_of_hosts(), "/state/init/hosts");
  pipeline.volumes = {{"/srv/hosts", "/etc/hosts"}};
  EXPECT_EQ(source_of_hosts(), "/srv/hosts");
  pipeline.volumes = {{"/srv/etc", "/etc"}};
  EXPECT_EQ(source_of_hosts(), "");
  pipeline.volumes.clear();
  pipeline.network_mode = "bridge";
  EXPECT_EQ(source_of_hosts(), "");
}

TEST_F(ContainerPlanTest, starts_the_init_and_nothing_else) {
  auto const entrypoint = body().at("Entrypoint").as_array();
  EXPECT_EQ(json::serialize(entrypoint),
            R"(["/.tidewheel/init","/.tidewheel/command","/.tidewheel/record","/.tidewheel/bundle"])");
  auto const made = body();
  auto const* const command = made.if_contains("Cmd");
  EXPECT_TRUE(command == nullptr || command->is_null() || command->as_array().empty());
  EXPECT_EQ(decode(plan().command_file).out_dir, "/out");
}

TEST_F(ContainerPlanTest, keeps_to_the_limits) {
  pipeline.mem_limit = 123'456'789;
  pipeline.cpus = 1.5;
  pipeline.pids_limit = 77;
  pipeline.timeout = std::chrono::minutes(10);
  pipeline.stop_grace_period = std::chrono::milliseconds(1500);
  EXPECT_EQ(host().at("Memory").to_number<std::int64_t>(), 123'456'789);
  EXPECT_EQ(host().at("MemorySwap").to_number<std::int64_t>(), 123'456'789);
  EXPECT_EQ(host().at("NanoCpus").to_number<std::int64_t>(), 1'500'000'000);
  EXPECT_EQ(host().at("PidsLimit").to_number<std::int64_t>(), 77);
  auto const command = decode(plan().command_file);
  EXPECT_EQ(command.timeout_ms, 600'000U);
  EXPECT_EQ(command.grace_ms, 1500U);
}

TEST_F(ContainerPlanTest, has_no_network_unless_it_was_asked_for) {
  EXPECT_EQ(host().at("NetworkMode").as_string(), "none");
  pipeline.network_mode = "bridge";
  EXPECT_EQ(host().at("NetworkMode").as_string(), "bridge");
}

TEST_F(ContainerPlanTest, opens_out_for_whoever_is_not_root) {
  EXPECT_FALSE(plan().open_out);
  for (auto const* const user : {"0", "root", "0:0", "root:1000"}) {
    image.user = user;
    EXPECT_FALSE(plan().open_out) << user;
  }
  for (auto const* const user : {"1000", "rstudio", "1000:0", "rooty", "00"}) {
    image.user = user;
    EXPECT_TRUE(plan().open_out) << user;
  }
  pipeline.user = "0";  // over the image's own
  EXPECT_FALSE(plan().open_out);
  pipeline.user = "1234";
  image.user = "root";
  EXPECT_TRUE(plan().open_out);
}

// --- its identity

TEST_F(ContainerPlanTest, is_a_function_of_its_request) {
  EXPECT_EQ(plan().body, plan().body);
  EXPECT_EQ(plan().body_sha256, plan().body_sha256);
  EXPECT_EQ(plan().command_file, plan().command_file);
}

TEST_F(ContainerPlanTest, changes_its_hash_with_anything_that_changes_what_runs) {
  auto const before = plan().body_sha256;
  std::set<std::string> seen{before};
  auto const expect_new = [&] { EXPECT_TRUE(seen.insert(plan().body_sha256).second); };
  pipeline.command = {"other"};
  expect_new();
  pipeline.environment["A"] = "1";
  expect_new();
  pipeline.mem_limit += 1;
  expect_new();
  image.id = "sha256:5678";
  expect_new();
  give("b.csv");
  expect_new();
  pipeline.timeout = std::chrono::seconds(1);
  expect_new();
  EXPECT_TRUE(seen.insert(plan("01ARZ3NDEKTSV4RRFFQ69G5FAV", 2).body_sha256).second);
}

TEST_F(ContainerPlanTest, is_labelled_with_who_it_belongs_to) {
  auto const made = plan();
  auto const parsed = json::parse(made.body).as_object();
  auto const& labels = parsed.at("Labels").as_object();
  EXPECT_EQ(labels.at(label::instance).as_string(), std::string(32, 'f'));
  EXPECT_EQ(labels.at(label::run_id).as_string(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  EXPECT_EQ(labels.at(label::attempt).as_string(), "1");
  EXPECT_EQ(labels.at(label::pipeline).as_string(), "qc");
  EXPECT_EQ(labels.at(label::spec).as_string(), made.body_sha256);
}

TEST_F(ContainerPlanTest, has_a_name_that_docker_takes) {
  EXPECT_EQ(plan().name, "tidewheel-ffffffff-01ARZ3NDEKTSV4RRFFQ69G5FAV-a1");
  EXPECT_EQ(plan("01ARZ3NDEKTSV4RRFFQ69G5FAV", 12).name, "tidewheel-ffffffff-01ARZ3NDEKTSV4RRFFQ69G5FAV-a12");
  EXPECT_EQ(plan().name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"),
            std::string::npos);
}

TEST_F(ContainerPlanTest, runs_the_image_that_was_inspected) {
  EXPECT_EQ(body().at("Image").as_string(), "sha256:1234");
  image.digest = "registry.example.org/qc@sha256:abcd";
  EXPECT_EQ(body().at("Image").as_string(), "registry.example.org/qc@sha256:abcd");
}

}  // namespace
}  // namespace orchestrator
