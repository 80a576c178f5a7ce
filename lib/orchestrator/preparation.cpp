#include "orchestrator/preparation.hpp"

#include <filesystem>

#include "core/sha256.hpp"
#include "domain/params.hpp"
#include "domain/source_root.hpp"
#include "inputs/input.hpp"
#include "orchestrator/attempt_files.hpp"
#include "orchestrator/object_input.hpp"

namespace orchestrator {

namespace {

namespace fs = std::filesystem;
using domain::Reason;
using domain::RunState;

/// A run's own parameters over the pipeline's defaults, as they are now.
domain::ResolvedParams resolve(domain::PipelineSpec const& pipeline, std::vector<domain::RunParam> const& given) {
  domain::ParamOverrides overrides;
  for (auto const& param : given)
    if (param.from_user) overrides[param.name] = {domain::to_argument(param.value), domain::ParamOverride::Form::text};
  return domain::resolve_params(pipeline.params, overrides);
}

domain::Mount mount_of(domain::PipelineSpec const& pipeline, std::string const& root) {
  for (auto const& watch : pipeline.watch)
    if (domain::root_of(watch) == root) return watch.mount;
  return domain::Mount::file;
}

/// A name that Docker's JSON or a mount cannot carry is copied under a safe one; everything else is bound where it
/// lies.
core::Result<void> place(MountedInput& mounted, store::RunInput const& input, domain::Mount mount,
                         inputs::OpenInput const& open, domain::ContentHash const& hash, fs::path const& attempt_dir) {
  auto const file = fs::path(input.root) / input.key;
  auto const name = file.filename().string();
  auto const bound = mount == domain::Mount::file     ? file
                     : mount == domain::Mount::folder ? file.parent_path()
                                                      : fs::path(input.root);
  if (!inputs::mountable(bound.string())) {
    auto const safe = inputs::safe_name(name);
    if (auto made = make_attempt_folder(attempt_dir); !made) return made;
    if (auto staged = inputs::stage_copy(open, attempt_dir, safe, hash); !staged) return staged.error();
    mounted.host_path = attempt_dir / safe;
    mounted.mount_target = mounted.path = "/in/" + safe;
    return {};
  }
  mounted.host_path = bound;
  mounted.mount_target = mount == domain::Mount::file ? "/in/" + name : "/in";
  mounted.path = mount == domain::Mount::source ? "/in/" + input.key : "/in/" + name;
  return {};
}

void note_content(LocatedInput& located, store::RunInput const& input, domain::Version const& version,
                  domain::ContentHash const& hash) {
  located.facts.hash = hash;
  located.facts.version = version;
  located.mounted.key = input.key;
  located.mounted.uri = input.uri;
  located.mounted.size = version.size;
  located.mounted.sha256 = core::to_hex(hash);
}

/// On a worker thread: the input is what its row says, hashed, and laid where it can be bound.
LocatedInput locate_file(store::RunInput const& input, bool any_version, domain::Mount mount,
                         fs::path const& attempt_dir) {
  LocatedInput located;
  auto verified = inputs::verify_input(input.root, input.key, input.version, input.hash);
  if (any_version && verified.outcome == inputs::Verified::Outcome::changed)
    verified = inputs::verify_input(input.root, input.key, verified.version);
  switch (verified.outcome) {
    case inputs::Verified::Outcome::gone:
      located.ends = Ends{RunState::skipped, Reason::input_gone, "the file was gone before the run started"};
      return located;
    case inputs::Verified::Outcome::unreadable:
      located.waits = Waits{Reason::input_unreadable, verified.error->message()};
      return located;
    case inputs::Verified::Outcome::changed:
      // The watcher will see the same, commit the new version, and put its run in this one's place.
      located.waits = Waits{Reason::input_changed, input_changed_detail};
      return located;
    case inputs::Verified::Outcome::matches:
      break;
  }
  note_content(located, input, verified.version, verified.hash);
  if (auto placed = place(located.mounted, input, mount, *verified.input, verified.hash, attempt_dir); !placed)
    located.waits = Waits{Reason::disk_low, placed.error().message()};
  return located;
}

}  // namespace

awaitable<LocatedInput> Preparation::locate(store::RunRow const& run, domain::PipelineSpec const& pipeline,
                                            fs::path attempt_dir) {
  auto const& input = run.inputs.front();
  // What a person asked for runs on the file as it is now; a change's run is about that change's version.
  bool const any_version = run.trigger != domain::Trigger::change && run.trigger != domain::Trigger::existing;
  if (domain::is_s3_root(input.root)) {
    ObjectInput object(services_, staging_, control_, pipeline, input, std::move(attempt_dir));
    co_return co_await object.locate(any_version);
  }
  auto find = [&input, any_version, mount = mount_of(pipeline, input.root), attempt_dir] {
    return locate_file(input, any_version, mount, attempt_dir);
  };
  co_return co_await services_.pool.run(std::move(find));
}

awaitable<Prepared> Preparation::prepare(store::RunRow const& run, domain::PipelineSpec const& pipeline,
                                         std::int64_t attempt) {
  auto resolved = resolve(pipeline, run.params);
  if (!resolved.errors.empty()) {
    co_return Ends{RunState::failed, Reason::create_refused, resolved.errors.front().message};
  }
  auto image = co_await images_.ensure(pipeline.image, pipeline.pull_policy);
  if (!image) {
    auto const message = image.error().message();
    // A registry that cannot be reached is told by an engine that can.
    auto const engine = co_await services_.engine.ping();
    co_return Waits{engine ? Reason::image_unavailable : Reason::engine_unavailable, message, true};
  }
  auto const attempt_dir = services_.state_dir.attempt(run.id, attempt);
  Ready ready;
  PlanRequest request{services_.instance,
                      run.id,
                      attempt,
                      pipeline,
                      *image,
                      {},
                      resolved.params,
                      attempt_dir,
                      services_.state_dir.init_binary(),
                      services_.state_dir.hosts_file()};
  if (!run.inputs.empty()) {
    auto located = co_await locate(run, pipeline, attempt_dir);
    if (located.waits) co_return std::move(*located.waits);
    if (located.ends) co_return std::move(*located.ends);
    ready.input = std::move(located.facts);
    request.input = std::move(located.mounted);
  }
  auto plan = plan_container(request);
  if (!plan) co_return Ends{RunState::failed, Reason::create_refused, plan.error().message()};
  auto lay = [&plan, attempt_dir] { return lay_out(attempt_dir, *plan); };
  auto laid = co_await services_.pool.run(std::move(lay));
  if (!laid) co_return Waits{Reason::disk_low, laid.error().message()};
  ready.plan = std::move(*plan);
  ready.image = std::move(*image);
  ready.params = std::move(resolved.params);
  co_return ready;
}

}  // namespace orchestrator
