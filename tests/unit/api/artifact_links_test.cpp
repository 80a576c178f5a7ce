#include "api/artifact_links.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
constexpr core::Wall now{1'795'341'600s};  // 2026-11-22T10:00:00Z

/// "/a/WHOSE/RIGHT/NAME" taken apart.
std::pair<std::string, std::string> parts(std::string const& link) {
  auto const slash = link.find('/', 3);
  return {link.substr(3, slash - 3), link.substr(slash + 1, link.find('/', slash + 1) - slash - 1)};
}

TEST(ArtifactLinks, open_their_attempt_until_they_expire) {
  api::ArtifactLinks const links("key");
  auto const link = links.link("01JRUN", 2, "plots/a b.png", now);
  EXPECT_TRUE(link.ends_with("/plots/a%20b.png")) << link;
  auto const [whose, right] = parts(link);
  EXPECT_EQ(whose, "01JRUN.2");
  EXPECT_TRUE(links.opens(whose, right, now));
  EXPECT_TRUE(links.opens(whose, right, now + 12h));
  EXPECT_FALSE(links.opens(whose, right, now + 24h));
}

TEST(ArtifactLinks, keep_their_address_for_hours) {
  api::ArtifactLinks const links("key");
  EXPECT_EQ(links.folder("01JRUN", 1, now), links.folder("01JRUN", 1, now + 1h));
}

TEST(ArtifactLinks, open_nothing_else) {
  api::ArtifactLinks const links("key");
  auto const [whose, right] = parts(links.link("01JRUN", 1, "x", now));
  EXPECT_FALSE(links.opens("01JRUN.2", right, now));
  EXPECT_FALSE(links.opens("01JOTHER.1", right, now));
  EXPECT_FALSE(api::ArtifactLinks("other").opens(whose, right, now));
  auto const later = std::to_string(std::stoll(right) + 1'000'000) + right.substr(right.find('-'));
  EXPECT_FALSE(links.opens(whose, later, now));
  for (auto const* const text : {"", "-", "1-", "9999999999", "9999999999-00000000000000000000000000000000"})
    EXPECT_FALSE(links.opens(whose, text, now)) << text;
  EXPECT_FALSE(links.opens(whose, right.substr(0, right.size() - 1), now));
}

TEST(ArtifactLinks, have_another_key_in_each_life_of_the_daemon) {
  auto const [whose, right] = parts(api::ArtifactLinks().link("01JRUN", 1, "x", now));
  EXPECT_FALSE(api::ArtifactLinks().opens(whose, right, now));
}

}  // namespace
