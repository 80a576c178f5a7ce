#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "store/read_models.hpp"

/// What became of everything seen. Reader thread; a page at a time, so that ten million items keep nobody waiting.
namespace store {

/// What became of an item's present version, over all pipelines; of several the first that holds.
enum class Fate : std::uint8_t { failed, waiting, succeeded, existing, ignored };
[[nodiscard]] std::string_view to_string(Fate fate) noexcept;
[[nodiscard]] std::optional<Fate> parse_fate(std::string_view text) noexcept;

/// One item and one pipeline that decided about it, or none that did.
struct ItemRow {
  SourceId source;
  std::string source_uri, key, uri;  ///< key: bytes
  std::int64_t size = 0, seq = 0;
  std::string version;
  core::Wall seen{};
  std::string pipeline, decision;  ///< empty: no pipeline wanted it
  domain::Reason reason = domain::Reason::not_matched;
  std::optional<RunNo> run;
  std::string run_id;
  std::optional<domain::RunState> run_state;
  Fate fate = Fate::ignored;  ///< for this pipeline
};

struct ItemCursor {
  std::int64_t source = 0;
  std::string key;
};
struct ItemFilter {
  std::optional<std::string> source;  ///< its uri
  std::string pipeline, text;         ///< empty: any; `text` is part of the key
  std::optional<Fate> fate;
  std::optional<core::Wall> since;  ///< seen at or after
  ItemCursor after;
  std::size_t limit = 50;
  std::size_t budget = 20'000;  ///< items looked at in one call
};
struct ItemPage {
  std::vector<ItemRow> items;
  std::optional<ItemCursor> next;  ///< more may follow; the page may be short, since the budget was used up
};
/// In the order of sources and keys.
[[nodiscard]] ItemPage list_items(sql::Connection& db, ItemFilter const& filter);

struct Coverage {
  std::int64_t seen = 0, failed = 0, waiting = 0, succeeded = 0, existing = 0, ignored = 0;
  std::vector<ItemRow> unresolved;  ///< failed or waiting; at most 100
  [[nodiscard]] std::int64_t& of(Fate fate);
};
/// Adds the next items after `filter.after`; where to go on, nullopt at the end. seen is the sum of the others.
[[nodiscard]] std::optional<ItemCursor> add_coverage(sql::Connection& db, ItemFilter const& filter, Coverage& coverage);

}  // namespace store
