#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace domain {

/// A stretch of a bucket's keys that is listed by itself: behind `lo`, up to and with `hi`.
struct S3Shard {
  enum class State : std::uint8_t {
    resting,  ///< not looked at by the open pass
    due,      ///< the open pass lists it: it stands at `cursor`
    listed,   ///< the open pass has listed it to its end
  };
  std::string lo;                 ///< empty: from the beginning
  std::optional<std::string> hi;  ///< the `lo` of the next one; nullopt: to the end
  State state = State::due;
  std::string cursor;          ///< all keys up to this one have been compared
  std::int64_t listed = 0;     ///< objects that the open pass has met
  std::int64_t keys = 0;       ///< objects when it was last listed to its end
  std::int64_t visit = 0;      ///< the pass that last listed it to its end and was believed; 0: none yet
  core::Wall visit_started{};  ///< when that one began
  std::int64_t calm = 0;       ///< visits in a row that found nothing different
};

/// Where the listing of an S3 source stands, as it is stored.
struct S3Pass {
  std::int64_t number = 0;      ///< of the newest one; 0: there was none
  bool open = false;            ///< it is under way
  bool voided = false;          ///< a page broke the rules: absence in this pass proves nothing
  std::string scope;            ///< the globs that it lists for, a line each
  std::vector<S3Shard> shards;  ///< in order, without a gap; empty: there was no pass
  core::Wall started{};
  std::int64_t complete = 0;                              ///< the last pass after which all shards were known; 0: none
  std::int64_t complete_listed = 0;                       ///< objects in all shards then
  std::optional<core::Wall> complete_started, completed;  ///< everything older than the first is known since the second

  /// Objects that the open pass has met.
  [[nodiscard]] std::int64_t listed() const {
    std::int64_t sum = 0;
    for (auto const& shard : shards) sum += shard.state == S3Shard::State::resting ? 0 : shard.listed;
    return sum;
  }
};

}  // namespace domain
