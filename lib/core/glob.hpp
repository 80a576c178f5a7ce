#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace core {

/// A compiled glob over '/'-separated keys, matched byte by byte (names need not be UTF-8).
/// `*` and `?` stay inside one segment, `**` as a whole segment spans any number of them (none too), `[a-z]`, `[!x]`,
/// `{a,b}`, `\` escapes. A pattern without '/' matches the last segment anywhere, as in .gitignore.
/// Matching takes time linear in pattern times key; it cannot be made to blow up by a hostile key.
class Glob {
 public:
  /// Errc::invalid with the column (1-based) in the message for an unclosed bracket or brace, a '/' in brackets or at
  /// the end, an empty pattern, or more than 256 brace alternatives.
  [[nodiscard]] static Result<Glob> compile(std::string_view pattern);

  [[nodiscard]] bool matches(std::string_view key) const;
  [[nodiscard]] std::string const& pattern() const noexcept { return pattern_; }
  /// The pattern with its braces expanded; an empty alternative matches nothing.
  [[nodiscard]] std::vector<std::string> const& alternatives() const noexcept { return alternatives_; }

 private:
  std::string pattern_;
  std::vector<std::string> alternatives_;
};

/// True if any of the globs matches.
[[nodiscard]] bool any_match(std::vector<Glob> const& globs, std::string_view key);

}  // namespace core
