#include "watch/key_scope.hpp"

#include <algorithm>
#include <utility>

#include "core/glob.hpp"
#include "core/utf8.hpp"

namespace watch {

namespace {

constexpr std::string_view highest = "\xf4\x8f\xbf\xbf";  // U+10FFFF: no character of a key sorts behind it

/// The highest text below `text` that is worth asking for. Never a control character: not every server's XML bears one.
std::string just_before(std::string text) {
  if (text.empty()) return text;
  auto const last = static_cast<unsigned char>(text.back());
  if (last > 0x20 && last < 0x80) {
    --text.back();
    return text.append(highest);
  }
  while (text.size() > 1 && (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80U) text.pop_back();
  text.pop_back();
  return text;
}

}  // namespace

KeyScope::KeyScope(std::vector<std::string> const& globs) {
  for (auto const& text : globs) {
    auto const glob = core::Glob::compile(text);
    if (!glob || !core::is_utf8(text)) {
      paths_.emplace_back();
      continue;
    }
    for (auto const& alternative : glob->alternatives())
      if (!alternative.empty()) paths_.push_back(parse(alternative));
  }
}

KeyScope::Path KeyScope::parse(std::string_view alternative) {
  Path path;
  if (alternative.find('/') == std::string_view::npos) return path;
  if (alternative.front() == '/') alternative.remove_prefix(1);
  for (bool more = true; more;) {
    auto const slash = alternative.find('/');
    auto const text = alternative.substr(0, slash);
    Segment segment;
    std::size_t i = 0;
    for (; i < text.size() && text[i] != '*' && text[i] != '?' && text[i] != '['; ++i) {
      if (text[i] == '\\') ++i;
      segment.head += text[i];
    }
    segment.literal = i == text.size();
    segment.any_depth = text == "**";
    if (!segment.literal) segment.glob = text;
    path.push_back(std::move(segment));
    more = slash != std::string_view::npos;
    if (more) alternative.remove_prefix(slash + 1);
  }
  return path;
}

std::optional<std::string> KeyScope::next(std::string_view after) const {
  std::optional<std::string> nearest;
  for (auto const& path : paths_) {
    auto found = next_in(path, after);
    if (found && (!nearest || *found < *nearest)) nearest = std::move(found);
  }
  return nearest;
}

std::string KeyScope::before_first(Path const& path, std::size_t level, std::string parent) {
  for (; level < path.size(); ++level) {
    auto const& segment = path[level];
    if (segment.any_depth) {
      auto const rest = path.begin() + static_cast<std::ptrdiff_t>(level);
      bool const only_stars = std::all_of(rest, path.end(), [](Segment const& s) { return s.any_depth; });
      if (only_stars && !parent.empty()) parent.pop_back();  // `a/**` matches `a`, too
      break;
    }
    parent += segment.head;
    if (!segment.literal || level + 1 == path.size()) break;
    parent += '/';
  }
  return just_before(std::move(parent));
}

std::optional<std::string> KeyScope::next_in(Path const& path, std::string_view after) {
  auto const not_back = [after](std::string text) { return std::max(std::move(text), std::string(after)); };
  std::optional<std::string> leave;  // where it goes on when nothing below the innermost wildcard can match
  std::size_t at = 0;                // where this level's segment begins in `after`
  for (std::size_t level = 0; level < path.size(); ++level) {
    auto const& [glob, head, literal, any_depth] = path[level];
    if (any_depth) break;
    auto const parent = after.substr(0, at);
    auto const rest = after.substr(at);
    bool const last = level + 1 == path.size();
    if (rest < head) return not_back(before_first(path, level, std::string(parent)));
    if (!rest.starts_with(head)) return leave;
    if (literal) {
      if (last) return leave;
      auto const folder = head + '/';
      if (rest < folder) return not_back(before_first(path, level + 1, std::string(parent) + folder));
      if (!rest.starts_with(folder)) return leave;
      at += folder.size();
      continue;
    }
    auto const slash = rest.find('/');
    if (slash == std::string_view::npos) break;
    leave = not_back(std::string(after.substr(0, at + slash + 1)).append(highest));
    auto const segment = core::Glob::compile(glob);
    if (last || (segment && !segment->matches(rest.substr(0, slash)))) return leave;
    at += slash + 1;
  }
  return std::string(after);
}

}  // namespace watch
