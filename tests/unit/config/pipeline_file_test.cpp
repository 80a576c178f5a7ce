#include "config/pipeline_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "unit/config/corpus.hpp"

namespace {

using config::load_pipeline;
using domain::Value;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

std::string const minimal = "version: 1\nname: a\nimage: debian:12\nwatch: {path: /srv/data, existing: skip}\n";

domain::PipelineSpec spec_of(std::string const& text) {
  auto loaded = load_pipeline(text, "test.yaml");
  EXPECT_TRUE(loaded.spec) << config::render(loaded.diagnostics);
  return loaded.spec.value_or(domain::PipelineSpec{});
}

std::string errors_of(std::string const& text) {
  return config::render(load_pipeline(text, "test.yaml").diagnostics);
}

TEST(PipelineFile, fills_in_every_default) {
  auto const spec = spec_of(minimal);
  EXPECT_EQ(spec.name, "a");
  EXPECT_TRUE(spec.enabled);
  ASSERT_EQ(spec.watch.size(), 1U);
  EXPECT_EQ(spec.watch[0].path, "/srv/data");
  EXPECT_THAT(spec.watch[0].files, ElementsAre("**"));
  EXPECT_TRUE(spec.watch[0].on_created && spec.watch[0].on_modified && spec.watch[0].skip_same_content);
  EXPECT_EQ(spec.watch[0].settle, 2s);
  EXPECT_EQ(spec.mem_limit, std::int64_t{2} << 30);
  EXPECT_EQ(spec.network_mode, "none");
  EXPECT_THAT(spec.retries.exit_codes, ElementsAre(75));
  EXPECT_TRUE(spec.retries.interrupted);
  EXPECT_FALSE(spec.entrypoint);
}

TEST(PipelineFile, reads_every_key) {
  auto const spec = spec_of(corpus::read(std::filesystem::path(TIDEWHEEL_CORPUS) / "good/everything.yaml"));
  EXPECT_EQ(spec.title, "Sensor quality control");
  EXPECT_EQ(spec.description, "Flags outliers in each delivered sensor file.\n");
  EXPECT_THAT(spec.tags, ElementsAre("sensors", "qc"));
  auto const& watch = spec.watch.at(0);
  EXPECT_THAT(watch.files, ElementsAre("**/*.csv", "**/*.{tsv,txt}"));
  EXPECT_EQ(watch.existing.kind, domain::Existing::Kind::since);
  EXPECT_EQ(core::to_rfc3339(watch.existing.since), "2026-11-01T00:00:00.000Z");
  EXPECT_EQ(watch.mount, domain::Mount::folder);
  EXPECT_FALSE(watch.skip_same_content);
  EXPECT_THAT(*spec.entrypoint, ElementsAre("Rscript", "/app/qc.R"));
  EXPECT_EQ(spec.command.at(5), "5") << "a number stays as it is written";
  EXPECT_EQ(spec.environment.at("LEVEL"), "010") << "no octal";
  EXPECT_EQ(spec.environment.at("VERBOSE"), "true");
  ASSERT_EQ(spec.volumes.size(), 3U);
  EXPECT_EQ(spec.volumes[1].target, "/more");
  EXPECT_EQ(spec.volumes[2].source, "/srv/with:colon");
  EXPECT_EQ(spec.mem_limit, std::int64_t{2} << 30);
  EXPECT_EQ(spec.cpus, 1.5);
  EXPECT_EQ(spec.pids_limit, 100);
  EXPECT_EQ(spec.user, "1000:1000");
  EXPECT_THAT(spec.group_add, ElementsAre("data", "2000"));
  EXPECT_EQ(spec.timeout, 10min);
  EXPECT_THAT(spec.retries.exit_codes, ElementsAre(75, 3));
  EXPECT_EQ(spec.max_running, 4);
  EXPECT_EQ(spec.priority, -5);
}

TEST(PipelineFile, types_parameters_outputs_and_artifacts) {
  auto const spec = spec_of(corpus::read(std::filesystem::path(TIDEWHEEL_CORPUS) / "good/everything.yaml"));
  ASSERT_EQ(spec.params.size(), 6U);
  EXPECT_EQ(spec.params[0].default_value, Value{2.5});
  EXPECT_EQ(spec.params[0].max, 10.0);
  EXPECT_EQ(spec.params[1].choices.size(), 3U);
  EXPECT_EQ(spec.params[2].default_value, Value{std::int64_t{1}});
  EXPECT_EQ(spec.params[3].default_value, Value{false});
  EXPECT_EQ(spec.params[4].default_value, Value{std::string(R"({"a": [1, 2.5, "x", null]})")});
  EXPECT_EQ(spec.params[5].default_value, Value{}) << "each run has to give it";
  ASSERT_EQ(spec.outputs.size(), 3U);
  EXPECT_EQ(spec.outputs[1].alert_above, 50.0);
  EXPECT_EQ(spec.outputs[2].unit, "celsius");
  EXPECT_FALSE(spec.outputs[2].required);
  ASSERT_EQ(spec.artifacts.size(), 3U);
  EXPECT_EQ(spec.artifacts[0].role, domain::ArtifactRole::report);
  EXPECT_TRUE(spec.artifacts[0].required);
  EXPECT_EQ(spec.artifacts[2].role, domain::ArtifactRole::table) << "by its name";
}

TEST(PipelineFile, retries_if_replaces_the_default) {
  auto const spec = spec_of(minimal + "retries: {if: [3]}\n");
  EXPECT_THAT(spec.retries.exit_codes, ElementsAre(3));
  EXPECT_FALSE(spec.retries.interrupted);
  EXPECT_FALSE(spec.retries.oom || spec.retries.timeout);
}

TEST(PipelineFile, retries_if_knows_what_no_exit_code_tells) {
  auto const spec = spec_of(minimal + "retries: {max: 5, backoff: 1s, if: [oom, 3, timeout]}\n");
  EXPECT_TRUE(spec.retries.oom && spec.retries.timeout);
  EXPECT_FALSE(spec.retries.interrupted);
  EXPECT_THAT(spec.retries.exit_codes, ElementsAre(3));
}

TEST(PipelineFile, times_may_have_a_zone) {
  auto const since = [](std::string const& text) {
    return core::to_rfc3339(
        spec_of("version: 1\nname: a\nimage: x\nwatch: {path: /a, existing: {since: " + text + "}}\n")
            .watch.at(0)
            .existing.since);
  };
  EXPECT_EQ(since("2026-11-01T06:00:00Z"), "2026-11-01T06:00:00.000Z");
  EXPECT_EQ(since("2026-11-01T06:00:00+01:30"), "2026-11-01T04:30:00.000Z");
  EXPECT_EQ(since("2026-11-01 06:00:00.5-02:00"), "2026-11-01T08:00:00.000Z");
  for (auto const* bad : {"2026-02-30", "2026-13-01", "20261101", "2026-11-01T25:00:00Z", "2026-11-01T06:00:00",
                          "2026-11-01Z", "-026-11-01"})
    EXPECT_THAT(
        errors_of(std::string("version: 1\nname: a\nimage: x\nwatch: {path: /a, existing: {since: ") + bad + "}}\n"),
        HasSubstr("expected a date or a time"))
        << bad;
}

TEST(PipelineFile, tells_its_name_even_if_the_rest_is_wrong) {
  auto const loaded = load_pipeline("name: sensor-qc\nversion: 2\n", "a.yaml");
  EXPECT_FALSE(loaded.spec);
  EXPECT_EQ(loaded.name, "sensor-qc");
  EXPECT_EQ(load_pipeline("name: Bad Name\n", "a.yaml").name, "");
}

TEST(PipelineFile, a_templated_parameter_may_stand_below_its_use) {
  EXPECT_TRUE(
      load_pipeline(minimal + "command: [\"${params.z}\"]\nparams: {z: {type: int, default: 1}}\n", "a.yaml").spec);
}

TEST(PipelineFile, a_wrong_parameter_is_one_error_not_two) {
  auto const loaded = load_pipeline(minimal + "command: [\"${params.z}\"]\nparams: {z: 3}\n", "a.yaml");
  EXPECT_EQ(loaded.diagnostics.size(), 1U) << config::render(loaded.diagnostics);
}

TEST(PipelineFile, refuses_images_that_docker_would) {
  auto const with = [](std::string const& image) {
    return "version: 1\nname: a\nwatch: {path: /a, existing: skip}\nimage: \"" + image + "\"\n";
  };
  for (auto const* good :
       {"debian", "debian:12", "r-base:4.4.2", "ds/qc", "ghcr.io/a/b/c:1", "localhost:5000/x", "Host:5000/x",
        "a__b/c.d-e:_T.1", "x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"})
    EXPECT_TRUE(load_pipeline(with(good), "a.yaml").spec) << good;
  for (auto const* bad : {"", "debian:", ":12", "a b", "a//b", "/a", "a/", "a:b:c", "x@sha256:12", "-a",
                          "${params.image}", "ds/Qc", "a@b"})
    EXPECT_FALSE(load_pipeline(with(bad), "a.yaml").spec) << bad;
}

TEST(PipelineFile, an_error_in_a_quoted_text_with_escapes_is_still_found_in_its_line) {
  auto const loaded = load_pipeline(minimal + "command: [\"a\\tb\\u00e4 ${nope}\"]\n", "a.yaml");
  ASSERT_EQ(loaded.diagnostics.size(), 1U);
  EXPECT_EQ(loaded.diagnostics[0].line, 5U);
  EXPECT_EQ(loaded.diagnostics[0].column, 23U);
}

TEST(PipelineFile, takes_policy_into_account_at_the_offending_key) {
  config::Policy policy;
  policy.images = {"debian:*"};
  auto const loaded = load_pipeline(minimal + "network_mode: bridge\nvolumes: [\"/srv/ref:/ref\"]\n", "a.yaml", policy);
  EXPECT_FALSE(loaded.spec);
  ASSERT_EQ(loaded.diagnostics.size(), 2U);
  EXPECT_EQ(loaded.diagnostics[0].line, 5U);
  EXPECT_EQ(loaded.diagnostics[0].column, 15U);
  EXPECT_EQ(loaded.diagnostics[1].line, 6U);
  EXPECT_TRUE(load_pipeline(minimal, "a.yaml", policy).spec);
}

TEST(PipelineFile, hostile_texts_take_bounded_time) {
  auto const megabyte = [](std::string const& piece) {
    std::string text;
    while (text.size() + piece.size() < 1'000'000) text += piece;
    return text;
  };
  auto const start = std::clock();  // CPU, not the time that others took
  for (auto const* piece : {"{{", "${x}", "$", "{{a", "${"})
    (void)load_pipeline(minimal + "command: ['" + megabyte(piece) + "']\n", "a.yaml");
  for (auto const* piece : {"{a,b}", "[", "{", "**/", "\\"})
    (void)load_pipeline("watch: {path: /a, existing: skip, files: '" + megabyte(piece) + "'}\n", "a.yaml");
  std::string keys = minimal;
  for (int i = 0; i < 2'000; ++i) keys += "unknown_key_number_" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(load_pipeline(keys, "a.yaml").diagnostics.size(), 101U);
  EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 20) << "with sanitizers; a tenth of it without";
}

TEST(PipelineFile, the_documented_examples_load) {
  for (auto const& file : std::filesystem::recursive_directory_iterator(TIDEWHEEL_EXAMPLES)) {
    if (file.path().extension() != ".yaml") continue;
    EXPECT_FALSE(spec_of(corpus::read(file.path())).name.empty()) << file.path();
  }
}

TEST(PipelineFile, the_example_that_is_shipped_loads) {
  auto const text = corpus::read(std::filesystem::path(TIDEWHEEL_CONFIG) / "pipelines/sensor-qc.yaml.example");
  EXPECT_EQ(spec_of(text).name, "sensor-qc");
}

TEST(PipelineFile, the_only_connection_need_not_be_named_and_an_unknown_one_is_shown_where_it_stands) {
  auto const text = [](std::string const& connection) {
    return "version: 1\nname: a\nimage: debian:12\nwatch:\n  s3: s3://lab-data/in/\n" + connection +
           "  existing: skip\n";
  };
  config::Policy policy;
  policy.connections = {"acme"};
  auto const named = config::load_pipeline(text(""), "a.yaml", policy);
  ASSERT_TRUE(named.spec) << config::render(named.diagnostics);
  EXPECT_EQ(named.spec->watch.at(0).s3->connection, "acme");
  EXPECT_EQ(named.spec->watch.at(0).s3->prefix, "in/");
  EXPECT_EQ(named.spec->watch.at(0).settle.count(), 0);
  auto const wrong = config::load_pipeline(text("  connection: amce\n"), "a.yaml", policy);
  EXPECT_FALSE(wrong.spec);
  auto const said = config::render(wrong.diagnostics);
  EXPECT_THAT(said, testing::HasSubstr("a.yaml:6:15: error: there is no connection 'amce'"));
  EXPECT_THAT(said, testing::HasSubstr("did you mean 'acme'?"));
}

}  // namespace
