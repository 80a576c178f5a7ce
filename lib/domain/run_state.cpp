#include "domain/run_state.hpp"

#include <array>

namespace domain {
namespace {

/// Each table is in the order of its enumeration; the static_asserts catch a name that was forgotten.
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
    "queued",
    "held",
    "pulling",
    "starting",
    "running",
    "collecting",
    "retry_wait",
    "succeeded",
    "failed",
    "rejected",
    "timed_out",
    "cancelled",
    "interrupted",
    "outdated",
    "skipped",
});
static_assert(run_states.size() == static_cast<std::size_t>(RunState::skipped) + 1);

constexpr auto steps = std::to_array<std::string_view>({
    "creating",
    "created",
    "starting",
    "running",
    "exited",
    "collecting",
    "collected",
    "removing",
    "removed",
});
static_assert(steps.size() == static_cast<std::size_t>(Step::removed) + 1);

constexpr auto triggers =
    std::to_array<std::string_view>({"change", "existing", "manual", "retry", "rerun", "backfill"});
static_assert(triggers.size() == static_cast<std::size_t>(Trigger::backfill) + 1);

constexpr auto change_kinds = std::to_array<std::string_view>({"created", "modified", "removed"});
static_assert(change_kinds.size() == static_cast<std::size_t>(ChangeKind::removed) + 1);

/// Name and explanation of each reason: the names are part of the contract, new ones go to the end.
struct ReasonText {
  std::string_view name, explanation;
};
constexpr auto reasons = std::to_array<ReasonText>({
    {"none", "There is nothing to say about this one."},
    {"settling",
     "The file changed a moment ago; the run starts once it has been quiet for the pipeline's `settle` time."},
    {"limit_runs",
     "As many runs as `limits.runs` of the daemon allows are going on; this one starts when one of them ends."},
    {"limit_pipeline",
     "As many runs as the pipeline's `max_running` allows are going on; this one starts when one of them ends."},
    {"backoff", "The last attempt failed; the next one starts after the pause that `retries.backoff` sets."},
    {"pipeline_retired",
     "The pipeline's file was taken away, so nothing new starts; put the file back to let its queued runs go "
     "on."},
    {"pipeline_disabled", "The pipeline says `enabled: false`; set it to true to let its queued runs go on."},
    {"pipeline_invalid",
     "The pipeline's file has errors and no earlier revision is live; `tidewheel validate FILE` shows them."},
    {"engine_unavailable",
     "The Docker Engine does not answer, or refuses to work for this daemon; the run starts by itself when that is "
     "over. Check `systemctl status docker`, `engine.host` and whether the daemon's user may open the socket."},
    {"image_unavailable",
     "The image is not there and could not be pulled; it is tried again by itself. Check the image's name, the "
     "registry, the daemon's login for it (`registries` or `docker_config` in tidewheeld.yaml) and `pull_policy`."},
    {"input_unreadable",
     "The daemon may not read the file; give its user read permission on the file and search permission on "
     "every folder above it."},
    {"disk_low",
     "Less disk space is free than `storage.min_free` asks for; runs go on by themselves when there is more."},
    {"policy",
     "The daemon's `policy` does not allow what the pipeline asks for; change the pipeline, or ask whoever owns "
     "tidewheeld.yaml to allow it."},
    {"exit_zero", "The command ended with exit code 0 and its results are published."},
    {"exit_nonzero", "The command ended with an exit code other than 0; `tidewheel logs RUN` shows why."},
    {"exit_rejected",
     "The command ended with exit code 65: it says that its input is bad. Correct the file; the new version "
     "gets its own run."},
    {"exit_try_again", "The command ended with exit code 75 (try again) on every attempt that `retries.max` allows."},
    {"signalled", "The command was ended by a signal; `tidewheel show RUN` names it and the log may tell why."},
    {"out_of_memory",
     "The container was killed because it used more memory than it may; raise the pipeline's `mem_limit` or "
     "have the script use less."},
    {"timeout",
     "The command ran longer than the pipeline's `timeout` and was stopped; raise it or have the script do "
     "less."},
    {"command_not_found",
     "There is no such command in the image; check `command`, `entrypoint` and the image's own ENTRYPOINT."},
    {"command_not_executable",
     "The command is in the image but may not be executed; check its mode (chmod +x) and its #! line."},
    {"bad_outputs",
     "The command succeeded but its outputs do not fit the pipeline's `outputs`; the run's error names the "
     "output and what was wrong."},
    {"output_too_large",
     "The command wrote more into /out than is taken back; write less there, or keep scratch files in /tmp."},
    {"container_lost",
     "The container was gone before its end was recorded, so the outcome is unknown; someone or something "
     "removed it. `tidewheel retry RUN` runs it again."},
    {"killed_externally",
     "Someone stopped or killed the container from outside (docker stop, docker kill, the host); `tidewheel "
     "retry RUN` runs it again."},
    {"engine_restarted",
     "The Docker Engine restarted and took the container with it; set `\"live-restore\": true` in "
     "/etc/docker/daemon.json so that containers survive that."},
    {"cancelled_by_user", "Somebody cancelled the run; `tidewheel retry RUN` runs it again."},
    {"input_gone", "The file was deleted before its run started, so there was nothing to run on."},
    {"input_changed", "The file changed again before this run started; the run of the newer version took its place."},
    {"create_refused", "The Docker Engine refused to create the container; the run's error has its words."},
    {"start_refused", "The Docker Engine refused to start the container; the run's error has its words."},
    {"collect_failed",
     "The command ended but what it left in /out could not be taken back; the run's error says why. `tidewheel "
     "retry RUN` runs it again."},
    {"existing",
     "The file was there before the pipeline was and `existing` leaves such files alone; `tidewheel run "
     "PIPELINE --input FILE` runs it now."},
    {"same_content",
     "The content is the same as what was handled already (a touch, a restore or an identical rewrite); "
     "`same_content: run` would run it again."},
    {"not_matched", "No glob of the pipeline's `files` matches the name."},
    {"ignored", "A glob of the pipeline's `ignore`, or a default ignore (temporary files), matches the name."},
    {"event_not_wanted", "The pipeline's `events` do not list this kind of change."},
    {"removed", "The file is not there any more."},
    {"staging_full",
     "The inputs of other runs take all of `staging.max_bytes` or of `staging.downloads`; the run goes on by itself "
     "when one of them ends."},
    {"input_too_large",
     "The object is larger than `staging.max_bytes` of the daemon allows; raise that, or let the pipeline say "
     "`fetch: false`, then `tidewheel retry RUN`."},
    {"pipeline_paused",
     "Somebody paused the pipeline: nothing new starts until `tidewheel resume PIPELINE`; changes are noticed and "
     "queued meanwhile."},
    {"limit_resources",
     "Other runs have too much of `limits.cpus`, `limits.memory` or `limits.gpus` of the daemon; it starts when enough "
     "of them have ended, and no other run goes ahead of it meanwhile."},
    {"larger_than_limits",
     "The pipeline asks for more than all of `limits.cpus`, `limits.memory` or `limits.gpus` of the daemon, so it can "
     "never start; lower the pipeline's `cpus`, `mem_limit` or `gpus`, or raise the daemon's limits."},
    {"secret_unavailable",
     "A secret of the pipeline's `secrets` cannot be had; it is looked for again by itself. Put it where the daemon "
     "looks: a systemd credential (LoadCredential=) or a file in `secrets_dir`, and allow it in `policy.secrets`."},
    {"serialized",
     "A run with the same `serialize_by` value goes on, or is before it in the queue; they go one after another."},
    {"newer_data",
     "Its input has a newer version, and the pipeline's `overlap: cancel` cancels what runs on the older one."},
    {"snapshot_unavailable",
     "The pipeline's `snapshot` cannot be made where its input and `state_dir` lie; it is tried again by itself. Write "
     "`snapshot: copy`, or put `state_dir` on the input's file system."},
    {"engine_unsuitable",
     "The engine is on another host (`engine.host: tcp://...`) and cannot do what the pipeline asks for: it has none "
     "of this host's folders, or another processor. Change the pipeline, or let a daemon on the engine's host run it."},
    {"unkillable",
     "The container was told to stop and goes on, even after SIGKILL: a process in it waits for the kernel, often for "
     "a disk or a network file system that is gone. `docker top` and the host's log show which. The run's slot is "
     "free meanwhile, and its end is recorded when it comes."},
});
static_assert(reasons.size() == static_cast<std::size_t>(Reason::unkillable) + 1);

}  // namespace

std::string_view to_string(RunState state) noexcept {
  return name_of(run_states, state);
}
std::optional<RunState> parse_run_state(std::string_view text) noexcept {
  return value_of<RunState>(run_states, text);
}

std::string_view to_string(Step step) noexcept {
  return name_of(steps, step);
}
std::optional<Step> parse_step(std::string_view text) noexcept {
  return value_of<Step>(steps, text);
}

std::string_view to_string(Trigger trigger) noexcept {
  return name_of(triggers, trigger);
}
std::optional<Trigger> parse_trigger(std::string_view text) noexcept {
  return value_of<Trigger>(triggers, text);
}

std::string_view to_string(ChangeKind kind) noexcept {
  return name_of(change_kinds, kind);
}

std::string_view to_string(Reason reason) noexcept {
  auto const index = static_cast<std::size_t>(reason);
  return index < reasons.size() ? reasons[index].name : "?";
}

std::optional<Reason> parse_reason(std::string_view text) noexcept {
  for (std::size_t index = 0; index < reasons.size(); ++index)
    if (reasons[index].name == text) return static_cast<Reason>(index);
  return std::nullopt;
}

std::string_view explain(Reason reason) noexcept {
  auto const index = static_cast<std::size_t>(reason);
  return index < reasons.size() ? reasons[index].explanation : "?";
}

}  // namespace domain
