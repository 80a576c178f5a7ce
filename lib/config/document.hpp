#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/source_text.hpp"

namespace config {

struct Entry;

/// One YAML value, free of yaml-cpp: scalars are kept as their text, and the readers decide what a text means.
struct Node {
  enum class Kind : unsigned char { null, scalar, list, map };
  Kind kind = Kind::null;
  bool plain = false;   ///< scalar without quotes: may be a number or a boolean
  bool faulty = false;  ///< an error of it has been noted already: what is missing in it may be in what was left out
  Span span;
  std::string text;            ///< Kind::scalar
  std::vector<Node> items;     ///< Kind::list
  std::vector<Entry> entries;  ///< Kind::map, in the order of the file, each key once

  [[nodiscard]] Entry const* find(std::string_view key) const noexcept;
};

struct Entry {
  std::string key;
  Span key_span;
  Node value;
};

inline constexpr std::size_t longest_document = std::size_t{1} << 20U;  ///< bytes
inline constexpr std::size_t deepest_document = 32;                     ///< levels
inline constexpr std::size_t most_nodes = 5'000;                        ///< with aliases written out

/// Parses one YAML document. Errors go to `source` and the answer is then null or lacks the bad parts: not UTF-8,
/// control characters, too large or deep, YAML errors, several documents, duplicate keys, keys that are not texts,
/// tags, merge keys. Aliases are copied, within the bound of nodes. Never throws because of what the text says.
[[nodiscard]] std::unique_ptr<Node> parse_document(SourceText& source);

/// What messages call it: "a list", "a map", "nothing", "'plain'", "\"quoted\"".
[[nodiscard]] std::string describe(Node const& node);

}  // namespace config
