#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "contract/docker_engine_fixture.hpp"
#include "docker/container_processes.hpp"
#include "docker/wire.hpp"

namespace contract {

using core::Errc;
using testing::HasSubstr;

TEST_F(DockerEngine, answers_and_agrees_on_a_version) {
  auto const info = call([&] { return engine.ping(); });
  ASSERT_TRUE(info) << info.error().message();
  EXPECT_THAT(info->api_version, testing::StartsWith("1."));
  EXPECT_FALSE(info->engine_version.empty());
  EXPECT_THAT(info->os_arch, HasSubstr("linux/"));
}

TEST_F(DockerEngine, runs_a_container_from_create_to_remove) {
  auto const name = unique_name();
  auto spec = shell("echo out; echo err >&2");
  spec.labels["tidewheel.note"] = "a \"quoted\" label";
  auto const id = create(spec, name);

  auto const before = call([&] { return engine.inspect(name); });
  ASSERT_TRUE(before) << before.error().message();
  EXPECT_EQ(before->id, id);
  EXPECT_EQ(before->name, name);
  EXPECT_EQ(before->status, "created");
  EXPECT_THAT(before->started_at, testing::StartsWith("0001-"));
  EXPECT_EQ(before->labels.at("tidewheel.note"), "a \"quoted\" label");

  ASSERT_TRUE(call([&] { return engine.start(id); }));
  ASSERT_TRUE(call([&] { return engine.wait(id); }));
  auto const after = call([&] { return engine.inspect(id); });
  ASSERT_TRUE(after) << after.error().message();
  EXPECT_EQ(after->status, "exited");
  EXPECT_EQ(after->exit_code, 0);
  EXPECT_THAT(after->finished_at, testing::StartsWith("20"));

  ASSERT_TRUE(call([&] { return engine.remove(id, false); }));
  auto const gone = call([&] { return engine.inspect(id); });
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Errc::not_found);
  EXPECT_TRUE(call([&] { return engine.remove(id, false); })) << "removing what is gone is success";
}

TEST_F(DockerEngine, reports_a_taken_name_as_conflict) {
  auto const name = unique_name();
  create(shell("true"), name);
  auto const again = call([&] { return engine.create(name, docker::to_json(shell("true"))); });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::conflict);
  EXPECT_EQ(again.error().subject, name);
  EXPECT_THAT(again.error().operation, HasSubstr("already in use"));
}

TEST_F(DockerEngine, case_2_of_sixteen_creates_at_once_one_wins_and_the_others_find_it) {
  auto const name = unique_name();
  auto const body = docker::to_json(shell("true"));
  std::vector<std::string> made, found;
  auto one = [&]() -> docker::awaitable<void> {
    auto id = co_await engine.create(name, body);
    if (id) {
      made.push_back(*id);
      co_return;
    }
    EXPECT_EQ(id.error().code, Errc::conflict) << id.error().message();
    // A name is taken before its container can be seen.
    auto seen = co_await engine.inspect(name);
    for (int tries = 0; !seen && tries < 500; ++tries) {
      EXPECT_EQ(seen.error().code, Errc::not_found) << seen.error().message();
      co_await aio::sleep_for(std::chrono::milliseconds(20));
      seen = co_await engine.inspect(name);
    }
    found.push_back(seen ? seen->id : "nothing");
  };
  auto all = [&](aio::TaskGroup& creates) -> docker::awaitable<void> {
    for (int i = 0; i < 16; ++i) creates.spawn(one);
    co_await creates.join();
  };
  call([&] { return aio::with_task_group(all); });
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(found, std::vector<std::string>(15, made.front()));
  EXPECT_TRUE(call([&] { return engine.remove(made.front(), false); }));
}

TEST_F(DockerEngine, reports_a_missing_image_as_not_found) {
  auto const inspected = call([&] { return engine.inspect_image("local/no-such-image:1"); });
  ASSERT_FALSE(inspected);
  EXPECT_EQ(inspected.error().code, Errc::not_found);
  auto spec = shell("true");
  spec.image = "local/no-such-image:1";
  auto const created = call([&] { return engine.create(unique_name(), docker::to_json(spec)); });
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, Errc::not_found);
  EXPECT_EQ(created.error().hint, "pull the image");
}

TEST_F(DockerEngine, reports_a_missing_mount_source_as_invalid) {
  auto spec = shell("true");
  spec.mounts.push_back(docker::BindMount{"/no/such/folder", "/in", true});
  auto const created = call([&] { return engine.create(unique_name(), docker::to_json(spec)); });
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, Errc::invalid) << created.error().message();
}

TEST_F(DockerEngine, tells_what_is_in_an_image) {
  auto const image = call([&] { return engine.inspect_image("local/busybox:1"); });
  ASSERT_TRUE(image) << image.error().message();
  EXPECT_THAT(image->id, testing::StartsWith("sha256:"));
  EXPECT_EQ(image->digest, "") << "an imported image has no registry digest";
  EXPECT_FALSE(image->architecture.empty());
}

TEST_F(DockerEngine, keeps_the_exit_code) {
  EXPECT_EQ(run_to_end(shell("exit 3")).exit_code, 3);
}

TEST_F(DockerEngine, is_the_same_one_as_long_as_it_lives) {
  auto const first = call([&] { return engine.generation(); });
  docker::EngineClient other(http::Endpoint::parse(host()).value());
  auto const second = call([&] { return other.generation(); });
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->token, second->token);
  EXPECT_THAT(first->token, testing::StartsWith("dockerd "));
  ASSERT_TRUE(first->began);
  EXPECT_LT(*first->began, core::SystemClock().wall());
}

TEST_F(DockerEngine, has_processes_where_a_container_runs) {
  auto const id = create(shell("sleep 60"));
  EXPECT_FALSE(docker::any_process_in_container(id));
  call([&] { return engine.start(id); }).value();
  EXPECT_TRUE(docker::any_process_in_container(id));
  call([&] { return engine.kill(id, "KILL"); }).value();
  call([&] { return engine.wait(id); }).value();
  EXPECT_FALSE(docker::any_process_in_container(id));
}

TEST_F(DockerEngine, remembers_what_happened_to_a_container_up_to_its_end) {
  auto const quiet = run_to_end(shell("exit 0"));
  auto const told = call([&] { return engine.history(quiet.id, docker::read_time(quiet.finished_at)); });
  ASSERT_TRUE(told) << told.error().message();
  EXPECT_EQ(std::vector({told->starts, told->kills, told->deaths}), std::vector({1, 0, 1}));

  auto const id = create(shell("trap 'exit 0' TERM; sleep 60 & wait"));
  call([&] { return engine.start(id); }).value();
  call([&] { return engine.kill(id, "WINCH"); }).value();
  call([&] { return engine.stop(id, std::chrono::seconds(10)); }).value();
  auto const stopped = call([&] { return engine.inspect(id); }).value();
  auto const killed = call([&] { return engine.history(id, docker::read_time(stopped.finished_at)); });
  ASSERT_TRUE(killed) << killed.error().message();
  EXPECT_EQ(std::vector({killed->starts, killed->kills, killed->deaths}), std::vector({1, 1, 1}));

  call([&] { return engine.start(id); }).value();
  call([&] { return engine.stop(id, std::chrono::seconds(10)); }).value();
  auto const again = call([&] { return engine.inspect(id); }).value();
  auto const both = call([&] { return engine.history(id, docker::read_time(again.finished_at)); });
  ASSERT_TRUE(both) << both.error().message();
  EXPECT_EQ(std::vector({both->starts, both->deaths}), std::vector({2, 2}))
      << "the first death is not the one asked for";
}

TEST_F(DockerEngine, reports_a_missing_command_as_invalid_at_start) {
  auto spec = shell("true");
  spec.entrypoint = {"/no/such/program"};
  auto const id = create(spec);
  auto const started = call([&] { return engine.start(id); });
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::invalid) << started.error().message();
  EXPECT_THAT(started.error().operation, HasSubstr("/no/such/program"));
  EXPECT_EQ(call([&] { return engine.inspect(id); }).value().status, "created");
}

TEST_F(DockerEngine, stops_a_container_within_its_grace) {
  auto const id = create(shell("trap 'exit 9' TERM; while true; do sleep 0.1; done"));
  ASSERT_TRUE(call([&] { return engine.start(id); }));
  auto const stopped = call([&] { return engine.stop(id, std::chrono::seconds(5)); });
  ASSERT_TRUE(stopped) << stopped.error().message();
  auto const after = call([&] { return engine.inspect(id); }).value();
  EXPECT_EQ(after.status, "exited");
  EXPECT_TRUE(call([&] { return engine.stop(id, std::chrono::seconds(5)); })) << "stopping a stopped one is success";
  auto const killed = call([&] { return engine.kill(id, "KILL"); });
  ASSERT_FALSE(killed);
  EXPECT_EQ(killed.error().code, Errc::conflict) << killed.error().message();
}

TEST_F(DockerEngine, refuses_to_remove_a_running_container_unless_forced) {
  auto const id = create(shell("sleep 60"));
  ASSERT_TRUE(call([&] { return engine.start(id); }));
  auto const refused = call([&] { return engine.remove(id, false); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_TRUE(call([&] { return engine.remove(id, true); }));
}

TEST_F(DockerEngine, says_not_found_for_every_call_on_an_unknown_container) {
  std::string const id = "tidewheel-contract-never-made";
  EXPECT_EQ(call([&] { return engine.start(id); }).error().code, Errc::not_found);
  EXPECT_EQ(call([&] { return engine.wait(id); }).error().code, Errc::not_found);
  EXPECT_EQ(call([&] { return engine.stop(id, std::chrono::seconds(1)); }).error().code, Errc::not_found);
  EXPECT_EQ(call([&] { return engine.kill(id, "TERM"); }).error().code, Errc::not_found);
  EXPECT_EQ(call([&] { return engine.inspect(""); }).error().code, Errc::not_found);
}

TEST_F(DockerEngine, lists_by_label_in_every_state) {
  auto const value = core::random_hex(6);
  auto spec = shell("exit 0");
  spec.labels["tidewheel.contract.list"] = value;
  auto const exited = run_to_end(spec).id;
  auto const fresh = create(spec);
  create(shell("true"));

  auto const list = call([&] { return engine.list("tidewheel.contract.list=" + value); });
  ASSERT_TRUE(list) << list.error().message();
  ASSERT_EQ(list->size(), 2U);
  auto const state_of = [&](std::string const& id) {
    auto const found = std::ranges::find(*list, id, &docker::ContainerSummary::id);
    return found == list->end() ? std::string("missing") : found->state;
  };
  EXPECT_EQ(state_of(exited), "exited");
  EXPECT_EQ(state_of(fresh), "created");
  EXPECT_THAT(list->front().name, testing::StartsWith("tidewheel-contract-"));
  EXPECT_TRUE(call([&] { return engine.list("tidewheel.contract.list=other"); }).value().empty());
}

TEST_F(DockerEngine, drops_capabilities_but_one_and_forbids_new_privileges) {
  auto const id =
      run_to_end(shell("while read l; do case $l in CapEff*|NoNewPrivs*) echo $l;; esac; done </proc/self/status")).id;
  std::string text;
  for (auto const& frame : read_log(id)) text += frame.text;
  EXPECT_THAT(text, HasSubstr("CapEff: 0000000000000002")) << "CAP_DAC_OVERRIDE is bit 1";
  EXPECT_THAT(text, HasSubstr("NoNewPrivs: 1"));
}

TEST_F(DockerEngine, reports_a_pull_that_cannot_work) {
  auto const pulled = call([&] { return engine.pull_image("127.0.0.1:9/nothing/here:1", {}, nullptr); });
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code, Errc::unavailable) << pulled.error().message();
  EXPECT_EQ(pulled.error().subject, "127.0.0.1:9/nothing/here:1");
  auto const nonsense = call([&] { return engine.pull_image("Not A Reference", {}, nullptr); });
  EXPECT_EQ(nonsense.error().code, Errc::invalid);
}

TEST_F(DockerEngine, wait_is_cancelled_with_its_coroutine_and_the_engine_goes_on) {
  auto const id = create(shell("sleep 60"));
  ASSERT_TRUE(call([&] { return engine.start(id); }));
  EXPECT_THROW(support::run_coro(
                   io, [&] { return engine.wait(id); }, std::chrono::milliseconds(300)),
               std::runtime_error);
  EXPECT_EQ(call([&] { return engine.inspect(id); }).value().status, "running");
}

TEST(DockerEngineAbsent, is_unavailable_with_a_hint) {
  docker::EngineClient engine(http::Endpoint::unix_socket("/tmp/tidewheel-no-such.sock"));
  auto const info = support::run_coro([&] { return engine.ping(); });
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Errc::unavailable);
  EXPECT_THAT(info.error().hint, HasSubstr("start dockerd"));
}

}  // namespace contract
