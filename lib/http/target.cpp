#include "http/target.hpp"

#include <algorithm>

#include "core/uri.hpp"

namespace http {

namespace {

std::string decode_query_part(std::string_view text) {
  std::string part(text);
  std::replace(part.begin(), part.end(), '+', ' ');
  return core::percent_decode(part);
}

void parse_query(std::string_view text, Query& query) {
  while (!text.empty()) {
    auto const pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    auto const equals = std::min(pair.find('='), pair.size());
    query.emplace(decode_query_part(pair.substr(0, equals)),
                  decode_query_part(pair.substr(std::min(equals + 1, pair.size()))));
  }
}

}  // namespace

bool parse_target(std::string_view text, Target& target) {
  if (!text.starts_with('/')) return false;
  text = text.substr(0, text.find('#'));
  auto const mark = std::min(text.find('?'), text.size());
  target.path = text.substr(0, mark);
  target.query.clear();
  parse_query(text.substr(std::min(mark + 1, text.size())), target.query);
  return true;
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (;;) {
    auto const slash = path.find('/');
    segments.push_back(core::percent_decode(path.substr(0, slash)));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace http
