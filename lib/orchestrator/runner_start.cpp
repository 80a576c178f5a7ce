#include <spdlog/spdlog.h>

#include "archive/make_tar.hpp"
#include "orchestrator/runner.hpp"
#include "orchestrator/upload.hpp"

namespace orchestrator {

using namespace std::chrono_literals;
using domain::ContainerState;
using domain::Reason;
using domain::Step;

awaitable<bool> Runner::create() {
  auto id = co_await services_.engine.create(attempt_.container_name, attempt_.create_body);
  if (id) {
    attempt_.container_id = std::move(*id);
    co_return true;
  }
  auto const error = id.error();
  bool const is_taken = error.code == core::Errc::conflict;
  if (is_taken && refusals_++ == 0) co_return false;  // it is there already: look
  if (is_taken || may_pass(error.code))
    co_await meet_refusal(error);
  else if (error.code == core::Errc::not_found)
    image_gone_ = error;  // not here: a pull would keep the start slot
  else
    refused_ = error;
  co_return false;
}

awaitable<void> Runner::bring_back_image() {
  auto why = std::exchange(image_gone_, std::nullopt)->message();
  bool const can_pull = pipeline_.pull_policy != domain::PullPolicy::never && !run_.image_digest.empty();
  if (can_pull && !std::exchange(image_brought_back_, true)) {
    spdlog::warn("run {}: its image went away after it was found, pulling it once more", run_.no.value);
    // By its digest: the container's body names this one, whatever the tag means by now.
    auto const image = co_await images_.ensure(run_.image_digest, domain::PullPolicy::missing, control_);
    if (image) co_return;
    why = image.error().message();
  }
  if (control_.cancel)
    refused_ = core::Error{core::Errc::conflict, "cancelled before it was started", attempt_.container_name, {}};
  else
    withdrawn_ = Waits{Reason::image_unavailable, "the image went away before its container was made; " + why, true};
}

awaitable<core::Result<void>> Runner::fill() {
  if (services_.config.remote_engine) {
    // Only before the step `starting`, which is committed once all is there: no start was sent yet, so nothing that
    // runs can lose a file to an upload that is done again.
    if (attempt_.step >= Step::starting) co_return core::Result<void>();
    auto folder = services_.state_dir.attempt(run_.id, attempt_.number);
    co_return co_await upload(services_, attempt_.container_id, std::move(folder), control_.cancel);
  }
  if (!open_out_) co_return core::Result<void>();
  auto tar = archive::open_directory_tar("out");
  co_return co_await services_.engine.put_archive(attempt_.container_id, "/", std::move(tar));
}

awaitable<bool> Runner::start() {
  bool const again = !pipeline_.init && attempt_.step >= Step::starting;
  if (again) {
    auto const may_start = co_await settle();
    if (!may_start) co_return false;
  }
  core::Result<void> done{};
  if (!again) done = co_await fill();
  if (!done && control_.cancel && attempt_.step < Step::starting) {
    refused_ = core::Error{core::Errc::conflict, "cancelled before it was started", attempt_.container_name, {}};
    co_return false;
  }
  if (done && !pipeline_.init) done = co_await plain_.note_engine();
  if (done) {
    co_await commit_step(Step::starting);
    done = co_await services_.engine.start(attempt_.container_id);
  }
  if (done) co_return true;
  auto const error = done.error();
  if (may_pass(error.code))
    co_await meet_refusal(error);
  else if (error.code == core::Errc::conflict)
    co_await meet_orphan(error);
  else if (error.code != core::Errc::not_found)
    refused_ = error;
  co_return false;
}

awaitable<void> Runner::meet_refusal(core::Error error) {
  constexpr int most_refusals = 5;  // 3 s of tries
  if (++refusals_ >= most_refusals && !control_.cancel) {
    auto const seen = co_await look();
    bool nothing_ran = seen && *seen == ContainerState::absent;
    if (seen && *seen == ContainerState::created) nothing_ran = co_await unmake();
    if (nothing_ran) {
      auto detail = "the engine answers questions, but fails at this: " + error.message();
      withdrawn_ = Waits{Reason::engine_unavailable, std::move(detail), true};
      co_return;
    }
  }
  (void)co_await control_.wake.wait_until(services_.clock.steady() + pause_after(error));
}

awaitable<bool> Runner::unmake() {
  auto const record = co_await read_record();
  if (record.started) co_return false;
  if (!pipeline_.init && attempt_.step >= Step::starting) {
    auto const never_ran = co_await settle();
    if (!never_ran) co_return false;
  }
  // Not by force: one that runs after all stays.
  auto const removed = co_await services_.engine.remove(attempt_.container_id, false);
  co_return removed.has_value();
}

/// A dockerd that is killed within a start leaves a container that is `created` for ever, while containerd has its
/// task: mostly one that nobody will start any more, seldom one that runs unseen. Without a start mark nothing ran and
/// nothing will, so another attempt may be made; with one we wait for the record of its end.
awaitable<void> Runner::meet_orphan(core::Error const& error) {
  // An old attempt has seen more of them in other lives of this daemon, which may be short ones.
  auto const most_conflicts = services_.clock.wall() - attempt_.created > 30s ? 3 : 10;
  auto const record = co_await read_record();
  ++conflicts_;
  if (container_ && record.exit) {
    ended_unseen_ = true;
  } else if (!record.started && conflicts_ >= most_conflicts) {
    spdlog::warn("run {}: the engine was cut off while it started its container and will never start it",
                 run_.no.value);
    stuck_ = error;
  } else if (!record.started) {
    (void)co_await control_.wake.wait_until(services_.clock.steady() + 500ms);
  } else {
    (void)co_await control_.wake.wait_until(services_.clock.steady() + pause_after(error));
  }
}

awaitable<bool> Runner::settle() {
  auto const settled = co_await plain_.settle();
  if (!settled) {
    (void)co_await control_.wake.wait_until(services_.clock.steady() + pause_after(settled.error()));
    co_return false;
  }
  if (*settled == domain::Settled::refused)
    refused_ = core::Error{core::Errc::invalid, "an earlier start of it failed", attempt_.container_name, {}};
  if (*settled == domain::Settled::ran)
    stuck_ = core::Error{core::Errc::conflict, "it shows as created, and has run", attempt_.container_name, {}};
  co_return *settled == domain::Settled::start && !control_.cancel;
}

}  // namespace orchestrator
