#include "runner_world.hpp"

namespace orchestrator {
namespace {

TEST_F(RunnerTest, holds_what_the_policy_does_not_allow_any_more) {
  spec.retries.backoff = 1ms;
  begin();
  config.policy.images = {"other:*"};
  auto const no = land("a.csv");
  until_state(no, "held");
  EXPECT_EQ(reason(no), "policy");
  EXPECT_NE(detail(no).find("does not allow the image 'qc:1'"), std::string::npos) << detail(no);
  EXPECT_EQ(attempts(no), 0);
  config.policy.images = {"*"};
  clock.ahead = 1h;
  life->scheduler().wake();
  until_over(no);
  expect_published(no);
}

TEST_F(RunnerTest, holds_what_links_lead_out_of_the_policy) {
  std::filesystem::create_directory(dir / "elsewhere");
  std::filesystem::create_directory_symlink(dir / "elsewhere", dir / "link");
  spec.volumes = {{(dir / "link").string(), "/ref"}};
  config.policy.volumes = {(dir / "link").string()};
  begin();
  auto const good = land("a.csv");
  until_over(good);
  expect_published(good);  // the link is in the policy: what it leads to is meant
  config.policy.volumes = {dir.string() + "/l*"};
  auto const no = land("b.csv");
  until_state(no, "held");
  EXPECT_EQ(reason(no), "policy");
  EXPECT_NE(detail(no).find("leads to '" + (dir / "elsewhere").string()), std::string::npos) << detail(no);
}

}  // namespace
}  // namespace orchestrator
