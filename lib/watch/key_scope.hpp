#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watch {

/// Which parts of a sorted key space a set of globs can match, so that a listing may jump over the rest: with
/// `data/*/2026/*.csv` it asks for nothing below `data/a/2025/`. Pure; keys are relative to the source's prefix.
///
/// A literal segment is jumped to, a wildcard one to its literal head, and a subtree that cannot match is left by the
/// highest key that can lie in it. Behind `**`, in a glob without '/', and with one that is not understood, it stays.
class KeyScope {
 public:
  /// Globs as core::Glob knows them. Without any, nothing matches.
  explicit KeyScope(std::vector<std::string> const& globs);

  /// S >= `after` such that no key K with after < K <= S can match: what to list behind. nullopt when nothing behind
  /// `after` can match. Idempotent and monotone; UTF-8 wherever `after` is.
  [[nodiscard]] std::optional<std::string> next(std::string_view after) const;

 private:
  struct Segment {
    std::string glob;  ///< empty for a literal
    std::string head;  ///< what every match begins with; all of it for a literal
    bool literal = false;
    bool any_depth = false;  ///< `**`
  };
  using Path = std::vector<Segment>;

  static Path parse(std::string_view alternative);
  static std::optional<std::string> next_in(Path const& path, std::string_view after);
  /// Just before the first key below `parent` that the segments from `level` on can match.
  static std::string before_first(Path const& path, std::size_t level, std::string parent);

  std::vector<Path> paths_;  ///< an empty path matches anywhere
};

}  // namespace watch
