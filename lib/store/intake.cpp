#include "store/intake.hpp"

#include "store/change_runs.hpp"
#include "store/display.hpp"
#include "store/inventory.hpp"
#include "store/s3_pass.hpp"
#include "store/version_columns.hpp"

namespace store {
namespace {

using domain::ChangeKind;
using domain::Reason;
using domain::Trigger;
using sql::Blob;

constexpr std::int64_t ns_per_ms = 1'000'000;

/// Whether this version came at or after `bound`. A local file: by its ctime. An object: by its LastModified, which is
/// in whole seconds, so the bound is its second's beginning.
bool arrived_since(domain::Version const& version, core::Wall bound) {
  if (!is_object(version)) return version.ctime_ns >= core::to_ms(bound) * ns_per_ms;
  return version.mtime_ns >= core::to_ms(std::chrono::floor<std::chrono::seconds>(bound)) * ns_per_ms;
}

/// Equal bytes, as far as that is known: by their hashes, or for objects by size and ETag. An ETag is opaque, but one
/// that says the same for the same size and key stands for the same bytes; another one says nothing.
bool same_bytes(InventoryRow const& known, Difference const& difference) {
  if (known.hash && difference.hash == known.hash) return true;
  return is_object(known.version) && known.version.etag != domain::unknown_etag &&
         known.version.etag == difference.found->etag && known.version.size == difference.found->size;
}

/// Commits the differences of one source, one after the other.
class Intake {
 public:
  Intake(sql::Connection& db, SourceRow source, core::Wall now)
      : db_(db), source_(std::move(source)), transitions_(db, now), first_pass_(!has_complete_pass(db, source_.id)) {}

  void commit(Difference const& difference) {
    auto const known = find_item(db_, source_.id, difference.key);
    if (!difference.found) {
      if (known) remove(difference, *known);
    } else if (!known) {
      add(difference);
    } else {
      update(difference, *known);
    }
  }
  IntakeResult finish() {
    transitions_.save();
    return std::move(result_);
  }

 private:
  ItemVersion item_of(Difference const& difference, std::int64_t seq) const {
    return {source_.id, source_.root, difference.key, *difference.found, difference.hash, seq};
  }
  void add(Difference const& difference);
  void update(Difference const& difference, InventoryRow const& known);
  void change_content(Difference const& difference, InventoryRow const& known);
  void remove(Difference const& difference, InventoryRow const& known);
  void decide_existing(Match const& match, ItemVersion const& item);
  void decide_modified(Match const& match, ItemVersion const& item, InventoryRow const& known, bool same_content);
  void queue(Match const& match, ItemVersion const& item, Trigger trigger);
  void skip(Match const& match, ItemVersion const& item, Reason reason, Decided decided);
  std::int64_t journal(Difference const& difference, ChangeKind kind);
  [[nodiscard]] bool is_existing(Difference const& difference);
  [[nodiscard]] bool was_handled(PipelineId pipeline, InventoryRow const& known);

  sql::Connection& db_;
  SourceRow source_;
  Transitions transitions_;
  IntakeResult result_;
  bool first_pass_;  ///< of an S3 source: it has not been listed to its end yet
};

std::int64_t Intake::journal(Difference const& difference, ChangeKind kind) {
  auto const seq = transitions_.next_change();
  auto const& found = difference.found;
  auto const detected =
      difference.detected ? std::optional(core::to_ms(*difference.detected)) : std::optional<std::int64_t>();
  auto const part = [&found](std::int64_t domain::Version::*member) {
    return found ? std::optional((*found).*member) : std::nullopt;
  };
  db_.run(
      "INSERT INTO change(seq, source_id, key, key_text, kind, size, mtime_ns, ctime_ns, ino, etag, version_id, sha256,"
      " at_ms, detected_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      seq, source_.id.value, Blob{difference.key}, display_text(difference.key), domain::to_string(kind),
      part(&domain::Version::size), part(&domain::Version::mtime_ns), part(&domain::Version::ctime_ns),
      part(&domain::Version::ino), found ? text_or_null(found->etag) : std::nullopt,
      found ? text_or_null(found->version_id) : std::nullopt, sql::blob(difference.hash),
      core::to_ms(transitions_.now()), detected);
  ++result_.changes;
  return seq;
}

/// Older than the source's baseline, and never heard of: a file that was removed and is back is a change, whatever its
/// ctime says. An object's LastModified can lie far before it appears (a multipart upload is as old as its beginning),
/// so only the first pass asks it.
bool Intake::is_existing(Difference const& difference) {
  if (is_object(*difference.found) && !first_pass_) return false;
  if (arrived_since(*difference.found, source_.baseline)) return false;
  return !db_.integer("SELECT 1 FROM change WHERE source_id = ? AND key = ? LIMIT 1", source_.id.value,
                      Blob{difference.key});
}

void Intake::queue(Match const& match, ItemVersion const& item, Trigger trigger) {
  if (!decide_run(transitions_, match.pipeline, item, trigger, match.hold, result_.stale)) return;
  ++result_.runs;
  result_.decisions.add(Decided::run);
}

void Intake::skip(Match const& match, ItemVersion const& item, Reason reason, Decided decided) {
  if (decide_skip(transitions_, match.pipeline, item, reason)) result_.decisions.add(decided);
}

void Intake::decide_existing(Match const& match, ItemVersion const& item) {
  if (wants_existing(match, item.version))
    queue(match, item, Trigger::existing);
  else
    skip(match, item, Reason::existing, Decided::existing);
}

void Intake::add(Difference const& difference) {
  bool const existing = is_existing(difference);
  auto const item = item_of(difference, existing ? 0 : journal(difference, ChangeKind::created));
  put_item(db_, item, transitions_.now());
  ++result_.items;
  if (difference.matches.empty()) result_.decisions.add(Decided::not_matched);
  for (auto const& match : difference.matches) {
    if (existing)
      decide_existing(match, item);
    else if (match.on_created)
      queue(match, item, Trigger::change);
    else
      skip(match, item, Reason::event_not_wanted, Decided::event_not_wanted);
  }
}

void Intake::update(Difference const& difference, InventoryRow const& known) {
  auto const kind = domain::compare(known.version, *difference.found);
  if (kind == domain::Difference::none) {
    if (known.missing) mark_missing(db_, source_.id, {difference.key}, false);
    result_.decisions.add(Decided::unchanged);
    return;
  }
  if (kind == domain::Difference::ctime_only && same_bytes(known, difference)) {
    auto const item = item_of(difference, known.seq);
    put_item(db_, item, transitions_.now());
    refresh_waiting_inputs(db_, item, known.version);
    result_.decisions.add(Decided::unchanged);
    return;
  }
  change_content(difference, known);
}

void Intake::change_content(Difference const& difference, InventoryRow const& known) {
  bool const same_content = same_bytes(known, difference);
  auto item = item_of(difference, journal(difference, ChangeKind::modified));
  if (same_content && !item.hash) item.hash = known.hash;  // the same ETag: what was hashed still holds
  put_item(db_, item, transitions_.now());
  if (difference.matches.empty()) result_.decisions.add(Decided::not_matched);
  for (auto const& match : difference.matches) decide_modified(match, item, known, same_content);
  if (same_content) refresh_waiting_inputs(db_, item, known.version);
}

/// "Handled" goes on through versions that were skipped as the same content.
bool Intake::was_handled(PipelineId pipeline, InventoryRow const& known) {
  return db_
      .integer(
          "SELECT 1 FROM decision WHERE pipeline_id = ? AND source_id = ? AND key = ? AND seq = ?"
          " AND (decision = 'run' OR reason = 'same_content')",
          pipeline.value, source_.id.value, Blob{known.key}, known.seq)
      .has_value();
}

void Intake::decide_modified(Match const& match, ItemVersion const& item, InventoryRow const& known,
                             bool same_content) {
  if (!match.on_modified)
    skip(match, item, Reason::event_not_wanted, Decided::event_not_wanted);
  else if (same_content && match.skip_same_content && was_handled(match.pipeline, known))
    skip(match, item, Reason::same_content, Decided::same_content);
  else
    queue(match, item, Trigger::change);
}

void Intake::remove(Difference const& difference, InventoryRow const& known) {
  journal(difference, ChangeKind::removed);
  db_.run("DELETE FROM item WHERE source_id = ? AND key = ?", source_.id.value, Blob{known.key});
  --result_.items;
  result_.decisions.add(Decided::removed);
  skip_runs_of_gone_item(transitions_, source_.id, known.key, result_.stale);
}

}  // namespace

bool wants_existing(Match const& match, domain::Version const& version) {
  auto const at_or_after = [](std::int64_t ns, core::Wall bound) { return ns >= core::to_ms(bound) * ns_per_ms; };
  // A change since the pipeline's file was first seen is no longer "existing", also where the source is younger than
  // that.
  if (match.first_seen != core::Wall{} && arrived_since(version, match.first_seen)) return true;
  switch (match.existing.kind) {
    case domain::Existing::Kind::run:
      return true;
    case domain::Existing::Kind::since:
      return at_or_after(version.mtime_ns, match.existing.since);
    case domain::Existing::Kind::skip:
      break;
  }
  return false;
}

IntakeResult commit_differences(sql::Connection& db, SourceId source, std::vector<Difference> const& differences,
                                core::Wall now) {
  Intake intake(db, load_source(db, source), now);
  for (auto const& difference : differences) intake.commit(difference);
  return intake.finish();
}

}  // namespace store
