#include "store/pipelines.hpp"

#include <algorithm>
#include <set>

#include "core/sha256.hpp"
#include "domain/reserved.hpp"
#include "domain/source_root.hpp"
#include "domain/spec_json.hpp"
#include "store/pipeline_runs.hpp"
#include "store/schema.hpp"
#include "store/transitions.hpp"

namespace store {
namespace {

core::Error conflict(domain::PipelineSpec const& spec, std::string operation, std::string hint) {
  return {core::Errc::conflict, std::move(operation), "pipeline " + spec.name, std::move(hint)};
}

/// The first reason why the specification does not fit what is there; its wide view must keep its columns' types.
std::optional<core::Error> find_conflict(sql::Connection& db, domain::PipelineSpec const& spec) {
  if (spec.name.ends_with(domain::reserved_pipeline_suffix))
    return conflict(spec, "its view would have the name of another pipeline's history",
                    "choose a name without -history");
  for (auto const& output : spec.outputs) {
    auto const known = db.first(
        "SELECT c.type FROM output_column c JOIN pipeline p USING(pipeline_id) WHERE p.name = ? AND c.name = ?",
        [](sql::Row const& row) { return row.text(0); }, spec.name, output.name);
    if (known && *known != domain::to_string(output.type))
      return conflict(
          spec,
          "output " + output.name + " is " + std::string(domain::to_string(output.type)) + " now and was " + *known +
              " in an earlier revision",
          "give the output a new name; readers of " + domain::view_name(spec.name) + " rely on the old type");
  }
  return std::nullopt;
}

PipelineId ensure_pipeline(sql::Connection& db, domain::PipelineSpec const& spec, core::Wall first_seen, bool& made) {
  auto const find = [&] { return db.integer("SELECT pipeline_id FROM pipeline WHERE name = ?", spec.name); };
  auto id = find();
  made = !id;
  if (!id) {
    db.run("INSERT INTO pipeline(name, state, first_seen_ms) VALUES (?, 'live', ?)", spec.name,
           core::to_ms(first_seen));
    id = find();
  }
  return {id.value()};
}

/// True: a revision was made.
bool ensure_revision(sql::Connection& db, Registration& registration, std::string const& yaml,
                     std::string const& spec_json, core::Wall now) {
  auto const pipeline = registration.id.value;
  auto const sha256 = core::sha256_hex(yaml);
  bool const made = db.run(
                        "INSERT INTO revision(pipeline_id, number, sha256, yaml, spec, registered_ms)"
                        " SELECT ?1, 1 + (SELECT count(*) FROM revision WHERE pipeline_id = ?1), ?2, ?3, ?4, ?5"
                        " WHERE NOT EXISTS (SELECT 1 FROM revision WHERE pipeline_id = ?1 AND sha256 = ?2)",
                        pipeline, sha256, yaml, spec_json, core::to_ms(now)) == 1;
  db.each(
      "SELECT revision_id, number FROM revision WHERE pipeline_id = ? AND sha256 = ?",
      [&registration](sql::Row const& row) {
        registration.revision = {row.integer(0)};
        registration.revision_number = row.integer(1);
      },
      pipeline, sha256);
  return made;
}

void add_columns(sql::Connection& db, PipelineId pipeline, domain::PipelineSpec const& spec) {
  for (auto const& output : spec.outputs)
    db.run(
        "INSERT INTO output_column(pipeline_id, name, type, position)"
        " SELECT ?1, ?2, ?3, count(*) FROM output_column WHERE pipeline_id = ?1"
        " ON CONFLICT DO NOTHING",
        pipeline.value, output.name, domain::to_string(output.type));
}

PipelineRow pipeline_row(sql::Row const& row) {
  PipelineRow pipeline;
  pipeline.id = {row.integer(0)};
  pipeline.name = row.text(1);
  pipeline.state = row.text(2);
  pipeline.revision = {row.integer(3)};
  pipeline.revision_number = row.integer(4);
  pipeline.first_seen = core::from_ms(row.integer(5));
  if (auto const reason = row.optional_text(6)) pipeline.hold = reason_of(*reason);
  pipeline.hold_detail = row.text_or_empty(7);
  if (auto const until = row.optional_integer(8)) pipeline.hold_until = core::from_ms(*until);
  pipeline.hold_count = row.integer(9);
  pipeline.spec = row.text(10);
  if (auto const since = row.optional_integer(11)) pipeline.paused = core::from_ms(*since);
  pipeline.paused_by = row.text_or_empty(12);
  pipeline.paused_with_all = pipeline.paused && row.boolean(13);
  return pipeline;
}

}  // namespace

core::Result<Registration> register_revision(sql::Connection& db, domain::PipelineSpec const& spec,
                                             std::string const& yaml, std::string const& spec_json,
                                             core::Wall first_seen, core::Wall now) {
  if (auto error = find_conflict(db, spec)) return *std::move(error);
  Registration registration;
  registration.id = ensure_pipeline(db, spec, first_seen, registration.new_pipeline);
  registration.new_revision = ensure_revision(db, registration, yaml, spec_json, now);
  add_columns(db, registration.id, spec);
  // While it is disabled files come that nobody decides about for it.
  db.run(
      "UPDATE pipeline SET state = ?1, revision_id = ?2,"
      " decided_revision_id = CASE WHEN ?1 = 'live' AND state = 'live' THEN decided_revision_id END"
      " WHERE pipeline_id = ?3",
      spec.enabled ? "live" : "disabled", registration.revision.value, registration.id.value);
  registration.undecided =
      db.integer(
          "SELECT decided_revision_id FROM pipeline WHERE pipeline_id = ?1 AND decided_revision_id = revision_id",
          registration.id.value) == std::nullopt;
  Transitions transitions(db, now);
  if (spec.enabled)
    release_held_runs(transitions, registration.id);
  else
    hold_waiting_runs(transitions, registration.id, domain::Reason::pipeline_disabled);
  transitions.save();
  if (registration.new_revision) make_wide_views(db, registration.id);
  return registration;
}

bool set_decided(sql::Connection& db, PipelineId pipeline, RevisionId revision) {
  return db.run("UPDATE pipeline SET decided_revision_id = ?1 WHERE pipeline_id = ?2 AND revision_id = ?1",
                revision.value, pipeline.value) == 1;
}

std::vector<PipelineRow> list_pipelines(sql::Connection& db) {
  std::vector<PipelineRow> rows;
  db.each(
      "SELECT p.pipeline_id, p.name, p.state, p.revision_id, v.number, p.first_seen_ms, p.hold_reason, p.hold_detail,"
      " p.hold_until_ms, p.hold_count, v.spec, coalesce(p.paused_ms, a.value), coalesce(p.paused_by, b.value),"
      " p.paused_ms IS NULL FROM pipeline p JOIN revision v ON v.revision_id = p.revision_id"
      " LEFT JOIN meta a ON a.name = 'paused_ms' LEFT JOIN meta b ON b.name = 'paused_by' ORDER BY p.name",
      [&rows](sql::Row const& row) { rows.push_back(pipeline_row(row)); });
  return rows;
}

std::map<std::string, core::Wall> watched_since(sql::Connection& db, PipelineRow const& pipeline) {
  std::map<std::string, core::Wall> since;
  std::set<std::string> open;  // that every revision so far has
  auto earlier =
      db.prepare("SELECT spec, registered_ms FROM revision WHERE pipeline_id = ? AND number <= ? ORDER BY number DESC");
  earlier.bind_all(pipeline.id.value, pipeline.revision_number);
  for (bool first = true; earlier.step(); first = false) {
    auto const spec = domain::spec_from_json(earlier.row().text(0));
    std::set<std::string> roots;
    if (spec)
      for (auto const& watch : spec->watch) roots.insert(domain::root_of(watch));
    if (first) open = roots;
    std::erase_if(open, [&roots](auto const& root) { return !roots.contains(root); });
    if (open.empty()) break;
    for (auto const& root : open) since[root] = core::from_ms(earlier.row().integer(1));
  }
  for (auto const& root : open) since[root] = pipeline.first_seen;  // from the first one on
  return since;
}

std::optional<std::string> revision_spec(sql::Connection& db, RevisionId revision) {
  return db.first(
      "SELECT spec FROM revision WHERE revision_id = ?", [](sql::Row const& row) { return row.text(0); },
      revision.value);
}

void hold_pipeline(sql::Connection& db, PipelineId pipeline, domain::Reason reason, std::string const& detail,
                   core::Wall until) {
  db.run(
      "UPDATE pipeline SET hold_reason = ?, hold_detail = nullif(?, ''), hold_until_ms = ?, hold_count = hold_count + 1"
      " WHERE pipeline_id = ?",
      domain::to_string(reason), detail, core::to_ms(until), pipeline.value);
}

void pause_pipeline(sql::Connection& db, PipelineId pipeline, std::string const& by, core::Wall now) {
  db.run("UPDATE pipeline SET paused_ms = ?, paused_by = ? WHERE pipeline_id = ? AND paused_ms IS NULL",
         core::to_ms(now), by, pipeline.value);
}

void resume_pipeline(sql::Connection& db, PipelineId pipeline) {
  db.run("UPDATE pipeline SET paused_ms = NULL, paused_by = NULL WHERE pipeline_id = ?", pipeline.value);
}

void pause_all(sql::Connection& db, std::string const& by, core::Wall now) {
  if (all_paused(db)) return;
  db.run("INSERT INTO meta(name, value) VALUES ('paused_ms', ?), ('paused_by', ?)", core::to_ms(now), by);
}

void resume_all(sql::Connection& db) {
  db.run("DELETE FROM meta WHERE name IN ('paused_ms', 'paused_by')");
}

std::optional<AllPaused> all_paused(sql::Connection& db) {
  return db.first("SELECT a.value, b.value FROM meta a JOIN meta b ON b.name = 'paused_by' WHERE a.name = 'paused_ms'",
                  [](sql::Row const& row) {
                    return AllPaused{core::from_ms(row.integer(0)), row.text(1)};
                  });
}

void release_pipeline(sql::Connection& db, PipelineId pipeline, std::optional<domain::Reason> but) {
  db.run(
      "UPDATE pipeline SET hold_reason = NULL, hold_detail = NULL, hold_until_ms = NULL, hold_count = 0"
      " WHERE pipeline_id = ? AND hold_reason NOT NULL AND hold_reason IS NOT ?",
      pipeline.value, but ? std::optional(std::string(domain::to_string(*but))) : std::nullopt);
}

}  // namespace store
