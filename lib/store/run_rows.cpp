#include "store/run_rows.hpp"

#include "store/transitions.hpp"

namespace store {
namespace {

constexpr std::string_view columns =
    "SELECT r.run_no, r.run_id, p.name, v.number, r.state, r.reason, r.detail, r.trigger, r.attempts, r.seq,"
    " r.retry_of, r.replaced_by, r.cancel_ms, r.oom_killed, r.input_drifted, r.image, r.image_id, r.image_digest, "
    "r.exit_code,"
    " r.max_rss_bytes, r.cpu_ms, r.queued_ms, nullif(r.not_before_ms, 0), r.started_ms, r.finished_ms, i.uri,"
    " coalesce(i.key_text, CAST(i.key AS TEXT)) FROM run r JOIN pipeline p ON p.pipeline_id = r.pipeline_id"
    " LEFT JOIN revision v ON v.revision_id = r.revision_id"
    " LEFT JOIN run_input i ON i.run_no = r.run_no AND i.position = 0";

std::optional<core::Wall> time_at(sql::Row const& row, int column) {
  auto const ms = row.optional_integer(column);
  return ms ? std::optional(core::from_ms(*ms)) : std::nullopt;
}

std::optional<RunNo> run_at(sql::Row const& row, int column) {
  auto const no = row.optional_integer(column);
  return no ? std::optional(RunNo{*no}) : std::nullopt;
}

}  // namespace

std::string_view summary_columns() noexcept {
  return columns;
}

RunSummary summary_row(sql::Row const& row) {
  RunSummary run;
  run.no = {row.integer(0)};
  run.id = row.text(1);
  run.pipeline = row.text(2);
  run.revision = row.optional_integer(3);
  run.state = state_of(row.text(4));
  run.reason = reason_of(row.text(5));
  run.detail = row.text_or_empty(6);
  run.trigger = row.text(7);
  run.attempts = row.integer(8);
  run.seq = row.integer(9);
  run.retry_of = run_at(row, 10);
  run.replaced_by = run_at(row, 11);
  run.cancel_requested = !row.is_null(12);
  run.oom_killed = row.boolean(13);
  run.input_drifted = row.boolean(14);
  run.image = row.text_or_empty(15);
  run.image_id = row.text_or_empty(16);
  run.image_digest = row.text_or_empty(17);
  run.exit_code = row.optional_integer(18);
  run.max_rss_bytes = row.optional_integer(19);
  run.cpu_ms = row.optional_integer(20);
  run.queued = core::from_ms(row.integer(21));
  run.not_before = time_at(row, 22);
  run.started = time_at(row, 23);
  run.finished = time_at(row, 24);
  run.input_uri = row.text_or_empty(25);
  run.input_key = row.text_or_empty(26);
  return run;
}

}  // namespace store
