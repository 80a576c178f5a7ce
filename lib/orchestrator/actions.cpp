#include "orchestrator/actions.hpp"

#include <algorithm>
#include <ranges>

#include "core/uri.hpp"
#include "domain/nearest.hpp"
#include "inputs/input.hpp"
#include "orchestrator/find_object.hpp"
#include "store/bulk.hpp"

namespace orchestrator {

using domain::RunState;
using store::Lane;

namespace {

core::Error no_such_run(std::string const& run) {
  return core::Error{core::Errc::not_found, "there is no such run", run, "`tidewheel runs` lists them"};
}

bool uses_input(domain::PipelineSpec const& spec) {
  auto const names_it = [](std::string const& text) { return text.find("${input.") != std::string::npos; };
  auto const values = spec.environment | std::views::values;
  return std::ranges::any_of(spec.command, names_it) || std::ranges::any_of(values, names_it);
}

}  // namespace

awaitable<core::Result<store::RunInput>> Actions::locate(domain::PipelineSpec const& pipeline, std::string path) {
  if (auto address = domain::parse_s3_address(path)) co_return co_await locate_object(pipeline, std::move(*address));
  for (auto const& watch : pipeline.watch) {
    if (watch.s3 || !path.starts_with(watch.path + "/")) continue;
    auto key = path.substr(watch.path.size() + 1);
    auto open = [root = watch.path, key] {
      auto opened = inputs::open_input(root, key);
      return opened ? core::Result<domain::Version>(opened->version) : core::Result<domain::Version>(opened.error());
    };
    auto const version = co_await services_.pool.run(std::move(open));
    if (!version) co_return version.error();
    store::RunInput input;
    if (auto const row = registry_.sources().row(watch.path)) input.source = row->id;
    input.root = watch.path;
    input.uri = core::file_uri(path);
    input.key = std::move(key);
    input.version = *version;
    co_return input;
  }
  co_return not_below(pipeline, path);
}

core::Error Actions::not_below(domain::PipelineSpec const& pipeline, std::string const& input) {
  std::string roots;
  for (auto const& watch : pipeline.watch)
    roots +=
        (roots.empty() ? "" : ", ") + (watch.s3 ? "s3://" + watch.s3->bucket + "/" + watch.s3->prefix : watch.path);
  return core::Error{core::Errc::invalid, "the input is not below what pipeline " + pipeline.name + " watches", input,
                     "it watches " + roots};
}

awaitable<core::Result<store::RunInput>> Actions::locate_object(domain::PipelineSpec const& pipeline,
                                                                domain::S3Address address) {
  for (auto const& watch : pipeline.watch) {
    if (!watch.s3 || watch.s3->bucket != address.bucket || !address.key.starts_with(watch.s3->prefix)) continue;
    auto found = co_await find_object(services_, *watch.s3, address.key);
    if (!found) co_return found.error();
    store::RunInput input;
    input.root = domain::root_of(watch);
    if (auto const row = registry_.sources().row(input.root)) input.source = row->id;
    input.uri = domain::s3_uri(address.bucket, found->key);
    input.key = std::move(found->key);
    input.version = std::move(found->version);
    co_return input;
  }
  co_return not_below(pipeline, "s3://" + address.bucket + "/" + address.key);
}

awaitable<core::Result<store::RunRef>> Actions::run(RunRequest request) {
  if (request.once) {  // before anything is looked at that may have changed since
    auto look = [once = *request.once, now = services_.clock.wall()](sql::Connection& db) {
      return store::find_once(db, once, now);
    };
    auto const known = co_await services_.database.read(std::move(look));
    if (!known) co_return known.error();
    if (*known) co_return **known;
  }
  auto const live = registry_.live().find(request.pipeline);
  if (live == registry_.live().end()) {
    std::vector<std::string> names;
    for (auto const& [name, entry] : registry_.live()) names.push_back(name);
    auto hint = domain::did_you_mean(request.pipeline, names);
    if (hint.empty()) hint = "`tidewheel pipelines` lists them";
    co_return core::Error{core::Errc::not_found, "there is no live pipeline of that name", request.pipeline, hint};
  }
  auto const id = live->second.id;
  auto const spec = live->second.spec;
  auto resolved = domain::resolve_params(spec.params, request.params);
  if (!resolved.errors.empty()) {
    std::string text;
    for (auto const& error : resolved.errors)
      text += (text.empty() ? "" : "; ") + error.message + (error.hint.empty() ? "" : ", " + error.hint);
    co_return core::Error{core::Errc::invalid, text, request.pipeline, {}};
  }
  store::NewRun row;
  row.pipeline = id;
  row.params = std::move(resolved.params);
  if (request.input.empty() && uses_input(spec))
    co_return core::Error{core::Errc::invalid, "the pipeline's command uses its input, and none was given",
                          request.pipeline, "tidewheel run " + request.pipeline + " --input FILE"};
  if (!request.input.empty()) {
    auto input = co_await locate(spec, std::move(request.input));
    if (!input) co_return input.error();
    row.inputs.push_back(std::move(*input));
  }
  auto insert = [row = std::move(row), once = std::move(request.once),
                 now = services_.clock.wall()](sql::Connection& db) -> core::Result<store::RunRef> {
    if (once) {
      auto const known = store::find_once(db, *once, now);  // two of them may have come at once
      if (!known) return known.error();
      if (*known) return **known;
    }
    auto ref = store::insert_run(db, row, now);
    if (once) store::keep_once(db, *once, ref.no, now);
    return ref;
  };
  auto ref = co_await services_.database.write(Lane::run, std::move(insert));
  scheduler_.wake();
  co_return ref;
}

awaitable<core::Result<RunState>> Actions::cancel(std::string run) {
  auto request =
      [run, now = services_.clock.wall()](sql::Connection& db) -> std::optional<std::pair<store::RunNo, RunState>> {
    auto const row = store::load_run_by_id(db, run);
    if (!row) return std::nullopt;
    auto const state = store::request_cancel(db, row->no, now);
    return std::pair(row->no, state.value_or(row->state));
  };
  auto const done = co_await services_.database.write(Lane::run, std::move(request));
  if (!done) co_return no_such_run(run);
  (void)scheduler_.cancel(done->first);
  scheduler_.wake();
  co_return done->second;
}

awaitable<core::Result<void>> Actions::pause(std::string pipeline, std::string by) {
  Change set = [by = std::move(by), now = services_.clock.wall()](sql::Connection& db, store::PipelineId id) {
    store::pause_pipeline(db, id, by, now);
  };
  co_return co_await change(std::move(pipeline), std::move(set));
}

awaitable<core::Result<void>> Actions::resume(std::string pipeline) {
  // That all are paused is another thing, which somebody else may have wanted.
  auto ask = [](sql::Connection& db) { return store::all_paused(db).has_value(); };
  auto const all = co_await services_.database.read(std::move(ask));
  if (all)
    co_return core::Error{core::Errc::conflict, "all pipelines are paused, so this one cannot go on alone", pipeline,
                          "tidewheel resume --all"};
  Change set = [](sql::Connection& db, store::PipelineId id) { store::resume_pipeline(db, id); };
  co_return co_await change(std::move(pipeline), std::move(set));
}

awaitable<void> Actions::pause_all(std::string by) {
  auto set = [by = std::move(by), now = services_.clock.wall()](sql::Connection& db) { store::pause_all(db, by, now); };
  co_await services_.database.write(Lane::run, std::move(set));
  scheduler_.wake();
}

awaitable<void> Actions::resume_all() {
  auto set = [](sql::Connection& db) { store::resume_all(db); };
  co_await services_.database.write(Lane::run, std::move(set));
  scheduler_.wake();
}

awaitable<core::Result<void>> Actions::change(std::string pipeline, Change change) {
  auto apply = [pipeline = std::move(pipeline), change = std::move(change)](sql::Connection& db) -> core::Result<void> {
    for (auto const& row : store::list_pipelines(db)) {
      if (row.name != pipeline) continue;
      change(db, row.id);
      return {};
    }
    return core::Error{core::Errc::not_found, "there is no pipeline of that name", pipeline,
                       "`tidewheel pipelines` lists them"};
  };
  auto const done = co_await services_.database.write(Lane::run, std::move(apply));
  scheduler_.wake();
  co_return done;
}

awaitable<core::Result<store::RunRef>> Actions::repeat(std::string run, domain::Trigger how) {
  auto insert = [run, how, now = services_.clock.wall()](sql::Connection& db) -> core::Result<store::RunRef> {
    auto const old = store::load_run_by_id(db, run);
    if (!old) return no_such_run(run);
    if (!domain::is_end(old->state))
      return core::Error{core::Errc::conflict,
                         "the run has not ended yet, it is " + std::string(domain::to_string(old->state)), run,
                         "cancel it first, or wait"};
    return store::insert_run(db, store::repetition_of(*old, how), now);
  };
  auto ref = co_await services_.database.write(Lane::run, std::move(insert));
  scheduler_.wake();
  co_return ref;
}

}  // namespace orchestrator
