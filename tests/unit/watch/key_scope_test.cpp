#include "watch/key_scope.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "core/glob.hpp"

namespace {

using Keys = std::set<std::string>;
using Found = std::optional<std::string>;

std::string const highest = "\xf4\x8f\xbf\xbf";

bool matches(std::vector<core::Glob> const& globs, std::string const& key) {
  return core::any_match(globs, key);
}

std::vector<core::Glob> compiled(std::vector<std::string> const& patterns) {
  std::vector<core::Glob> globs;
  for (auto const& pattern : patterns) {
    auto glob = core::Glob::compile(pattern);
    EXPECT_TRUE(glob) << pattern;
    if (glob) globs.push_back(*glob);
  }
  return globs;
}

/// What a listing that jumps meets, in pages of `page` keys, and how many pages it asks for.
struct Walk {
  std::vector<std::string> met;
  int pages = 0;
};

Walk walk(watch::KeyScope const& scope, Keys const& keys, int page) {
  Walk walk;
  std::string after;
  for (;;) {
    auto const start = scope.next(after);
    if (!start) return walk;
    ++walk.pages;
    auto key = keys.upper_bound(*start);
    if (key == keys.end()) return walk;
    for (int i = 0; i < page && key != keys.end(); ++i, ++key) {
      walk.met.push_back(*key);
      after = *key;
    }
  }
}

TEST(KeyScope, S29_lists_only_the_prefixes_that_can_match) {
  Keys keys;
  for (int station = 0; station < 20; ++station)
    for (int year = 2000; year < 2030; ++year)
      for (int file = 0; file < 50; ++file) keys.insert(fmt::format("data/s{:02}/{}/{:03}.csv", station, year, file));
  for (int i = 0; i < 5000; ++i) keys.insert(fmt::format("backup/{:05}", i));
  for (int i = 0; i < 5000; ++i) keys.insert(fmt::format("web/{:05}", i));

  auto const found = walk(watch::KeyScope({"data/*/2026/*.csv"}), keys, 10);

  auto const globs = compiled({"data/*/2026/*.csv"});
  EXPECT_EQ(std::count_if(found.met.begin(), found.met.end(), [&](auto const& key) { return matches(globs, key); }),
            20 * 50);
  // Of 40,000 keys in 4,000 pages: per station one page to find it, five of its 2026, one that finds its end.
  EXPECT_LE(found.pages, 20 * 7 + 2);
  EXPECT_TRUE(std::none_of(found.met.begin(), found.met.end(), [](auto const& key) { return key[0] == 'b'; }));
}

TEST(KeyScope, jumps_to_just_before_a_literal) {
  watch::KeyScope const scope({"data/x/*.csv"});
  EXPECT_EQ(scope.next(""), "data/x." + highest);  // all that sorts before data/x/
  EXPECT_EQ(scope.next("data/w/1"), "data/x." + highest);
  EXPECT_EQ(scope.next("data/x/1.csv"), "data/x/1.csv");
  EXPECT_EQ(scope.next("data/y"), Found());
}

TEST(KeyScope, jumps_to_the_literal_head_of_a_wildcard) {
  watch::KeyScope const scope({"in/f*.csv"});
  EXPECT_EQ(scope.next("in/a"), "in/e" + highest);
  EXPECT_EQ(scope.next("in/f1.csv"), "in/f1.csv");
  EXPECT_EQ(scope.next("in/f1/deeper"), "in/f1/" + highest);
  EXPECT_EQ(scope.next("in/g"), Found());
}

TEST(KeyScope, leaves_a_folder_that_cannot_match) {
  watch::KeyScope const scope({"[ab]*/2026/x"});
  EXPECT_EQ(scope.next("a1/2025/z"), "a1/2026/w" + highest);
  EXPECT_EQ(scope.next("a1/2026/x"), "a1/" + highest);
  EXPECT_EQ(scope.next("c/1"), "c/" + highest);
}

TEST(KeyScope, stays_where_any_depth_can_match) {
  for (auto const* pattern : {"**", "*.csv", "**/x.csv", "*/**/x"})
    for (auto const* after : {"", "a", "a/b/c", "zz/y"}) EXPECT_EQ(watch::KeyScope({pattern}).next(after), after);
  EXPECT_EQ(watch::KeyScope({"a/**"}).next("b"), Found());
  EXPECT_EQ(watch::KeyScope({"a/**"}).next(""), "`" + highest);  // `a` matches, too
}

TEST(KeyScope, takes_the_nearest_of_all_globs) {
  watch::KeyScope const scope({"c/x", "{a,e}/x"});
  EXPECT_EQ(scope.next(""), "a/w" + highest);
  EXPECT_EQ(scope.next("a/x"), "c/w" + highest);
  EXPECT_EQ(scope.next("d"), "e/w" + highest);
  EXPECT_EQ(scope.next("e/x"), Found());
}

TEST(KeyScope, stays_with_a_glob_that_is_not_understood) {
  EXPECT_EQ(watch::KeyScope({"a/x", "b/[x"}).next("zz"), "zz");
  EXPECT_EQ(watch::KeyScope({"a/\xff"}).next("zz"), "zz");
  EXPECT_EQ(watch::KeyScope({}).next(""), Found());
}

TEST(KeyScope, asks_for_no_control_characters) {
  EXPECT_EQ(watch::KeyScope({"a/ *"}).next(""), "a/");
  EXPECT_EQ(watch::KeyScope({"a/\xc3\xa9"}).next(""), "a/");
}

/// Random globs over random small key sets, judged by matching every key.
class KeyScopeOracle {
 public:
  explicit KeyScopeOracle(unsigned seed) : random_(seed) {}

  void judge() {
    std::vector<std::string> patterns(1 + below(3));
    for (auto& pattern : patterns) pattern = joined(pattern_parts);
    patterns.erase(
        std::remove_if(patterns.begin(), patterns.end(), [](auto const& p) { return !core::Glob::compile(p); }),
        patterns.end());
    SCOPED_TRACE(fmt::format("{}", fmt::join(patterns, "  ")));
    auto const globs = compiled(patterns);
    watch::KeyScope const scope(patterns);
    Keys keys;
    for (int i = 0; i < 60; ++i) keys.insert(joined(key_parts));
    keys.erase("");
    judge_places(scope, globs, keys);
    auto const found = walk(scope, keys, 1 + static_cast<int>(below(4)));
    skipped_ += keys.size() - found.met.size();
    for (auto const& key : keys) {
      if (!matches(globs, key)) continue;
      ++matched_;
      EXPECT_TRUE(std::binary_search(found.met.begin(), found.met.end(), key)) << "not met: " << key;
    }
  }

  [[nodiscard]] std::size_t skipped() const { return skipped_; }
  [[nodiscard]] std::size_t matched() const { return matched_; }

 private:
  using Parts = std::vector<std::string>;
  inline static Parts const key_parts{"a",    "b", "ab", "a!", "a0", "", "2026", "é", "a" + std::string(1, '\x01'),
                                      highest};
  inline static Parts const pattern_parts{"a",   "b",  "ab",    "*", "**", "a*",   "?",   "[ab]",   "{a,b/ab}",
                                          "\\a", "*b", "[!a]*", "é", "é*", "2026", "a**", "{a/,b}", "a!"};

  void judge_places(watch::KeyScope const& scope, std::vector<core::Glob> const& globs, Keys const& keys) {
    Found before = "";
    for (auto const& after : keys) {
      auto const start = scope.next(after);
      EXPECT_TRUE(!start || (before && *start >= *before)) << "not monotone at " << after;
      before = start;
      if (start) {
        EXPECT_GE(*start, after);
        EXPECT_EQ(scope.next(*start), start) << "not idempotent at " << after;
      }
      for (auto key = keys.upper_bound(after); key != keys.end() && (!start || *key <= *start); ++key)
        EXPECT_FALSE(matches(globs, *key)) << "from " << after << " jumped over " << *key;
    }
  }

  std::string joined(Parts const& parts) {
    std::string text = parts[below(parts.size())];
    for (auto more = below(4); more > 0; --more) text += '/' + parts[below(parts.size())];
    return text;
  }
  std::size_t below(std::size_t n) { return random_() % n; }

  std::mt19937 random_;
  std::size_t skipped_ = 0, matched_ = 0;
};

TEST(KeyScope, never_jumps_over_a_key_that_matches) {
  KeyScopeOracle oracle(29);
  for (int i = 0; i < 1'500 && !HasFailure(); ++i) oracle.judge();
  EXPECT_GT(oracle.skipped(), 10'000U);
  EXPECT_GT(oracle.matched(), 5'000U);
}

}  // namespace
