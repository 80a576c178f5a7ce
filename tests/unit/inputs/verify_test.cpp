#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/sha256.hpp"
#include "unit/inputs/source_folder.hpp"

namespace inputs_test {

namespace fs = std::filesystem;
using inputs::verify_input;
using Outcome = inputs::Verified::Outcome;

TEST(Verify, gives_the_hash_of_an_unchanged_file_and_keeps_it_open) {
  SourceFolder source;
  source.write("a", "hello");
  auto const verified = verify_input(source.root(), "a", source.version("a"));
  ASSERT_EQ(verified.outcome, Outcome::matches);
  EXPECT_EQ(core::to_hex(verified.hash), core::sha256_hex("hello"));
  ASSERT_TRUE(verified.input);
  EXPECT_EQ(verified.version, verified.input->version);
}

TEST(Verify, sees_a_change_since_it_was_committed) {
  SourceFolder source;
  source.write("a", "hello");
  auto const known = source.version("a");
  source.write("a", "hello again");
  auto const verified = verify_input(source.root(), "a", known);
  EXPECT_EQ(verified.outcome, Outcome::changed);
  EXPECT_EQ(verified.version, source.version("a"));
}

TEST(Verify, sees_that_it_is_gone) {
  SourceFolder source;
  source.write("a", "hello");
  auto const known = source.version("a");
  fs::remove(source.path("a"));
  EXPECT_EQ(verify_input(source.root(), "a", known).outcome, Outcome::gone);
}

TEST(Verify, lets_the_content_decide_when_only_ctime_differs) {
  SourceFolder source;
  source.write("a", "hello");
  auto known = source.version("a");
  --known.ctime_ns;  // as after a chmod
  EXPECT_EQ(verify_input(source.root(), "a", known).outcome, Outcome::changed);
  EXPECT_EQ(verify_input(source.root(), "a", known, core::sha256("hello")).outcome, Outcome::matches);
  EXPECT_EQ(verify_input(source.root(), "a", known, core::sha256("other")).outcome, Outcome::changed);
}

/// What may happen to a file between its hash and the second look.
TEST(Verify, notices_whatever_happens_while_it_hashes) {
  struct Case {
    char const* what;
    Outcome expected;
    std::function<void(SourceFolder const&)> happening;
  };
  std::vector<Case> const cases{
      {"nothing", Outcome::matches, [](auto const&) {}},
      {"appended", Outcome::changed, [](auto const& s) { std::ofstream(s.path("a"), std::ios::app) << "!"; }},
      {"replaced", Outcome::changed,
       [](auto const& s) { s.write("b", "hello"), fs::rename(s.path("b"), s.path("a")); }},
      {"made anew", Outcome::changed, [](auto const& s) { fs::remove(s.path("a")), s.write("a", "hello"); }},
      {"removed", Outcome::gone, [](auto const& s) { fs::remove(s.path("a")); }},
      {"chmod", Outcome::changed, [](auto const& s) { ::chmod(s.path("a").c_str(), 0604); }},
      {"became a link", Outcome::unreadable,
       [](auto const& s) { fs::rename(s.path("a"), s.path("b")), fs::create_symlink("b", s.path("a")); }},
      {"root lost", Outcome::unreadable, [](auto const& s) { fs::rename(s.root(), s.root() + ".away"); }},
  };
  for (auto const& [what, expected, happening] : cases) {
    SourceFolder source;
    source.write("a", "hello");
    auto const verified =
        verify_input(source.root(), "a", source.version("a"), std::nullopt, [&, &act = happening] { act(source); });
    EXPECT_EQ(verified.outcome, expected) << what;
    EXPECT_EQ(verified.error.has_value(), expected == Outcome::gone || expected == Outcome::unreadable) << what;
    fs::remove_all(source.root() + ".away");
  }
}

TEST(Verify, tells_unreadable_from_gone) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become someone else";
  SourceFolder source;
  source.write("a", "hello");
  ::chmod(source.path("a").c_str(), 0600);
  auto const known = source.version("a");
  auto const said = as_nobody([&] {
    auto const verified = verify_input(source.root(), "a", known);
    return verified.outcome == Outcome::unreadable ? verified.error->message() : std::string("not unreadable");
  });
  EXPECT_THAT(said, testing::HasSubstr("mode 0600"));
}

}  // namespace inputs_test
