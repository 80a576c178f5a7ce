#include "domain/run_state.hpp"

#include <array>

namespace domain {
namespace {

/// Each table is in the order of its enumeration; the parallel static_asserts below catch a name that was forgotten.
template <class Enum, std::size_t Count>
std::string_view name_of(std::array<std::string_view, Count> const& names, Enum value) noexcept {
  auto const index = static_cast<std::size_t>(value);
  return index < Count ? names[index] : "?";
}

template <class Enum, std::size_t Count>
std::optional<Enum> value_of(std::array<std::string_view, Count> const& names, std::string_view text) noexcept {
  for (std::size_t index = 0; index < Count; ++index)
    if (names[index] == text) return static_cast<Enum>(index);
  return std::nullopt;
}

constexpr auto run_states = std::to_array<std::string_view>({
    "queued", "held", "pulling", "starting", "running", "collecting", "retry_wait", "succeeded", "failed", "rejected",
    "timed_out", "cancelled", "interrupted", "outdated", "skipped",
});
static_assert(run_states.size() == static_cast<std::size_t>(RunState::skipped) + 1);

constexpr auto steps = std::to_array<std::string_view>({
    "creating", "created", "starting", "running", "exited", "collecting", "collected", "removing", "removed",
});
static_assert(steps.size() == static_cast<std::size_t>(Step::removed) + 1);

constexpr auto triggers =
    std::to_array<std::string_view>({"change", "existing", "manual", "retry", "rerun", "backfill"});
static_assert(triggers.size() == static_cast<std::size_t>(Trigger::backfill) + 1);

constexpr auto change_kinds = std::to_array<std::string_view>({"created", "modified", "removed"});
static_assert(change_kinds.size() == static_cast<std::size_t>(ChangeKind::removed) + 1);

constexpr auto reasons = std::to_array<std::string_view>({
    "none", "settling", "limit_runs", "limit_pipeline", "backoff", "pipeline_retired", "pipeline_disabled",
    "pipeline_invalid", "engine_unavailable", "image_unavailable", "input_unreadable", "disk_low", "policy",
    "exit_zero", "exit_nonzero", "exit_rejected", "exit_try_again", "signalled", "out_of_memory", "timeout",
    "command_not_found", "command_not_executable", "bad_outputs", "output_too_large", "container_lost",
    "killed_externally", "engine_restarted", "cancelled_by_user", "input_gone", "input_changed", "create_refused",
    "start_refused", "collect_failed", "existing", "same_content", "not_matched", "ignored", "event_not_wanted",
    "removed",
});
static_assert(reasons.size() == static_cast<std::size_t>(Reason::removed) + 1);

}  // namespace

std::string_view to_string(RunState state) noexcept { return name_of(run_states, state); }
std::optional<RunState> parse_run_state(std::string_view text) noexcept { return value_of<RunState>(run_states, text); }

std::string_view to_string(Step step) noexcept { return name_of(steps, step); }
std::optional<Step> parse_step(std::string_view text) noexcept { return value_of<Step>(steps, text); }

std::string_view to_string(Trigger trigger) noexcept { return name_of(triggers, trigger); }
std::optional<Trigger> parse_trigger(std::string_view text) noexcept { return value_of<Trigger>(triggers, text); }

std::string_view to_string(ChangeKind kind) noexcept { return name_of(change_kinds, kind); }

std::string_view to_string(Reason reason) noexcept { return name_of(reasons, reason); }
std::optional<Reason> parse_reason(std::string_view text) noexcept { return value_of<Reason>(reasons, text); }

std::string_view explain(Reason reason) noexcept {
  switch (reason) {
    case Reason::none: return "There is nothing to say about this one.";
    case Reason::settling:
      return "The file changed a moment ago; the run starts once it has been quiet for the pipeline's `settle` time.";
    case Reason::limit_runs:
      return "As many runs as `limits.runs` of the daemon allows are going on; this one starts when one of them ends.";
    case Reason::limit_pipeline:
      return "As many runs as the pipeline's `max_running` allows are going on; this one starts when one of them ends.";
    case Reason::backoff: return "The last attempt failed; the next one starts after the pause that `retries.backoff` sets.";
    case Reason::pipeline_retired:
      return "The pipeline's file was taken away, so nothing new starts; put the file back to let its queued runs go on.";
    case Reason::pipeline_disabled:
      return "The pipeline says `enabled: false`; set it to true to let its queued runs go on.";
    case Reason::pipeline_invalid:
      return "The pipeline's file has errors and no earlier revision is live; `tidewheel validate FILE` shows them.";
    case Reason::engine_unavailable:
      return "The Docker Engine does not answer; the run starts by itself when it does. Check `systemctl status docker`, "
             "`engine.host` and whether the daemon's user may open the socket.";
    case Reason::image_unavailable:
      return "The image is not there and could not be pulled; it is tried again by itself. Check the image's name, the "
             "registry, its credentials and `pull_policy`.";
    case Reason::input_unreadable:
      return "The daemon may not read the file; give its user read permission on the file and search permission on every "
             "folder above it, for example with `setfacl -m u:tidewheel:rX`.";
    case Reason::disk_low:
      return "Less disk space is free than `storage.min_free` asks for; runs go on by themselves when there is more.";
    case Reason::policy:
      return "The daemon's `policy` does not allow what the pipeline asks for; change the pipeline, or ask whoever owns "
             "tidewheeld.yaml to allow it.";
    case Reason::exit_zero: return "The command ended with exit code 0 and its results are published.";
    case Reason::exit_nonzero: return "The command ended with an exit code other than 0; `tidewheel logs RUN` shows why.";
    case Reason::exit_rejected:
      return "The command ended with exit code 65: it says that its input is bad. Correct the file; the new version gets "
             "its own run.";
    case Reason::exit_try_again:
      return "The command ended with exit code 75 (try again) on every attempt that `retries.max` allows.";
    case Reason::signalled: return "The command was ended by a signal; `tidewheel show RUN` names it and the log may tell why.";
    case Reason::out_of_memory:
      return "The container was killed because it used more memory than it may; raise the pipeline's `mem_limit` or have "
             "the script use less.";
    case Reason::timeout:
      return "The command ran longer than the pipeline's `timeout` and was stopped; raise it or have the script do less.";
    case Reason::command_not_found:
      return "There is no such command in the image; check `command`, `entrypoint` and the image's own ENTRYPOINT.";
    case Reason::command_not_executable:
      return "The command is in the image but may not be executed; check its mode (chmod +x) and its #! line.";
    case Reason::bad_outputs:
      return "The command succeeded but its outputs do not fit the pipeline's `outputs`; the run's error names the output "
             "and what was wrong.";
    case Reason::output_too_large:
      return "The command wrote more into /out than is taken back; write less there, or keep scratch files in /tmp.";
    case Reason::container_lost:
      return "The container was gone before its end was recorded, so the outcome is unknown; someone or something removed "
             "it. `tidewheel retry RUN` runs it again.";
    case Reason::killed_externally:
      return "Someone stopped or killed the container from outside (docker stop, docker kill, the host); `tidewheel retry "
             "RUN` runs it again.";
    case Reason::engine_restarted:
      return "The Docker Engine restarted and took the container with it; set `\"live-restore\": true` in "
             "/etc/docker/daemon.json so that containers survive that.";
    case Reason::cancelled_by_user: return "Somebody cancelled the run; `tidewheel retry RUN` runs it again.";
    case Reason::input_gone: return "The file was deleted before its run started, so there was nothing to run on.";
    case Reason::input_changed:
      return "The file changed again before this run started; the run of the newer version took its place.";
    case Reason::create_refused:
      return "The Docker Engine refused to create the container; the run's error has its words.";
    case Reason::start_refused: return "The Docker Engine refused to start the container; the run's error has its words.";
    case Reason::collect_failed:
      return "The command ended but what it left in /out could not be taken back; the run's error says why. `tidewheel "
             "retry RUN` runs it again.";
    case Reason::existing:
      return "The file was there before the pipeline was and `existing` leaves such files alone; `tidewheel run PIPELINE "
             "--input FILE` runs it now.";
    case Reason::same_content:
      return "The content is the same as what was handled already (a touch, a restore or an identical rewrite); "
             "`same_content: run` would run it again.";
    case Reason::not_matched: return "No glob of the pipeline's `files` matches the name.";
    case Reason::ignored: return "A glob of the pipeline's `ignore`, or a default ignore (temporary files), matches the name.";
    case Reason::event_not_wanted: return "The pipeline's `events` do not list this kind of change.";
    case Reason::removed: return "The file is not there any more.";
  }
  return "?";
}

}  // namespace domain
