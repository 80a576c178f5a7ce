#include "orchestrator/verdict.hpp"

#include <algorithm>
#include <csignal>

namespace orchestrator {

namespace {

using domain::AttemptEnd;
using domain::InitExit;
using domain::Reason;
using domain::RunState;

void set(AttemptEnd& end, RunState outcome, Reason reason, std::string detail) {
  end.outcome = outcome;
  end.reason = reason;
  end.detail = std::move(detail);
}

bool killed_for_memory(InitExit const& exit, std::optional<docker::Container> const& container) {
  if (exit.oom_kills >= 0) return exit.oom_kills > 0;
  return container && container->oom_killed;
}

/// What a shell gives back for a child that SIGKILL ended. A script may give it of its own will, so it tells of memory
/// only where the kernel counted a kill for memory.
constexpr int shell_exit_of_sigkill = 128 + SIGKILL;

void judge_exit(AttemptEnd& end, InitExit const& exit, bool for_memory) {
  auto const code = std::to_string(exit.code);
  if (exit.code == 0)
    set(end, RunState::succeeded, Reason::exit_zero, {});
  else if (exit.code == 65)
    set(end, RunState::rejected, Reason::exit_rejected, "the script rejected its input (exit code 65)");
  else if (exit.code == 75)
    set(end, RunState::failed, Reason::exit_try_again, "exit code 75 asks to try again");
  else if (for_memory && exit.code == shell_exit_of_sigkill)
    set(end, RunState::failed, Reason::out_of_memory,
        "exit code " + code + ": the kernel killed a process of it, it wanted more than mem_limit");
  else
    set(end, RunState::failed, Reason::exit_nonzero,
        "exit code " + code + (for_memory ? "; the kernel killed a process of it for its memory" : ""));
}

void judge_signal(AttemptEnd& end, InitExit const& exit, bool for_memory) {
  auto const name = "signal " + std::to_string(exit.signal);
  if (for_memory && exit.signal == SIGKILL)
    set(end, RunState::failed, Reason::out_of_memory, "killed by the kernel: it wanted more than mem_limit");
  else
    set(end, RunState::failed, Reason::signalled, "ended by " + name);
}

void judge_record(AttemptEnd& end, InitExit const& exit, bool for_memory) {
  switch (exit.kind) {
    case InitExit::Kind::no_command:
      return set(end, RunState::failed, Reason::command_not_found, "the command is not in the image");
    case InitExit::Kind::not_executable:
      return set(end, RunState::failed, Reason::command_not_executable,
                 "the command cannot be executed, errno " + std::to_string(exit.error_number));
    case InitExit::Kind::not_started:
      return set(end, RunState::interrupted, Reason::start_refused,
                 "no process could be made, errno " + std::to_string(exit.error_number));
    case InitExit::Kind::exited:
      return judge_exit(end, exit, for_memory);
    case InitExit::Kind::signalled:
      return judge_signal(end, exit, for_memory);
  }
}

}  // namespace

AttemptEnd judge(Evidence const& evidence) {
  AttemptEnd end;
  if (evidence.record.exit) {
    auto const& exit = *evidence.record.exit;
    auto const for_memory = killed_for_memory(exit, evidence.container);
    end.exit_code = exit.code;
    if (exit.signal != 0) end.signal = exit.signal;
    end.oom_killed = for_memory;
    end.max_rss_bytes = exit.max_rss;
    end.cpu_ms = std::chrono::duration_cast<std::chrono::milliseconds>(exit.user_cpu + exit.system_cpu).count();
    end.exited = exit.finished_at;
    judge_record(end, exit, for_memory);
    if (exit.timed_out) set(end, RunState::timed_out, Reason::timeout, "it ran longer than the pipeline's timeout");
    // A script that traps SIGTERM may exit 0 after somebody else stopped it: that is not a result.
    else if (exit.forwarded_signal != 0)
      set(end, RunState::interrupted, Reason::killed_externally,
          "stopped from outside by signal " + std::to_string(exit.forwarded_signal));
  } else if (evidence.record.started) {
    set(end, RunState::interrupted, evidence.container ? Reason::engine_restarted : Reason::container_lost,
        "it started but left no exit record: the engine or the machine went down, or somebody removed or killed its "
        "container");
  } else if (!evidence.container) {
    set(end, RunState::interrupted, Reason::container_lost, "its container is gone and never ran");
  } else {
    set(end, RunState::interrupted, Reason::start_refused,
        evidence.container->error.empty() ? "its container ended before the command was started"
                                          : evidence.container->error);
  }
  if (evidence.container && evidence.container->oom_killed && end.reason == Reason::engine_restarted)
    set(end, RunState::failed, Reason::out_of_memory, "killed by the kernel: it wanted more than mem_limit");
  if (evidence.cancel_requested) set(end, RunState::cancelled, Reason::cancelled_by_user, "cancelled while it ran");
  return end;
}

namespace {

/// The command ended by itself, with a code that it chose; `code` is not what a signal leaves.
bool chose_its_code(AttemptEnd const& end) {
  switch (end.reason) {
    case Reason::exit_nonzero:
    case Reason::exit_try_again:
    case Reason::exit_rejected:
      return true;
    case Reason::out_of_memory:
      return !end.signal;
    default:
      return false;
  }
}

bool failed_for_memory(AttemptEnd const& end) {
  return end.reason == Reason::out_of_memory || (end.reason == Reason::exit_nonzero && end.oom_killed);
}

bool is_tried_again(AttemptEnd const& end, domain::RetrySpec const& retries) {
  if (end.may_run_unseen) return false;
  if (end.outcome == RunState::interrupted) return retries.interrupted;
  if (end.outcome == RunState::timed_out) return retries.timeout;
  if (end.outcome != RunState::failed && end.outcome != RunState::rejected) return false;
  if (retries.oom && failed_for_memory(end)) return true;
  return end.exit_code && chose_its_code(end) &&
         std::ranges::find(retries.exit_codes, *end.exit_code) != retries.exit_codes.end();
}

}  // namespace

RunState state_after(AttemptEnd const& end, domain::RetrySpec const& retries, std::int64_t attempts) {
  return attempts <= retries.max && is_tried_again(end, retries) ? RunState::retry_wait : end.outcome;
}

}  // namespace orchestrator
