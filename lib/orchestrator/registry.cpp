#include "orchestrator/registry.hpp"

#include <spdlog/spdlog.h>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "config/paths.hpp"
#include "config/pipeline_file.hpp"
#include "core/fd.hpp"
#include "core/read_bounded.hpp"
#include "core/sha256.hpp"
#include "core/units.hpp"
#include "domain/source_root.hpp"
#include "domain/spec_json.hpp"
#include "watch/folder_watch.hpp"

namespace orchestrator {

namespace fs = std::filesystem;
using store::Lane;

namespace {

constexpr std::size_t longest_file = std::size_t{1} << 20;
constexpr std::size_t existing_page = 500;

bool is_pipeline_file(fs::path const& path) {
  auto const name = path.filename().string();
  return !name.empty() && name[0] != '.' && (path.extension() == ".yaml" || path.extension() == ".yml");
}

}  // namespace

Registry::File Registry::read_file(fs::path const& path) {
  File read{path.string(), {}, {}};
  core::Fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  auto text = fd ? core::read_bounded(fd.get(), longest_file + 1) : std::nullopt;
  if (!text)
    read.trouble =
        path.filename().string() + ": error: " +
        core::from_errno(errno, "read", path.string(), "the daemon's user has to be able to read it").message() + "\n";
  else
    read.text = std::move(*text);
  return read;
}

Registry::Registry(boost::asio::any_io_executor executor, Services& services, Scheduler& scheduler)
    : services_(services),
      scheduler_(scheduler),
      sources_(services, catalogue_,
               [&scheduler](std::vector<store::RunNo> const& stale) {
                 for (auto const run : stale) (void)scheduler.cancel(run);  // a newer version took its place
                 scheduler.wake();
               }),
      reload_(std::move(executor)) {
  services.look_at = [this](std::string const& root, std::string const& key) { sources_.look_at(root, key); };
}

awaitable<void> Registry::run() {
  auto body = [this](aio::TaskGroup& tasks) -> awaitable<void> {
    co_await load_stored();
    tasks.spawn([this] { return watch_folder(); });
    for (;;) {
      auto const changed = co_await load_all();
      co_await sources_.align(tasks);
      for (auto const& name : changed) co_await register_on_inventory(name);
      ready_ = true;
      scheduler_.wake();
      co_await reload_.wait();
      if (tasks.stopping()) co_await tasks.join();
    }
  };
  co_await aio::with_task_group(std::move(body));
}

awaitable<void> Registry::watch_folder() {
  auto const executor = co_await boost::asio::this_coro::executor;
  watch::FolderWatch folder(executor, services_.config.pipelines_dir, services_.pool);
  for (;;) {
    co_await folder.next_change();
    reload_.set();
  }
}

awaitable<void> Registry::load_stored() {
  struct Stored {
    store::PipelineRow row;
    std::map<std::string, core::Wall> since;
  };
  auto query = [](sql::Connection& db) {
    std::vector<Stored> stored;
    for (auto& row : store::list_pipelines(db)) {
      if (row.state != "live") continue;
      auto since = store::watched_since(db, row);
      stored.push_back({std::move(row), std::move(since)});
    }
    return stored;
  };
  auto const stored = co_await services_.database.read(std::move(query));
  for (auto const& [row, since] : stored) {
    auto spec = domain::spec_from_json(row.spec);
    if (!spec) continue;
    store::Registration const registration{row.id, row.revision, row.revision_number, false, false, false};
    make_live(std::move(*spec), registration, row.first_seen, since);
  }
}

awaitable<std::vector<std::string>> Registry::load_all() {
  std::vector<std::string> changed;
  auto list = [folder = fs::path(services_.config.pipelines_dir)] {
    std::vector<File> files;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      if (is_pipeline_file(it->path())) files.push_back(read_file(it->path()));
    std::sort(files.begin(), files.end(), [](File const& a, File const& b) { return a.name < b.name; });
    // A folder that cannot be read is no proof that its files are gone.
    return error ? core::Result<std::vector<File>>(core::from_errno(error.value(), "list", folder.string()))
                 : core::Result<std::vector<File>>(std::move(files));
  };
  auto files = co_await services_.pool.run(std::move(list));
  if (!files) {
    spdlog::error("pipelines cannot be read, what is live stays: {}", files.error().message());
    co_return changed;
  }
  std::vector<std::string> present;
  for (auto& file : *files) {
    present.push_back(file.name);
    auto hash = core::sha256_hex(file.text + file.trouble);
    if (read_[file.name] == hash) continue;
    read_[file.name] = std::move(hash);
    auto registered = co_await load_file(std::move(file));
    auto const live = live_.find(registered);
    if (live != live_.end() && live->second.registration.undecided) changed.push_back(std::move(registered));
  }
  auto retire = [present, now = services_.clock.wall()](sql::Connection& db) {
    return store::retire_missing_files(db, present, now);
  };
  auto const retired = co_await services_.database.write(Lane::run, std::move(retire));
  for (auto const& name : retired) {
    spdlog::info("pipeline {}: its file was taken away, it is retired", name);
    if (auto const it = live_.find(name); it != live_.end()) {
      catalogue_.remove(it->second.id);
      live_.erase(it);
    }
  }
  std::erase_if(read_, [&](auto const& entry) {
    return std::find(present.begin(), present.end(), entry.first) == present.end();
  });
  co_return changed;
}

std::vector<std::string> Registry::problems(domain::PipelineSpec const& spec, std::string const& file) const {
  std::vector<std::string> found;
  for (auto const& watch : spec.watch)
    if (!watch.s3 && config::overlaps(watch.path, services_.state_dir.root().string()))
      found.push_back(file + ": error: watch path " + watch.path + " overlaps the daemon's state_dir " +
                      services_.state_dir.root().string());
  auto const& limits = services_.config;
  if (limits.limit_memory > 0 && spec.mem_limit > limits.limit_memory)
    found.push_back(file + ": error: mem_limit is " + core::format_bytes(spec.mem_limit) +
                    ", more than all of limits.memory of the daemon, " + core::format_bytes(limits.limit_memory) +
                    ": no run could ever start");
  if (limits.limit_cpus > 0 && std::max(spec.cpus, spec.cpus > 0 ? 0.0 : 1.0) > limits.limit_cpus)
    found.push_back(file + ": error: cpus is more than all of limits.cpus of the daemon (a pipeline that sets none " +
                    "counts as 1): no run could ever start");
  auto const gpus = gpus_of(spec.gpus, limits.limit_gpus);
  if (limits.limit_gpus > 0 && gpus > limits.limit_gpus)
    found.push_back(file + ": error: gpus is " + std::to_string(gpus) +
                    ", more than all of limits.gpus of the daemon, " + std::to_string(limits.limit_gpus) +
                    ": no run could ever start");
  return found;
}

awaitable<std::string> Registry::load_file(File file) {
  auto const now = services_.clock.wall();
  auto const short_name = fs::path(file.name).filename().string();
  auto parsed = config::load_pipeline(file.text, short_name, services_.config.policy);
  if (parsed.spec) {
    auto look = [&spec = *parsed.spec, &policy = services_.config.policy] {
      return config::check_policy_links(spec, policy);
    };
    auto const led_astray = co_await services_.pool.run(std::move(look));
    config::refuse(parsed, led_astray);
  }
  auto diagnostics = file.trouble.empty() ? config::render(parsed.diagnostics) : file.trouble;
  if (parsed.spec)
    for (auto const& problem : problems(*parsed.spec, short_name)) diagnostics += problem + "\n";
  if (parsed.spec && diagnostics.empty()) {
    auto const other = live_.find(parsed.spec->name);
    for (auto const& [name, hash] : read_)
      if (other != live_.end() && name != file.name && other->second.file == name)
        diagnostics = short_name + ": error: a pipeline named '" + parsed.spec->name + "' is registered from " + name +
                      " already\n";
  }
  auto const name = parsed.spec ? parsed.spec->name : parsed.name;
  auto note = [path = file.name, name, hash = core::sha256_hex(file.text), diagnostics, now](sql::Connection& db) {
    return store::note_pipeline_file(db, path, name, hash, diagnostics, now);
  };
  auto const first_seen = co_await services_.database.write(Lane::run, std::move(note));
  if (!diagnostics.empty()) {
    auto const live = live_.find(name);
    bool const stays = live != live_.end() && live->second.file == file.name;
    spdlog::error("pipeline file is not valid, {}:\n{}",
                  stays ? "its old revision stays live" : "nothing is registered from it", diagnostics);
    co_return std::string();
  }
  auto spec = std::move(*parsed.spec);
  auto json = domain::spec_to_json(spec);
  auto reg = [&spec, &file, json = std::move(json), first_seen, now](sql::Connection& db) {
    return store::register_revision(db, spec, file.text, json, first_seen, now);
  };
  auto registered = co_await services_.database.write(Lane::run, std::move(reg));
  if (!registered) {
    auto again = [path = file.name, name, hash = core::sha256_hex(file.text), text = registered.error().message(),
                  now](sql::Connection& db) { return store::note_pipeline_file(db, path, name, hash, text, now); };
    (void)co_await services_.database.write(Lane::run, std::move(again));
    spdlog::error("pipeline {}: {}", name, registered.error().message());
    co_return std::string();
  }
  auto const registration = *registered;
  auto ask = [&registration, first_seen](sql::Connection& db) {
    store::PipelineRow row;
    row.id = registration.id;
    row.revision_number = registration.revision_number;
    row.first_seen = first_seen;
    return store::watched_since(db, row);
  };
  auto const since = co_await services_.database.read(std::move(ask));
  make_live(std::move(spec), registration, first_seen, since);
  if (auto const it = live_.find(name); it != live_.end()) it->second.file = file.name;
  co_return name;
}

void Registry::make_live(domain::PipelineSpec spec, store::Registration registration, core::Wall first_seen,
                         std::map<std::string, core::Wall> const& since) {
  catalogue_.set(registration.id, spec, first_seen, since);
  scheduler_.set_share(registration.id, spec);
  if (registration.new_revision)
    spdlog::info("pipeline {}: revision {} is live", spec.name, registration.revision_number);
  auto const name = spec.name;
  live_[name] = Live{registration.id, std::move(spec), registration, {}};
}

awaitable<void> Registry::register_on_inventory(std::string name) {
  auto const live = live_.find(name);
  if (live == live_.end()) co_return;
  bool everywhere = true;
  for (auto const& watch : live->second.spec.watch) {
    auto const root = domain::root_of(watch);
    auto const source = sources_.row(root);
    if (!source) {
      everywhere = false;  // not watched now; its first scan decides about every file
      continue;
    }
    auto const settle = catalogue_.settle(root);
    std::optional<Watching> watching;
    for (auto const* const candidate : catalogue_.on_root(root))
      if (candidate->pipeline == live->second.id) watching = *candidate;
    if (!watching) continue;
    std::string after;
    std::int64_t queued = 0;
    for (std::optional<std::string> last = after; last;) {
      after = *last;
      auto page = [id = source->id, &watching, settle, after, now = services_.clock.wall()](sql::Connection& db) {
        auto const accepts = [&watching](std::string const& key) { return watching->accepts(key); };
        return store::register_existing(db, id, to_match(*watching, settle), accepts, after, existing_page, now);
      };
      auto const done = co_await services_.database.write(Lane::intake, std::move(page));
      queued += done.queued;
      last = done.last;
    }
    if (queued > 0) spdlog::info("pipeline {}: {} files that were there already are queued", name, queued);
  }
  if (!everywhere) co_return;
  auto decided = [registration = live->second.registration](sql::Connection& db) {
    return store::set_decided(db, registration.id, registration.revision);
  };
  (void)co_await services_.database.write(Lane::intake, std::move(decided));
}

}  // namespace orchestrator
