#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.hpp"

namespace config {

/// The keys of one map: each is asked for by name, and what nobody asked for is an error.
class MapReader {
 public:
  /// `name` is what the map is called in messages: "watch"; empty at the top of a file.
  MapReader(Reader const& reader, Node const& map, std::string_view name);

  [[nodiscard]] bool has(std::string_view key) const noexcept { return map_.find(key) != nullptr; }
  /// The value of `key`, or null if it is not there.
  [[nodiscard]] Node const* take(std::string_view key);
  /// The same, and its absence is an error at the map's start (not where the map is faulty anyway).
  [[nodiscard]] Node const* require(std::string_view key, std::string hint);
  /// Keys of the contract that this version does not have yet: "'X' is not built yet".
  void not_built_yet(std::initializer_list<std::string_view> keys);
  /// A key that people try, and what to write instead.
  void advise(std::string_view key, std::string message, std::string hint);
  /// Notes every key that was not asked for; with `extensions`, `x-...` may stand for anything.
  void finish(bool extensions = false);

 private:
  [[nodiscard]] Entry const* seen(std::string_view key);

  Reader const& reader_;
  Node const& map_;
  std::string name_;
  std::vector<std::string_view> known_;
  std::vector<std::string_view> reported_;
};

}  // namespace config
