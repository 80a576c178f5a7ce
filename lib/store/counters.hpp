#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "sql/connection.hpp"

namespace store {

enum class Counter : std::uint8_t { change, feed, run };

/// Gap-free numbers out of the counter table. Read once, written back once by save(), both inside the operation's
/// savepoint, so an operation that fails leaves no hole. One object an operation; nobody else may take numbers
/// meanwhile.
class Counters {
 public:
  explicit Counters(sql::Connection& db) : db_(db) {}
  [[nodiscard]] std::int64_t next(Counter counter);
  void save();

 private:
  sql::Connection& db_;
  std::array<std::optional<std::int64_t>, 3> values_;
};

}  // namespace store
