#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "config/daemon_config.hpp"
#include "config/pipeline_file.hpp"
#include "domain/spec_json.hpp"
#include "unit/config/corpus.hpp"

namespace {

/// Changes a few bytes, cuts, doubles or splices: enough to get past the parser and into every reader.
class Mutator {
 public:
  explicit Mutator(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

  std::string next() {
    auto text = pick();
    for (auto rounds = below(3) + 1; rounds > 0 && !text.empty(); --rounds) mutate(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  std::string const& pick() { return seeds_[below(seeds_.size())]; }

  void mutate(std::string& text) {
    static constexpr std::string_view tokens[] = {
        "{",        "}",         "[",      "]",    ": ",   "- ",
        "&a ",      "*a",        "!!str ", "\"",   "'",    "|\n",
        ">\n",      "\n",        "\t",     "${",   "}}",   "{{",
        "#",        "---\n",     "...\n",  "? ",   "<<: ", "%YAML 1.2\n",
        "0",        "~",         "\\",     "\xc3", "\xff", "99999999999999999999",
        "-1",       "1e999",     "\r",     "@",    "`",    "watch: ",
        "params: ", "existing: "};
    auto const at = below(text.size());
    switch (below(6)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, below(20) + 1);
        break;
      case 2:
        text.insert(at, tokens[below(std::size(tokens))]);
        break;
      case 3:
        text.insert(at, text.substr(below(text.size()), below(80)));
        break;
      case 4:
        text.resize(at);
        break;
      default: {
        auto const& other = pick();
        text = text.substr(0, at) + (other.empty() ? other : other.substr(below(other.size())));
      }
    }
  }

  std::vector<std::string> seeds_;
  std::mt19937 random_{20261122};  // fixed: a failure can be run again
};

TEST(Mutation, ten_thousand_broken_files_do_no_harm) {
  std::vector<std::string> seeds;
  for (auto const& path : corpus::files("bad")) seeds.push_back(corpus::read(path));
  for (auto const& path : corpus::files("good"))
    seeds.insert(seeds.end(), 8, corpus::read(path));  // as many as bad ones
  seeds.push_back(corpus::read(std::filesystem::path(TIDEWHEEL_CONFIG) / "tidewheeld.yaml"));
  Mutator mutator(std::move(seeds));
  std::size_t accepted = 0;
  auto slowest = std::chrono::steady_clock::duration::zero();
  for (int i = 0; i < 10'000; ++i) {
    auto const text = mutator.next();
    SCOPED_TRACE(text);
    auto const start = std::chrono::steady_clock::now();
    auto const loaded = config::load_pipeline(text, "mutant.yaml", config::Policy{});
    (void)config::load_daemon_config(text, "mutant.yaml");
    slowest = std::max(slowest, std::chrono::steady_clock::now() - start);
    ASSERT_NE(loaded.spec.has_value(), !loaded.diagnostics.empty()) << "either a pipeline or a reason";
    if (!loaded.spec) continue;
    ++accepted;
    ASSERT_EQ(domain::spec_to_json(domain::spec_from_json(domain::spec_to_json(*loaded.spec)).value()),
              domain::spec_to_json(*loaded.spec));
  }
  EXPECT_GT(accepted, 100U) << "the mutants should also reach what comes after reading";
  EXPECT_LT(slowest, std::chrono::seconds{2});
}

}  // namespace
