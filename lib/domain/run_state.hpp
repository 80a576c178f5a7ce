#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace domain {

/// States of a run (DESIGN 6.3). Ends never reopen.
enum class RunState : std::uint8_t {
  queued,
  held,
  pulling,
  starting,
  running,
  collecting,
  retry_wait,
  succeeded,
  failed,
  rejected,
  timed_out,
  cancelled,
  interrupted,
  outdated,
  skipped,
};
[[nodiscard]] constexpr bool is_end(RunState state) noexcept {
  return state >= RunState::succeeded;
}
/// An end that tells of trouble; the others are good, or say nothing of the pipeline (outdated, cancelled, skipped).
[[nodiscard]] constexpr bool is_failure(RunState state) noexcept {
  return state == RunState::failed || state == RunState::rejected || state == RunState::timed_out ||
         state == RunState::interrupted;
}
/// A runner owns the run: it has (or is getting) a container.
[[nodiscard]] constexpr bool is_active(RunState state) noexcept {
  return state >= RunState::pulling && state <= RunState::collecting;
}
[[nodiscard]] std::string_view to_string(RunState state) noexcept;
[[nodiscard]] std::optional<RunState> parse_run_state(std::string_view text) noexcept;

/// Steps of one attempt. Each is committed before the Docker call that it announces, and again when it is done.
enum class Step : std::uint8_t {
  creating,
  created,
  starting,
  running,
  exited,
  collecting,
  collected,
  removing,
  removed
};
[[nodiscard]] std::string_view to_string(Step step) noexcept;
[[nodiscard]] std::optional<Step> parse_step(std::string_view text) noexcept;

/// Why a run, an item or a pipeline is where it is. The list is frozen: names are part of the contract, new ones go to
/// the end.
enum class Reason : std::uint8_t {
  none,
  // waiting
  settling,
  limit_runs,
  limit_pipeline,
  backoff,
  pipeline_retired,
  pipeline_disabled,
  pipeline_invalid,
  engine_unavailable,
  image_unavailable,
  input_unreadable,
  disk_low,
  policy,
  // ends
  exit_zero,
  exit_nonzero,
  exit_rejected,
  exit_try_again,
  signalled,
  out_of_memory,
  timeout,
  command_not_found,
  command_not_executable,
  bad_outputs,
  output_too_large,
  container_lost,
  killed_externally,
  engine_restarted,
  cancelled_by_user,
  input_gone,
  input_changed,
  create_refused,
  start_refused,
  collect_failed,
  // items
  existing,
  same_content,
  not_matched,
  ignored,
  event_not_wanted,
  removed,
  // inputs that are fetched
  staging_full,
  input_too_large,
  // what people asked for
  pipeline_paused,
  // order
  limit_resources,
  larger_than_limits,
  // what the host has to bring
  secret_unavailable,
  // order, once more
  serialized,
  newer_data,
  // what the host has to bring, once more
  snapshot_unavailable,
  engine_unsuitable,
  // while it runs
  unkillable,
};
[[nodiscard]] std::string_view to_string(Reason reason) noexcept;
[[nodiscard]] std::optional<Reason> parse_reason(std::string_view text) noexcept;
/// A sentence for people, with what to do where there is something to do.
[[nodiscard]] std::string_view explain(Reason reason) noexcept;

enum class Trigger : std::uint8_t { change, existing, manual, retry, rerun, backfill };
[[nodiscard]] std::string_view to_string(Trigger trigger) noexcept;
[[nodiscard]] std::optional<Trigger> parse_trigger(std::string_view text) noexcept;

enum class ChangeKind : std::uint8_t { created, modified, removed };
[[nodiscard]] std::string_view to_string(ChangeKind kind) noexcept;

}  // namespace domain
