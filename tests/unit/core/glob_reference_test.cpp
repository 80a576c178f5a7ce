#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/glob.hpp"

/// A slow matcher that tries everything, written from the sentence in glob.hpp and not from its code.
namespace {

using View = std::string_view;

bool one_of(View set, char c) {
  bool const negated = set.starts_with('!');
  if (negated) set.remove_prefix(1);
  return (set.find(c) != View::npos) != negated;  // the generator makes no ranges here
}

bool segment(View p, View s) {
  if (p.empty()) return s.empty();
  if (p[0] == '*') return segment(p.substr(1), s) || (!s.empty() && segment(p, s.substr(1)));
  if (s.empty()) return false;
  if (p[0] == '?') return segment(p.substr(1), s.substr(1));
  if (p[0] == '\\') return p[1] == s[0] && segment(p.substr(2), s.substr(1));
  if (p[0] == '[') {
    auto const end = p.find(']');
    return one_of(p.substr(1, end - 1), s[0]) && segment(p.substr(end + 1), s.substr(1));
  }
  return p[0] == s[0] && segment(p.substr(1), s.substr(1));
}

std::vector<View> split(View text) {
  std::vector<View> parts;
  for (std::size_t start = 0;;) {
    auto const slash = text.find('/', start);
    parts.push_back(text.substr(start, slash == View::npos ? slash : slash - start));
    if (slash == View::npos) return parts;
    start = slash + 1;
  }
}

bool path(std::vector<View> const& p, std::size_t pi, std::vector<View> const& s, std::size_t si) {
  if (pi == p.size()) return si == s.size();
  if (p[pi] == "**") return path(p, pi + 1, s, si) || (si < s.size() && path(p, pi, s, si + 1));
  return si < s.size() && segment(p[pi], s[si]) && path(p, pi + 1, s, si + 1);
}

bool plain(View p, View key) {
  if (p.empty()) return false;
  if (p != "**" && p.find('/') == View::npos) return segment(p, split(key).back());
  if (p[0] == '/') p.remove_prefix(1);
  return path(split(p), 0, split(key), 0);
}

/// Innermost group first, where the code under test takes the outermost.
bool reference(std::string const& p, View key) {
  auto const open = p.rfind('{');
  if (open == std::string::npos) return plain(p, key);
  auto const close = p.find('}', open);
  for (std::size_t start = open + 1;;) {
    auto const end = std::min(p.find(',', start), close);
    if (reference(p.substr(0, open) + p.substr(start, end - start) + p.substr(close + 1), key)) return true;
    if (end == close) return false;
    start = end + 1;
  }
}

class Generator {
 public:
  std::string pattern() {
    std::string text = chance(8) ? "/" : "";
    for (int n = pick(4); n >= 0; --n) {
      text += chance(4) ? "**" : piece(2);
      if (n > 0) text += "/";
    }
    return text.ends_with('/') ? text + "a" : text;
  }
  std::string key() {
    std::string text;
    for (int n = pick(4); n >= 0; --n) {
      for (int letters = pick(3); letters >= 0; --letters) text += "ab*"[pick(20) == 0 ? 2 : pick(2)];
      if (n > 0) text += "/";
    }
    return text;
  }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  bool chance(int in) { return pick(in) == 0; }
  std::string piece(int depth) {
    std::string text;
    for (int n = pick(3); n >= 0; --n) {
      switch (pick(depth > 0 ? 9 : 8)) {
        case 0:
          text += "*";
          break;
        case 1:
          text += "?";
          break;
        case 2:
          text += "[ab]";
          break;
        case 3:
          text += "[!a]";
          break;
        case 4:
          text += "\\*";
          break;
        case 5:
        case 6:
          text += "a";
          break;
        case 7:
          text += "b";
          break;
        default:
          text += "{" + (chance(4) ? "" : piece(depth - 1)) + (chance(5) ? "/" : "") + "," + piece(depth - 1) + "}";
      }
    }
    return text;
  }
  std::mt19937 random_{20261122};
};

TEST(GlobReference, agrees_with_a_matcher_that_tries_everything) {
  Generator generator;
  int matched = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto const pattern = generator.pattern();
    auto const glob = core::Glob::compile(pattern);
    if (!glob) {
      ASSERT_NE(glob.error().operation.find("256"), std::string::npos) << pattern << ": " << glob.error().message();
      continue;
    }
    for (int k = 0; k < 4; ++k) {
      auto const key = generator.key();
      ASSERT_EQ(glob->matches(key), reference(pattern, key)) << "'" << pattern << "' on '" << key << "'";
      matched += glob->matches(key) ? 1 : 0;
    }
  }
  EXPECT_GT(matched, 8'000);  // the generator has to hit often enough to prove something
}

}  // namespace
