#include "store/read_coverage.hpp"

#include <algorithm>
#include <array>

#include "domain/source_root.hpp"
#include "store/transitions.hpp"
#include "store/version_columns.hpp"

namespace store {
namespace {

using domain::RunState;
using sql::Blob;

constexpr std::array<std::string_view, 5> fates{"failed", "waiting", "succeeded", "existing", "ignored"};
constexpr std::size_t most_unresolved = 100;

Fate fate_of(RunState state) {
  if (!domain::is_end(state) || state == RunState::outdated) return Fate::waiting;
  if (state == RunState::succeeded) return Fate::succeeded;
  return state == RunState::skipped ? Fate::ignored : Fate::failed;
}

/// A retry, a rerun or a backfill may have made good what the first run could not.
Fate fate_of(sql::Connection& db, ItemRow const& item, std::int64_t pipeline, RunState first) {
  auto best = fate_of(first);
  if (best != Fate::failed) return best;
  db.each(
      "SELECT state FROM run WHERE source_id = ? AND key = ? AND pipeline_id = ? AND seq = ?",
      [&best](sql::Row const& row) {
        auto const fate = fate_of(state_of(row.text(0)));
        if (fate == Fate::succeeded || (fate == Fate::waiting && best == Fate::failed)) best = fate;
      },
      item.source.value, Blob{item.key}, pipeline, item.seq);
  return best;
}

struct Pipeline {
  std::int64_t id = 0;
  std::string name;
};

/// Those that have decided about something of a source: few, however many there are.
std::vector<Pipeline> deciders(sql::Connection& db, SourceId source, std::string const& only) {
  std::vector<Pipeline> found;
  db.each(
      "SELECT p.pipeline_id, p.name FROM pipeline p WHERE (?2 = '' OR p.name = ?2)"
      " AND EXISTS(SELECT 1 FROM decision d WHERE d.pipeline_id = p.pipeline_id AND d.source_id = ?1)",
      [&found](sql::Row const& row) {
        found.push_back({row.integer(0), row.text(1)});
      },
      source.value, only);
  return found;
}

std::optional<ItemRow> decided(sql::Connection& db, ItemRow const& item, Pipeline const& pipeline) {
  return db.first(
      "SELECT d.decision, d.reason, d.run_no, r.run_id, r.state FROM decision d LEFT JOIN run r ON r.run_no = d.run_no"
      " WHERE d.pipeline_id = ? AND d.source_id = ? AND d.key = ? AND d.seq = ?",
      [&](sql::Row const& row) {
        ItemRow full = item;
        full.pipeline = pipeline.name;
        full.decision = row.text(0);
        full.reason = reason_of(row.text(1));
        if (auto const no = row.optional_integer(2)) full.run = RunNo{*no};
        full.run_id = row.text_or_empty(3);
        if (auto const state = row.optional_text(4)) full.run_state = state_of(*state);
        if (full.run_state)
          full.fate = fate_of(db, full, pipeline.id, *full.run_state);
        else
          full.fate = full.reason == domain::Reason::existing ? Fate::existing : Fate::ignored;
        return full;
      },
      pipeline.id, item.source.value, Blob{item.key}, item.seq);
}

ItemRow item_row(sql::Row const& row) {
  ItemRow item;
  item.source = {row.integer(0)};
  item.source_uri = row.text(1);
  item.key = row.blob(2);
  item.uri = domain::uri_of(row.blob(3), item.key);
  item.size = row.integer(4);
  item.version = row.text(5);
  item.seen = core::from_ms(row.integer(6));
  item.seq = row.integer(7);
  return item;
}

/// Calls on_item(rows of one item) for each item after the cursor that the filter lets through; false ends it.
template <class OnItem>
std::optional<ItemCursor> walk(sql::Connection& db, ItemFilter const& filter, OnItem on_item) {
  std::vector<ItemRow> items;
  db.each(
      "SELECT i.source_id, s.uri, i.key, s.root, i.size, coalesce(i.version_id, i.etag,"
      " i.size || '-' || i.mtime_ns || '-' || i.ctime_ns || '-' || i.ino), i.seen_ms, i.seq"
      " FROM item i CROSS JOIN source s WHERE s.source_id = i.source_id AND (i.source_id, i.key) > (?, ?)"
      " ORDER BY i.source_id, i.key LIMIT ?",
      [&items](sql::Row const& row) { items.push_back(item_row(row)); }, filter.after.source, Blob{filter.after.key},
      static_cast<std::int64_t>(filter.budget));
  std::vector<Pipeline> pipelines;
  SourceId known{-1};
  for (auto const& item : items) {
    ItemCursor const here{item.source.value, item.key};
    if ((filter.source && item.source_uri != *filter.source) || (filter.since && item.seen < *filter.since) ||
        (!filter.text.empty() && item.key.find(filter.text) == std::string::npos))
      continue;
    if (item.source != known) pipelines = deciders(db, item.source, filter.pipeline);
    known = item.source;
    std::vector<ItemRow> rows;
    for (auto const& pipeline : pipelines)
      if (auto row = decided(db, item, pipeline)) rows.push_back(std::move(*row));
    if (rows.empty() && filter.pipeline.empty()) rows.push_back(item);
    if (!rows.empty() && !on_item(std::move(rows))) return here;
  }
  if (items.size() < filter.budget) return std::nullopt;
  return ItemCursor{items.back().source.value, items.back().key};
}

}  // namespace

std::string_view to_string(Fate fate) noexcept {
  return fates[static_cast<std::size_t>(fate)];
}

std::optional<Fate> parse_fate(std::string_view text) noexcept {
  auto const* const found = std::ranges::find(fates, text);
  return found == fates.end() ? std::nullopt : std::optional(static_cast<Fate>(found - fates.begin()));
}

ItemPage list_items(sql::Connection& db, ItemFilter const& filter) {
  ItemPage page;
  page.next = walk(db, filter, [&](std::vector<ItemRow> rows) {
    for (auto& row : rows)
      if (!filter.fate || row.fate == *filter.fate) page.items.push_back(std::move(row));
    return page.items.size() < filter.limit;
  });
  return page;
}

std::int64_t& Coverage::of(Fate fate) {
  switch (fate) {
    case Fate::failed:
      return failed;
    case Fate::waiting:
      return waiting;
    case Fate::succeeded:
      return succeeded;
    case Fate::existing:
      return existing;
    case Fate::ignored:
      break;
  }
  return ignored;
}

std::optional<ItemCursor> add_coverage(sql::Connection& db, ItemFilter const& filter, Coverage& coverage) {
  return walk(db, filter, [&](std::vector<ItemRow> rows) {
    auto const worst = std::ranges::min_element(rows, {}, &ItemRow::fate);
    ++coverage.seen;
    ++coverage.of(worst->fate);
    if (worst->fate <= Fate::waiting && coverage.unresolved.size() < most_unresolved)
      coverage.unresolved.push_back(std::move(*worst));
    return true;
  });
}

}  // namespace store
