#include "store/runs.hpp"

#include "core/ulid.hpp"
#include "store/display.hpp"
#include "store/transitions.hpp"
#include "store/value_columns.hpp"
#include "store/version_columns.hpp"

namespace store {
namespace {

using sql::Blob;

domain::Trigger trigger_of(std::string const& text) {
  auto const trigger = domain::parse_trigger(text);
  if (!trigger) throw core::Failure({core::Errc::corrupt, "unknown trigger in the database", text, {}});
  return *trigger;
}

RunRow run_row(sql::Row const& row) {
  RunRow run;
  run.no = {row.integer(0)};
  run.id = row.text(1);
  run.pipeline = {row.integer(2)};
  run.pipeline_name = row.text(3);
  if (auto const revision = row.optional_integer(4)) run.revision = RevisionId{*revision};
  run.state = state_of(row.text(5));
  run.reason = reason_of(row.text(6));
  run.detail = row.text_or_empty(7);
  run.trigger = trigger_of(row.text(8));
  run.seq = row.integer(9);
  run.attempts = row.integer(10);
  run.not_before = core::from_ms(row.integer(11));
  run.cancel_requested = !row.is_null(12);
  run.image = row.text_or_empty(13);
  run.image_id = row.text_or_empty(14);
  run.image_digest = row.text_or_empty(15);
  run.place = row.integer(16);
  run.cancelled_for_newer = run.cancel_requested && !row.is_null(17);
  return run;
}

RunInput run_input(sql::Row const& row) {
  RunInput input;
  if (auto const source = row.optional_integer(0)) input.source = SourceId{*source};
  input.root = row.optional_blob(1).value_or("");
  input.key = row.blob(2);
  input.uri = row.text(3);
  input.version = version_at(row, 4);
  input.hash = hash_at(row, 4 + version_width);
  return input;
}

void insert_input(sql::Connection& db, RunNo no, std::int64_t position, RunInput const& input) {
  db.run(
      "INSERT INTO run_input(run_no, position, source_id, key, key_text, uri, size, mtime_ns, ctime_ns, ino, etag,"
      " version_id, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      no.value, position, input.source ? std::optional(input.source->value) : std::nullopt, Blob{input.key},
      display_text(input.key), input.uri, input.version.size, input.version.mtime_ns, input.version.ctime_ns,
      input.version.ino, text_or_null(input.version.etag), text_or_null(input.version.version_id),
      sql::blob(input.hash));
}

/// A run made by hand on a file of a source handles the version that the journal knows now, so that its result takes
/// its place among the others by the data's order.
std::int64_t seq_of(sql::Connection& db, NewRun const& run) {
  if (run.seq != 0 || run.inputs.empty() || !run.inputs[0].source) return run.seq;
  return db
      .integer("SELECT seq FROM item WHERE source_id = ? AND key = ?", run.inputs[0].source->value,
               Blob{run.inputs[0].key})
      .value_or(0);
}

}  // namespace

std::optional<RunRow> load_run(sql::Connection& db, RunNo no) {
  auto run = db.first(
      "SELECT r.run_no, r.run_id, r.pipeline_id, p.name, r.revision_id, r.state, r.reason, r.detail, r.trigger, r.seq,"
      " r.attempts, r.not_before_ms, r.cancel_ms, r.image, r.image_id, r.image_digest, r.place,"
      " r.replaced_by FROM run r JOIN pipeline p USING(pipeline_id) WHERE r.run_no = ?",
      run_row, no.value);
  if (!run) return std::nullopt;
  db.each(
      "SELECT i.source_id, s.root, i.key, i.uri, i.size, i.mtime_ns, i.ctime_ns, i.ino, i.etag, i.version_id, i.sha256"
      " FROM run_input i LEFT JOIN source s USING(source_id) WHERE i.run_no = ? ORDER BY i.position",
      [&run](sql::Row const& row) { run->inputs.push_back(run_input(row)); }, no.value);
  run->params = load_params(db, no);
  return run;
}

std::vector<domain::RunParam> load_params(sql::Connection& db, RunNo no) {
  std::vector<domain::RunParam> params;
  db.each(
      "SELECT name, type, value, origin FROM run_param WHERE run_no = ? ORDER BY name",
      [&params](sql::Row const& row) {
        auto const type = value_type_of(row.text(1));
        params.push_back({row.text(0), type, value_at(row, 2, type), row.text(3) == "user"});
      },
      no.value);
  return params;
}

std::optional<RunRow> load_run_by_id(sql::Connection& db, std::string const& id) {
  auto no = db.integer("SELECT run_no FROM run WHERE run_id = ?", id);
  bool const digits = !id.empty() && id.size() <= 18 && id.find_first_not_of("0123456789") == std::string::npos;
  if (!no && digits) no = std::stoll(id);
  return no ? load_run(db, {*no}) : std::nullopt;
}

void set_params(sql::Connection& db, RunNo no, std::vector<domain::RunParam> const& params) {
  db.run("DELETE FROM run_param WHERE run_no = ?", no.value);
  for (auto const& param : params) {
    auto const value = bound(param.value);
    db.run("INSERT INTO run_param(run_no, name, type, value, origin) VALUES (?, ?, ?, coalesce(?, ?, ?), ?)", no.value,
           param.name, domain::to_string(param.type), value.integer, value.real, value.text,
           param.from_user ? "user" : "default");
  }
}

RunRef insert_run(sql::Connection& db, NewRun const& run, core::Wall now) {
  Transitions transitions(db, now);
  RunRef const ref{transitions.next_run(), core::make_ulid(now)};
  auto const* input = run.inputs.empty() ? nullptr : &run.inputs[0];
  db.run(
      "INSERT INTO run(run_no, run_id, pipeline_id, revision_id, revision_given, state, trigger, source_id, key, seq,"
      " place, retry_of, queued_ms) VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?)",
      ref.no.value, ref.id, run.pipeline.value, run.revision ? std::optional(run.revision->value) : std::nullopt,
      run.revision.has_value(), domain::to_string(run.trigger),
      input != nullptr && input->source ? std::optional(input->source->value) : std::nullopt,
      input != nullptr ? std::optional(Blob{input->key}) : std::nullopt, seq_of(db, run), ref.no.value,
      run.retry_of ? std::optional(run.retry_of->value) : std::nullopt, core::to_ms(now));
  std::int64_t position = 0;
  for (auto const& each : run.inputs) insert_input(db, ref.no, position++, each);
  set_params(db, ref.no, run.params);
  transitions.entered({ref.no, run.pipeline}, domain::RunState::queued);
  transitions.save();
  return ref;
}

void set_image(sql::Connection& db, RunNo no, std::string const& reference, std::string const& id,
               std::string const& digest, core::Wall now) {
  db.run("UPDATE run SET image = ?, image_id = nullif(?, ''), image_digest = nullif(?, '') WHERE run_no = ?", reference,
         id, digest, no.value);
  db.run("UPDATE pulled_image SET used_ms = ? WHERE image_id = ?", core::to_ms(now), id);
}

void note_pulled_image(sql::Connection& db, std::string const& reference, std::string const& id,
                       std::string const& digest, core::Wall now) {
  db.run(
      "INSERT INTO pulled_image(reference, image_id, image_digest, pulled_ms) VALUES (?, ?, nullif(?, ''), ?)"
      " ON CONFLICT DO UPDATE SET image_digest = excluded.image_digest, pulled_ms = excluded.pulled_ms",
      reference, id, digest, core::to_ms(now));
}

void set_input_hash(sql::Connection& db, RunNo no, std::int64_t position, domain::Version const& version,
                    std::optional<domain::ContentHash> const& hash) {
  db.run(
      "UPDATE run_input SET size = ?, mtime_ns = ?, ctime_ns = ?, ino = ?, etag = ?, version_id = ?, sha256 = ?"
      " WHERE run_no = ? AND position = ?",
      version.size, version.mtime_ns, version.ctime_ns, version.ino, text_or_null(version.etag),
      text_or_null(version.version_id), sql::blob(hash), no.value, position);
}

void set_input_drifted(sql::Connection& db, RunNo no) {
  db.run("UPDATE run SET input_drifted = 1 WHERE run_no = ?", no.value);
}

}  // namespace store
