#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/run_state.hpp"
#include "store/ids.hpp"

namespace orchestrator {

/// What a request for many runs has made, or would make.
struct BulkAnswer {
  struct Entry {
    std::string pipeline, key;         ///< the input's, for display
    std::optional<store::RunNo> of;    ///< the run that is repeated
    std::optional<store::RunNo> made;  ///< nullopt: nothing is made, it was asked for what would be
  };
  static constexpr std::size_t most_entries = 100;

  bool dry_run = false;
  std::int64_t runs = 0;
  std::map<std::string, std::int64_t> pipelines;  ///< runs of each
  std::map<std::string, std::int64_t> left_out;   ///< by reason
  std::vector<Entry> entries;                     ///< the first ones
  std::string next;                               ///< where to go on; empty: that was all

  void add(Entry entry);
};

[[nodiscard]] boost::json::object to_json(BulkAnswer const& answer);
/// Reads what to_json() wrote.
[[nodiscard]] BulkAnswer bulk_answer_from_json(std::string const& text);

}  // namespace orchestrator
