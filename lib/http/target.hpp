#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace http {

using Query = std::multimap<std::string, std::string, std::less<>>;

/// A request target in its parts (RFC 9112 3.2.1).
struct Target {
  std::string path;  ///< as sent, still percent-encoded
  Query query;       ///< decoded; '+' is a blank
};

/// False for a target that is not in origin form (does not start with '/').
[[nodiscard]] bool parse_target(std::string_view text, Target& target);

/// "/a/b%2Fc/" -> {"a", "b/c", ""}: decoded after the split, so an encoded slash does not separate.
[[nodiscard]] std::vector<std::string> split_path(std::string_view path);

}  // namespace http
