#include "orchestrator/preparation.hpp"

#include <spdlog/spdlog.h>

#include <filesystem>

#include "config/policy.hpp"
#include "core/sha256.hpp"
#include "domain/params.hpp"
#include "domain/source_root.hpp"
#include "inputs/input.hpp"
#include "orchestrator/attempt_files.hpp"
#include "orchestrator/object_input.hpp"
#include "orchestrator/secrets.hpp"

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

/// How a container gets the files of a root.
struct Giving {
  domain::Mount mount = domain::Mount::file;
  domain::Snapshot snapshot = domain::Snapshot::none;
};

Giving giving_of(domain::PipelineSpec const& pipeline, std::string const& root) {
  for (auto const& watch : pipeline.watch)
    if (domain::root_of(watch) == root) return {watch.mount, watch.snapshot};
  return {};
}

/// A name that Docker's JSON or a mount cannot carry is copied under a safe one; everything else is bound where it
/// lies.
core::Result<void> place(MountedInput& mounted, store::RunInput const& input, Giving giving,
                         inputs::OpenInput const& open, domain::ContentHash const& hash, fs::path const& attempt_dir) {
  auto const mount = giving.mount;
  auto const file = fs::path(input.root) / input.key;
  auto const name = file.filename().string();
  auto const bound = mount == domain::Mount::file     ? file
                     : mount == domain::Mount::folder ? file.parent_path()
                                                      : fs::path(input.root);
  bool const mountable = inputs::mountable(bound.string());
  if (!mountable || giving.snapshot != domain::Snapshot::none) {
    auto const safe = inputs::safe_name(name);
    auto const how = giving.snapshot == domain::Snapshot::none ? domain::Snapshot::copy : giving.snapshot;
    if (auto made = make_attempt_folder(attempt_dir); !made) return made;
    if (auto staged = inputs::stage_snapshot(open, attempt_dir, safe, hash, how); !staged) return staged.error();
    mounted.host_path = attempt_dir / safe;
    mounted.mount_target = mounted.path = "/in/" + (mountable ? name : safe);
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
LocatedInput locate_file(store::RunInput const& input, bool any_version, Giving giving, fs::path const& attempt_dir) {
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
  auto const placed = place(located.mounted, input, giving, *verified.input, verified.hash, attempt_dir);
  if (placed) return located;
  auto const code = placed.error().code;
  if (code == core::Errc::conflict)
    located.waits = Waits{Reason::input_changed, input_changed_detail};
  else if (code == core::Errc::unsupported || code == core::Errc::permission)
    located.waits = Waits{Reason::snapshot_unavailable, placed.error().message(), true};
  else
    located.waits = Waits{Reason::disk_low, placed.error().message()};
  return located;
}

/// Why an engine on another host cannot do what a pipeline asks for; empty: it can.
std::string unsuitable(domain::PipelineSpec const& pipeline, std::string const& os_arch) {
#if defined(__aarch64__)
  constexpr std::string_view ours = "linux/arm64";
#else
  constexpr std::string_view ours = "linux/amd64";
#endif
  if (pipeline.init && os_arch != ours)
    return "the engine is one of " + os_arch + ", and what this daemon starts in each container is for " +
           std::string(ours);
  if (!pipeline.volumes.empty())
    return "the engine is on another host, which has none of this one's folders for `volumes`: put the data into the "
           "image";
  for (auto const& watch : pipeline.watch)
    if (watch.mount != domain::Mount::file)
      return "the engine is on another host, which has none of this one's folders: a run can be given its file "
             "(`mount: file`), not a folder or the source";
  return {};
}

}  // namespace

awaitable<LocatedInput> Preparation::locate(store::RunRow const& run, domain::PipelineSpec const& pipeline,
                                            fs::path attempt_dir) {
  auto const& input = run.inputs.front();
  // What a person asked for runs on the file as it is now; a change's run is about that change's version.
  bool const any_version = run.trigger == domain::Trigger::manual || run.trigger == domain::Trigger::retry ||
                           run.trigger == domain::Trigger::rerun;
  if (domain::is_s3_root(input.root)) {
    ObjectInput object(services_, staging_, control_, pipeline, input, std::move(attempt_dir));
    co_return co_await object.locate(any_version);
  }
  auto find = [&input, any_version, giving = giving_of(pipeline, input.root), attempt_dir] {
    return locate_file(input, any_version, giving, attempt_dir);
  };
  co_return co_await services_.pool.run(std::move(find));
}

awaitable<core::Result<docker::Image>> Preparation::find_image(store::RunRow const& run,
                                                               domain::PipelineSpec const& pipeline) {
  using domain::PullPolicy;
  if (run.attempts > 0 && !run.image_id.empty()) {
    bool const can_pull = pipeline.pull_policy != PullPolicy::never && !run.image_digest.empty();
    auto pinned = co_await images_.ensure(run.image_digest.empty() ? run.image_id : run.image_digest,
                                          can_pull ? PullPolicy::missing : PullPolicy::never, control_);
    if (pinned || pinned.error().code != core::Errc::not_found) co_return pinned;
    spdlog::warn("run {}: the image of its earlier attempt is gone, it goes on with what {} means now", run.no.value,
                 pipeline.image);
  }
  co_return co_await images_.ensure(pipeline.image, pipeline.pull_policy, control_);
}

awaitable<Prepared> Preparation::prepare(store::RunRow const& run, domain::PipelineSpec const& pipeline,
                                         std::int64_t attempt) {
  auto resolved = resolve(pipeline, run.params);
  if (!resolved.errors.empty()) {
    co_return Ends{RunState::failed, Reason::create_refused, resolved.errors.front().message};
  }
  auto look = [&pipeline, &policy = services_.config.policy] { return config::run_violation(pipeline, policy); };
  auto const violation = co_await services_.pool.run(std::move(look));
  if (violation) co_return Waits{Reason::policy, violation->where + ": " + violation->message, true};
  auto read = [&pipeline, &config = services_.config] { return read_secrets(pipeline, config); };
  auto const secrets = co_await services_.pool.run(std::move(read));
  if (!secrets) co_return Waits{Reason::secret_unavailable, secrets.error().message(), true};
  if (services_.config.remote_engine) {
    auto const engine = co_await services_.engine.info();
    if (!engine) co_return Waits{Reason::engine_unavailable, engine.error().message(), true};
    if (auto why = unsuitable(pipeline, engine->os_arch); !why.empty())
      co_return Waits{Reason::engine_unsuitable, std::move(why), true};
  }
  auto image = co_await find_image(run, pipeline);
  if (!image) {
    if (control_.cancel || control_.sent_back) co_return Ends{RunState::cancelled, Reason::cancelled_by_user, {}};
    auto const message = image.error().message();
    // A registry that cannot be reached is told by an engine that can.
    auto const pong = co_await services_.engine.ping();
    co_return Waits{pong ? Reason::image_unavailable : Reason::engine_unavailable, message, true};
  }
  auto const engine = co_await services_.engine.info();
  if (!engine) co_return Waits{Reason::engine_unavailable, engine.error().message(), true};
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
                      services_.state_dir.hosts_file(),
                      engine->log_driver,
                      services_.config.remote_engine.has_value()};
  if (!run.inputs.empty()) {
    auto located = co_await locate(run, pipeline, attempt_dir);
    if (located.waits) co_return std::move(*located.waits);
    if (located.ends) co_return std::move(*located.ends);
    ready.input = std::move(located.facts);
    request.input = std::move(located.mounted);
  }
  auto plan = plan_container(request);
  if (!plan) co_return Ends{RunState::failed, Reason::create_refused, plan.error().message()};
  auto lay = [&plan, &secrets, attempt_dir] {
    auto laid = lay_out(attempt_dir, *plan);
    return laid ? lay_secrets(attempt_dir, *secrets) : laid;
  };
  auto laid = co_await services_.pool.run(std::move(lay));
  if (!laid) co_return Waits{Reason::disk_low, laid.error().message()};
  ready.plan = std::move(*plan);
  ready.image = std::move(*image);
  ready.params = std::move(resolved.params);
  co_return ready;
}

}  // namespace orchestrator
