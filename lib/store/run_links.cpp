#include "store/run_links.hpp"

#include "store/pipelines.hpp"
#include "store/transitions.hpp"

namespace store {
namespace {

constexpr std::int64_t most = 20;

std::optional<RunNo> run_of(std::optional<std::int64_t> no) {
  return no ? std::optional(RunNo{*no}) : std::nullopt;
}

void link_item(sql::Connection& db, RunLinks& links, std::int64_t no) {
  db.each(
      "SELECT b.run_no, b.run_id, p.name, b.state FROM run a JOIN run b ON b.source_id = a.source_id AND b.key = a.key"
      " JOIN pipeline p ON p.pipeline_id = b.pipeline_id WHERE a.run_no = ?1 AND b.run_no <> ?1"
      " ORDER BY b.run_no DESC LIMIT ?2",
      [&links](sql::Row const& row) {
        links.same_input.push_back({{row.integer(0)}, row.text(1), row.text(2), state_of(row.text(3))});
      },
      no, most);
  // The one before it is among the last that the item had, or there is none.
  links.replaces = run_of(db.integer(
      "SELECT max(run_no) FROM (SELECT b.run_no, b.replaced_by FROM run a JOIN run b ON b.source_id = a.source_id"
      " AND b.key = a.key WHERE a.run_no = ?1 AND b.run_no < ?1 ORDER BY b.run_no DESC LIMIT 100)"
      " WHERE replaced_by = ?1",
      no));
}

}  // namespace

std::optional<RunNo> newest_repeat(sql::Connection& db, RunNo run) {
  return run_of(
      db.integer("WITH RECURSIVE later(no) AS (SELECT run_no FROM run WHERE retry_of = ?"
                 " UNION SELECT run_no FROM run JOIN later ON retry_of = no) SELECT max(no) FROM later",
                 run.value));
}

RunLinks run_links(sql::Connection& db, RunRow const& run) {
  RunLinks links;
  auto const no = run.no.value;
  links.previous =
      run_of(db.integer("SELECT max(run_no) FROM run WHERE pipeline_id = ? AND run_no < ?", run.pipeline.value, no));
  links.next =
      run_of(db.integer("SELECT min(run_no) FROM run WHERE pipeline_id = ? AND run_no > ?", run.pipeline.value, no));
  db.each(
      "SELECT run_no FROM run WHERE retry_of = ? ORDER BY run_no LIMIT ?",
      [&links](sql::Row const& row) { links.retried_by.push_back({row.integer(0)}); }, no, most);
  link_item(db, links, no);
  auto const take_times = [&links](sql::Row const& row) {
    links.settled = core::from_ms(row.integer(0));
    if (!row.is_null(1)) links.detected = core::from_ms(row.integer(1));
  };
  db.each("SELECT at_ms, detected_ms FROM change WHERE seq = ?", take_times, run.seq);
  if (run.revision) links.spec = revision_spec(db, *run.revision).value_or("");
  auto const body = db.first(
      "SELECT create_body FROM attempt WHERE run_no = ? ORDER BY attempt DESC LIMIT 1",
      [](sql::Row const& row) { return row.text(0); }, no);
  links.create_body = body.value_or("");
  return links;
}

}  // namespace store
