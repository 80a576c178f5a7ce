#include "core/glob.hpp"

#include <algorithm>

namespace core {

namespace {

constexpr std::size_t most_alternatives = 256;

Error bad_pattern(std::string_view pattern, std::size_t index, std::string_view what) {
  return Error{Errc::invalid, "bad pattern: " + std::string(what) + " at column " + std::to_string(index + 1),
               std::string(pattern), "put \\ before a character that should stand for itself"};
}

/// Index after the bracket expression that starts at `i`, or npos when it is not closed.
std::size_t bracket_end(std::string_view p, std::size_t i) {
  std::size_t j = i + 1;
  if (j < p.size() && (p[j] == '!' || p[j] == '^')) ++j;
  if (j < p.size() && p[j] == ']') ++j;
  while (j < p.size() && p[j] != ']') j += p[j] == '\\' ? 2 : 1;
  return j < p.size() ? j + 1 : std::string_view::npos;
}

/// The first brace group of `p`: its bounds and the text of each alternative.
struct Braces {
  std::size_t open = std::string_view::npos;
  std::size_t close = 0;
  std::vector<std::string_view> parts;
};

/// Reads `p` to its end, so that what is wrong behind the first group is found while columns are still those of the
/// user's text.
Result<Braces> find_braces(std::string_view p) {
  Braces found;
  std::size_t depth = 0;
  std::size_t part_start = 0;
  std::size_t outermost = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    bool const in_first = depth == 1 && outermost == found.open && found.close == 0;
    if (p[i] == '\\') {
      if (++i == p.size()) return bad_pattern(p, i - 1, "nothing after '\\'");
    } else if (p[i] == '[') {
      auto const end = bracket_end(p, i);
      if (end == std::string_view::npos) return bad_pattern(p, i, "'[' is not closed");
      if (auto const slash = p.substr(i, end - i).find('/'); slash != std::string_view::npos)
        return bad_pattern(p, i + slash, "'/' in brackets, which stay inside one segment");
      i = end - 1;
    } else if (p[i] == '{') {
      if (depth++ == 0) outermost = i;
      if (depth == 1 && found.open == std::string_view::npos) {
        found.open = i;
        part_start = i + 1;
      }
    } else if (p[i] == ',' && in_first) {
      found.parts.push_back(p.substr(part_start, i - part_start));
      part_start = i + 1;
    } else if (p[i] == '}' && depth > 0) {
      if (in_first) {
        found.parts.push_back(p.substr(part_start, i - part_start));
        found.close = i;
      }
      --depth;
    }
  }
  if (depth > 0) return bad_pattern(p, outermost, "'{' is not closed");
  return found;
}

/// `\/` is a plain '/': the walk over segments splits there, so no '\' may be left hanging.
std::string without_escaped_slashes(std::string_view p) {
  std::string text;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] == '\\' && p[i + 1] == '/') continue;
    text += p[i];
    if (p[i] == '\\') text += p[++i];
  }
  return text;
}

Result<std::vector<std::string>> expand(std::string_view pattern) {
  std::vector<std::string> done;
  std::vector<std::string> todo{std::string(pattern)};
  while (!todo.empty()) {
    auto const p = std::move(todo.back());
    todo.pop_back();
    auto const braces = find_braces(p);
    if (!braces) return braces.error();
    if (braces->open == std::string_view::npos) {
      done.push_back(without_escaped_slashes(p));
    } else {
      for (auto const part : braces->parts)
        todo.push_back(p.substr(0, braces->open) + std::string(part) + p.substr(braces->close + 1));
    }
    if (done.size() + todo.size() > most_alternatives)
      return bad_pattern(pattern, 0, "more than 256 alternatives in braces");
  }
  std::sort(done.begin(), done.end());
  return done;
}

bool bracket_matches(std::string_view body, char c) {
  bool const negated = !body.empty() && (body[0] == '!' || body[0] == '^');
  if (negated) body.remove_prefix(1);
  bool hit = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\\' && i + 1 < body.size()) ++i;
    auto const low = static_cast<unsigned char>(body[i]);
    auto high = low;
    if (i + 2 < body.size() && body[i + 1] == '-') {
      i += 2;
      if (body[i] == '\\' && i + 1 < body.size()) ++i;
      high = static_cast<unsigned char>(body[i]);
    }
    auto const value = static_cast<unsigned char>(c);
    hit = hit || (value >= low && value <= high);
  }
  return hit != negated;
}

/// One pattern element against one character; `next` is set to the index after the element.
bool element_matches(std::string_view p, std::size_t i, char c, std::size_t& next) {
  if (p[i] == '\\') {
    next = i + 2;
    return p[i + 1] == c;
  }
  if (p[i] == '[') {
    next = bracket_end(p, i);
    return bracket_matches(p.substr(i + 1, next - i - 2), c);
  }
  next = i + 1;
  return p[i] == '?' || p[i] == c;
}

/// `*` within one segment: greedy with one backtrack point, so linear times linear at worst.
bool segment_matches(std::string_view p, std::string_view s) {
  std::size_t pi = 0;
  std::size_t si = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (si < s.size()) {
    std::size_t next = 0;
    if (pi < p.size() && p[pi] == '*') {
      star = pi++;
      mark = si;
    } else if (pi < p.size() && element_matches(p, pi, s[si], next)) {
      pi = next;
      ++si;
    } else if (star != std::string_view::npos) {
      pi = star + 1;
      si = ++mark;
    } else {
      return false;
    }
  }
  while (pi < p.size() && p[pi] == '*') ++pi;
  return pi == p.size();
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> segments;
  for (;;) {
    auto const slash = text.find('/');
    segments.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    text.remove_prefix(slash + 1);
  }
}

/// The same one-backtrack walk over segments, where `**` is the star.
bool path_matches(std::string_view pattern, std::string_view key) {
  if (pattern.find('/') == std::string_view::npos && pattern != "**") {
    auto const slash = key.rfind('/');
    return segment_matches(pattern, slash == std::string_view::npos ? key : key.substr(slash + 1));
  }
  if (pattern.front() == '/') pattern.remove_prefix(1);
  auto const p = split(pattern);
  auto const s = split(key);
  std::size_t pi = 0;
  std::size_t si = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (si < s.size()) {
    if (pi < p.size() && p[pi] == "**") {
      star = pi++;
      mark = si;
    } else if (pi < p.size() && segment_matches(p[pi], s[si])) {
      ++pi;
      ++si;
    } else if (star != std::string_view::npos) {
      pi = star + 1;
      si = ++mark;
    } else {
      return false;
    }
  }
  while (pi < p.size() && p[pi] == "**") ++pi;
  return pi == p.size();
}

}  // namespace

Result<Glob> Glob::compile(std::string_view pattern) {
  if (pattern.empty()) return bad_pattern(pattern, 0, "it is empty");
  if (pattern.ends_with('/'))
    return Error{Errc::invalid, "bad pattern: no key ends in '/', at column " + std::to_string(pattern.size()),
                 std::string(pattern), "for all that lies in a folder write " + std::string(pattern) + "**"};
  auto alternatives = expand(pattern);
  if (!alternatives) return alternatives.error();
  Glob glob;
  glob.pattern_ = pattern;
  glob.alternatives_ = std::move(*alternatives);
  return glob;
}

bool Glob::matches(std::string_view key) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [key](std::string const& p) { return !p.empty() && path_matches(p, key); });
}

bool any_match(std::vector<Glob> const& globs, std::string_view key) {
  return std::any_of(globs.begin(), globs.end(), [key](Glob const& g) { return g.matches(key); });
}

}  // namespace core
