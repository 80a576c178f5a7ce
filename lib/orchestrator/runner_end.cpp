#include <spdlog/spdlog.h>

#include <filesystem>

#include "aio/sleep.hpp"
#include "domain/backoff.hpp"
#include "domain/init_format.h"
#include "orchestrator/attempt_files.hpp"
#include "orchestrator/attempt_log.hpp"
#include "orchestrator/collector.hpp"
#include "orchestrator/object_input.hpp"
#include "orchestrator/patience.hpp"
#include "orchestrator/runner.hpp"
#include "orchestrator/upload.hpp"

namespace orchestrator {

using namespace std::chrono_literals;
using domain::Reason;
using domain::RunState;
using domain::Step;
using store::Lane;

namespace {

constexpr int patient_removals = 5;  ///< so many fail before others get the place of a run that has ended

}  // namespace

awaitable<domain::InitRecord> Runner::read_record() {
  while (services_.config.remote_engine) {
    auto const bytes = co_await fetch_file(services_, attempt_.container_id, "/.tidewheel/record", TW_RECORD_MAX_SIZE);
    if (bytes) co_return domain::decode_record(*bytes);
    // Without an answer it is not known what the record says; what is not there never will be.
    if (!may_pass(bytes.error().code)) co_return domain::InitRecord{};
    co_await aio::sleep_for(pause_after(bytes.error()));
  }
  auto read = [file = services_.state_dir.attempt(run_.id, attempt_.number) / "record"] {
    return read_bounded(file, TW_RECORD_MAX_SIZE);
  };
  auto const bytes = co_await services_.pool.run(std::move(read));
  co_return domain::decode_record(bytes);
}

awaitable<domain::AttemptEnd> Runner::verdict(std::optional<docker::Container> const& container) {
  if (refused_) {
    domain::AttemptEnd end;
    auto const cancelled = control_.cancel;
    end.outcome = cancelled ? RunState::cancelled : RunState::failed;
    end.reason = cancelled                        ? Reason::cancelled_by_user
                 : attempt_.step < Step::starting ? Reason::create_refused
                                                  : Reason::start_refused;
    end.detail = refused_->message();
    if (!pipeline_.init && end.reason == Reason::start_refused) end.reason = co_await plain_.why_refused();
    co_return end;
  }
  if (stuck_) {
    domain::AttemptEnd end;
    end.outcome = RunState::interrupted;
    end.reason = Reason::start_refused;
    end.detail = "the engine was cut off while it started this container, which never ran: " + stuck_->message();
    if (!pipeline_.init) {
      end.detail = "the engine was cut off while it started this container: " + stuck_->message();
      co_await plain_.prove_ended(end);
    }
    co_return end;
  }
  if (!pipeline_.init) co_return co_await plain_.judge(container_);
  Evidence evidence;
  evidence.record = co_await read_record();
  bundle_size_ = evidence.record.bundle_size;
  if (!attempt_.started) attempt_.started = evidence.record.started_at;
  evidence.container = container;
  evidence.cancel_requested = control_.cancel;
  co_return judge(evidence);
}

awaitable<void> Runner::finish(std::optional<docker::Container> container) {
  auto end = co_await verdict(container);
  if (end.outcome == RunState::cancelled && (control_.for_newer || run_.cancelled_for_newer)) {
    end.reason = Reason::newer_data;
    end.detail = "newer data of its input has a run of its own";
  }
  // What it printed while the engine was away is lost if it ended before that came back.
  if (pipeline_.init && container && end.exited && !ended_in_sight_) {
    auto look = [&engine = services_.engine] { return engine.local_generation(); };
    auto const engine = co_await services_.pool.run(std::move(look));
    if (engine && engine->began && *end.exited < *engine->began) end.log_suspect = true;
  }
  auto exited = [&attempt = attempt_, &end, now = services_.clock.wall()](sql::Connection& db) {
    // Nobody may have seen it run: the daemon was down from its start to its end.
    if (attempt.started)
      store::set_step(db, attempt.run, attempt.number, Step::running, attempt.container_id, *attempt.started);
    store::set_exited(db, attempt.run, attempt.number, end, now);
  };
  co_await services_.database.write(Lane::run, std::move(exited));
  attempt_.step = Step::exited;

  Collected collected;
  if (container) {
    bool const whole = co_await keep_log();
    if (!whole) end.log_suspect = true;
  }
  if (container || bundle_size_) {  // a sealed bundle is ours, whatever became of the container
    Collector collector(services_);
    collected = co_await collector.collect(run_, attempt_, pipeline_, bundle_size_, end);
    if (!pipeline_.init) co_await plain_.confirm(end);
    if (end.outcome != RunState::succeeded) collected.outputs.clear();
    if (domain::gets_url(pipeline_)) collected.input_drifted = co_await end_url(end);
  } else if (end.outcome == RunState::succeeded) {
    end.outcome = RunState::interrupted;
    end.reason = Reason::container_lost;
    end.detail = "it ended well, but its container was removed before its outputs could be collected";
  }
  auto const after = state_after(end, pipeline_.retries, run_.attempts);
  auto const now = services_.clock.wall();
  auto const not_before = after != RunState::retry_wait
                              ? core::Wall{}
                              : now + domain::backoff_delay(pipeline_.retries.backoff, static_cast<int>(run_.attempts),
                                                            static_cast<std::uint64_t>(run_.no.value));
  auto publish = [&run = run_, &attempt = attempt_, &end, &collected, after, not_before, now](sql::Connection& db) {
    if (collected.input_drifted) store::set_input_drifted(db, run.no);
    store::publish(db, run.no, attempt.number, end, after, collected.outputs, collected.artifacts, not_before, now);
  };
  co_await services_.database.write(Lane::run, std::move(publish));
  attempt_.step = Step::collected;
  spdlog::info("run {} of {}: {}{}{}", run_.no.value, run_.pipeline_name, domain::to_string(after),
               end.detail.empty() ? "" : ", ", end.detail);
}

awaitable<bool> Runner::keep_log() {
  AttemptLog log(services_, run_.id, attempt_.number, pipeline_.secrets, pipeline_.log_limit);
  auto logged = co_await log.complete(attempt_.container_id);
  for (int tries = 1; !logged && may_come_back(logged.error().code, tries); ++tries) {
    if (tries == 1) spdlog::warn("run {}: its log cannot be stored yet: {}", run_.no.value, logged.error().message());
    co_await aio::sleep_for(pause_before_next(tries));
    logged = co_await log.complete(attempt_.container_id);
  }
  if (!logged)
    spdlog::warn("run {}: the complete log could not be stored, what was seen live is kept: {}", run_.no.value,
                 logged.error().message());
  co_return logged.has_value();
}

awaitable<bool> Runner::end_url(domain::AttemptEnd& end) {
  // At once: the container may stay for a while where the engine is away.
  auto remove = [file = services_.state_dir.attempt(run_.id, attempt_.number) / "input-url"] {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
  };
  co_await services_.pool.run(std::move(remove));
  if (run_.inputs.empty()) co_return false;
  if (end.outcome != RunState::succeeded && url_expires_ && *url_expires_ < services_.clock.wall())
    end.detail += (end.detail.empty() ? "" : "; ") +
                  ("the URL of its input was good until " + core::to_rfc3339(*url_expires_) + " only");
  auto const drifted = co_await object_drifted(services_, run_.inputs.front());
  if (!drifted)
    spdlog::warn("run {}: whether its object changed while it ran cannot be told: {}", run_.no.value,
                 run_.inputs.front().uri);
  co_return drifted.value_or(false);
}

awaitable<void> Runner::discard() {
  if (services_.config.remote_engine && stuck_) co_await give_up_command(services_, attempt_.container_id);
  // By id, never by name: a container that only has our name is somebody else's.
  for (int tries = 1; !attempt_.container_id.empty(); ++tries) {
    auto removed = co_await services_.engine.remove(attempt_.container_id, true);
    if (removed || !(may_pass(removed.error().code) || removed.error().code == core::Errc::conflict)) break;
    if (tries == patient_removals && !std::exchange(control_.over, true)) {
      spdlog::error(
          "run {} of {} has ended, but its container {} cannot be removed, which is tried on; its slot is free: {}",
          run_.no.value, run_.pipeline_name, attempt_.container_name, removed.error().message());
      control_.stir();
    }
    co_await aio::sleep_for(pause_after(removed.error()));
  }
  co_await clean_up(attempt_.number);
  place_ = {};
  co_await commit_step(Step::removed);  // last: what is left before it is found again at the next start
}

awaitable<void> Runner::clean_up(std::int64_t attempt) {
  auto clean = [folder = services_.state_dir.attempt(run_.id, attempt)] {
    std::error_code ignored;
    // A container that runs unseen by its engine hears of it in no other way, and it keeps the file that is bound.
    std::filesystem::resize_file(folder / "command", 0, ignored);
    std::filesystem::remove_all(folder, ignored);
  };
  co_await services_.pool.run(std::move(clean));
}

}  // namespace orchestrator
