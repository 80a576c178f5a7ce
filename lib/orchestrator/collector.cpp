#include "orchestrator/collector.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "aio/sleep.hpp"
#include "archive/unpack.hpp"
#include "core/fd.hpp"
#include "domain/source_root.hpp"
#include "inputs/input.hpp"
#include "orchestrator/attempt_files.hpp"
#include "orchestrator/container_plan.hpp"
#include "orchestrator/outputs.hpp"
#include "orchestrator/patience.hpp"
#include "orchestrator/upload.hpp"

namespace orchestrator {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using domain::Reason;
using domain::RunState;

archive::Limits limits_of(domain::PipelineSpec const& pipeline) {
  archive::Limits limits;
  limits.max_bytes = pipeline.out_limit;
  return limits;
}

/// What the worker thread works on, once /out lies in `temporary`.
struct Harvest {
  fs::path temporary, target, outputs_file;  ///< target: the artifacts' final folder
  std::string relative;                      ///< of the target, below the state directory
  domain::PipelineSpec const& pipeline;
  archive::Unpacked unpacked;
};
struct Harvested {
  Collected collected;
  std::optional<core::Error> error;
  Reason reason = Reason::none;
  bool no_room = false;  ///< nothing was moved to its place, so all of it may be done again
};

void fail(Harvested& result, core::Error error, Reason reason) {
  if (result.error) return;
  result.error = std::move(error);
  result.reason = reason;
}

store::ArtifactRow artifact_row(archive::UnpackedFile const& file, Harvest const& work) {
  store::ArtifactRow row;
  row.name = file.path;
  row.role = domain::role_of(file.path);
  for (auto const& declared : work.pipeline.artifacts)
    if (declared.name == file.path) row.role = declared.role;
  row.media_type = media_type_of(file.path);
  row.size = file.size;
  row.sha256 = file.sha256;
  row.path = work.relative + "/" + file.path;
  return row;
}

core::Result<void> put_in_place(fs::path const& from, fs::path const& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (error) return core::from_errno(error.value(), "create directory", to.parent_path().string());
  fs::remove_all(to, error);  // a collection that a crash left behind
  fs::rename(from, to, error);
  if (error) return core::from_errno(error.value(), "rename", to.string());
  core::Fd const parent(::open(to.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent || ::fsync(parent.get()) != 0) return core::from_errno(errno, "fsync", to.parent_path().string());
  return {};
}

void place_artifacts(Harvest const& work, Harvested& result, std::string& outputs_json) {
  for (auto const& warning : work.unpacked.warnings) spdlog::warn("{}: {}", work.relative, warning);
  outputs_json = read_bounded(work.temporary / "outputs.json", outputs_limit + 1);
  if (outputs_json.size() > outputs_limit)
    fail(result,
         core::Error{core::Errc::too_large, "outputs.json is larger than 1 MiB", "/out",
                     "put large results into files of their own"},
         Reason::bad_outputs);
  for (auto const& file : work.unpacked.files)
    if (file.path != "outputs.json") result.collected.artifacts.push_back(artifact_row(file, work));
  if (result.collected.artifacts.empty()) return;
  if (auto placed = put_in_place(work.temporary, work.target); !placed) {
    std::error_code ignored;
    result.no_room = placed.error().code == core::Errc::no_space && fs::exists(work.temporary, ignored);
    fail(result, placed.error(), Reason::collect_failed);
  }
}

Harvested harvest(Harvest const& work, bool succeeded) {
  Harvested result;
  std::string outputs_json;
  place_artifacts(work, result, outputs_json);
  if (!succeeded || result.error) return result;
  auto const lines = read_bounded(work.outputs_file, outputs_limit + 1);
  if (lines.size() > outputs_limit) {
    // Never a part of it: a line that is cut has a value that nobody wrote.
    fail(result,
         core::Error{core::Errc::too_large, "more than 1 MiB was written to $TIDEWHEEL_OUTPUTS", "/.tidewheel/outputs",
                     "put large results into files of their own"},
         Reason::bad_outputs);
    return result;
  }
  auto outputs = read_outputs(work.pipeline.outputs, outputs_json, lines);
  if (!outputs)
    fail(result, outputs.error(), Reason::bad_outputs);
  else
    result.collected.outputs = std::move(*outputs);
  for (auto const& declared : work.pipeline.artifacts) {
    auto const& found = result.collected.artifacts;
    auto const present =
        std::any_of(found.begin(), found.end(), [&](auto const& row) { return row.name == declared.name; });
    if (declared.required && !present)
      fail(result,
           core::Error{core::Errc::not_found,
                       "artifact '" + declared.name + "' is declared as required but was not written",
                       "/out",
                       {}},
           Reason::bad_outputs);
  }
  return result;
}

core::Fd empty_folder(fs::path const& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  fs::create_directory(folder, ignored);
  return core::Fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

core::Result<archive::Unpacked> unpack_bundle(fs::path const& bundle, std::int64_t size, fs::path const& temporary,
                                              archive::Limits const& limits) {
  core::Fd const file(::open(bundle.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size != size)
    return core::Error{core::Errc::corrupt, "the bundle is not what its seal says", bundle.string(), {}};
  auto const folder = empty_folder(temporary);
  if (!folder) return core::Error{core::Errc::io, "the folder for /out could not be made", temporary.string(), {}};
  return archive::unpack(file.get(), folder.get(), limits);
}

bool drifted(store::RunRow const& run, domain::PipelineSpec const& pipeline) {
  if (run.inputs.empty() || run.inputs.front().root.empty()) return false;
  if (domain::is_s3_root(run.inputs.front().root)) return false;  // it ran on a copy of its own
  auto const& input = run.inputs.front();
  for (auto const& watch : pipeline.watch) {
    bool const frozen = watch.snapshot == domain::Snapshot::copy || watch.snapshot == domain::Snapshot::reflink;
    if (frozen && domain::root_of(watch) == input.root) return false;
  }
  auto const now = inputs::open_input(input.root, input.key);
  return !now || domain::compare(input.version, now->version) != domain::Difference::none;
}

}  // namespace

awaitable<void> Collector::pause(std::string const& run_id, int tries, core::Error const& error) {
  if (tries == 1) spdlog::warn("run {}: /out cannot be collected yet: {}", run_id, error.message());
  co_await aio::sleep_for(pause_before_next(tries));
}

awaitable<core::Result<archive::Unpacked>> Collector::open_bundle(fs::path bundle, std::int64_t size,
                                                                  fs::path temporary, archive::Limits limits) {
  auto unpack = [bundle = std::move(bundle), size, temporary = std::move(temporary), limits] {
    return unpack_bundle(bundle, size, temporary, limits);
  };
  co_return co_await services_.pool.run(std::move(unpack));
}

awaitable<core::Result<archive::Unpacked>> Collector::fetch(std::string const& container_id,
                                                            std::optional<std::int64_t> bundle_size, fs::path folder,
                                                            archive::Limits limits) {
  auto const temporary = folder / "out";
  if (services_.config.remote_engine) {
    auto const lines = co_await fetch_file(services_, container_id, "/.tidewheel/outputs", outputs_limit + 1);
    if (!lines && lines.error().code != core::Errc::not_found) co_return lines.error();
    auto keep = [file = folder / "outputs", bytes = lines ? *lines : std::string()] {
      return keep_fetched(file, bytes);
    };
    auto const kept = co_await services_.pool.run(std::move(keep));
    if (!kept) co_return kept.error();
  }
  if (bundle_size) {
    auto opened = co_await open_bundle(folder / "bundle", *bundle_size, temporary, limits);
    if (opened || opened.error().code != core::Errc::corrupt) co_return opened;
  }
  co_return co_await fetch_out(container_id, temporary, limits);
}

awaitable<core::Result<archive::Unpacked>> Collector::fetch_out(std::string container_id, fs::path temporary,
                                                                archive::Limits limits) {
  auto prepare = [temporary] { return empty_folder(temporary); };
  auto const folder = co_await services_.pool.run(std::move(prepare));
  if (!folder) co_return core::Error{core::Errc::io, "the folder for /out could not be made", temporary.string(), {}};
  archive::Unpacker unpacker(folder.get(), "out", limits);
  docker::Engine::ByteSink sink = [this, &unpacker](std::string_view bytes) -> awaitable<core::Result<void>> {
    auto feed = [&unpacker, bytes] { return unpacker.feed(bytes); };
    co_return co_await services_.pool.run(std::move(feed));
  };
  auto fetched = co_await services_.engine.get_archive(container_id, out_path, std::move(sink));
  if (!fetched && fetched.error().code == core::Errc::not_found) {
    // No /out, or no container: only the first is an answer.
    auto there = co_await services_.engine.inspect(container_id);
    if (!there) co_return there.error();
    co_return archive::Unpacked{};
  }
  if (!fetched) co_return fetched.error();
  auto finish = [&unpacker] { return unpacker.finish(); };
  co_return co_await services_.pool.run(std::move(finish));
}

awaitable<Collected> Collector::collect(store::RunRow const& run, store::AttemptRow const& attempt,
                                        domain::PipelineSpec const& pipeline, std::optional<std::int64_t> bundle_size,
                                        domain::AttemptEnd& end) {
  auto const folder = services_.state_dir.attempt(run.id, attempt.number);
  auto const relative = services_.state_dir.artifacts(run.pipeline_name, run.id, attempt.number);
  Harvest work{
      folder / "out", services_.state_dir.root() / relative, folder / "outputs", relative.string(), pipeline, {}};
  auto const limits = limits_of(pipeline);
  auto fetched = co_await fetch(attempt.container_id, bundle_size, folder, limits);
  // The result is safe in its container: an engine that is away or a disk that is full for a while must not cost it.
  for (int tries = 1; !fetched && may_come_back(fetched.error().code, tries); ++tries) {
    auto clear = [half = work.temporary] {
      std::error_code ignored;
      fs::remove_all(half, ignored);  // it takes room that may be what is short
    };
    co_await services_.pool.run(std::move(clear));
    co_await pause(run.id, tries, fetched.error());
    fetched = co_await fetch(attempt.container_id, bundle_size, folder, limits);
  }
  auto const failed = [&end](core::Error const& error, Reason reason) {
    if (end.outcome != RunState::succeeded) return;
    end.outcome = RunState::failed;
    end.reason = reason;
    end.detail = error.message();
  };
  if (!fetched && fetched.error().code == core::Errc::not_found && end.outcome == RunState::succeeded) {
    end.outcome = RunState::interrupted;
    end.reason = Reason::container_lost;
    end.detail = "it ended well, but its container was removed before its outputs could be collected";
    co_return Collected{};
  }
  if (!fetched) {
    failed(fetched.error(),
           fetched.error().code == core::Errc::too_large ? Reason::output_too_large : Reason::collect_failed);
    co_return Collected{};
  }
  work.unpacked = std::move(*fetched);
  auto reap = [&work, &run, &pipeline, succeeded = end.outcome == RunState::succeeded] {
    auto result = harvest(work, succeeded);
    result.collected.input_drifted = drifted(run, pipeline);
    return result;
  };
  auto first = reap;
  auto result = co_await services_.pool.run(std::move(first));
  for (int tries = 1; result.no_room; ++tries) {
    co_await pause(run.id, tries, *result.error);
    auto again = reap;
    result = co_await services_.pool.run(std::move(again));
  }
  if (result.error) failed(*result.error, result.reason);
  if (end.outcome != RunState::succeeded) result.collected.outputs.clear();
  co_return std::move(result.collected);
}

std::string_view media_type_of(std::string_view name) {
  struct Kind {
    std::string_view extension, media_type;
  };
  constexpr std::array kinds{
      Kind{".html", "text/html"},
      Kind{".htm", "text/html"},
      Kind{".png", "image/png"},
      Kind{".jpg", "image/jpeg"},
      Kind{".jpeg", "image/jpeg"},
      Kind{".svg", "image/svg+xml"},
      Kind{".gif", "image/gif"},
      Kind{".webp", "image/webp"},
      Kind{".csv", "text/csv"},
      Kind{".tsv", "text/tab-separated-values"},
      Kind{".json", "application/json"},
      Kind{".md", "text/markdown"},
      Kind{".pdf", "application/pdf"},
      Kind{".txt", "text/plain"},
      Kind{".js", "text/javascript"},
      Kind{".mjs", "text/javascript"},
      Kind{".css", "text/css"},
      Kind{".wasm", "application/wasm"},
      Kind{".woff2", "font/woff2"},
      Kind{".woff", "font/woff"},
      Kind{".ttf", "font/ttf"},
      Kind{".xml", "application/xml"},
      Kind{".xhtml", "application/xhtml+xml"},
      Kind{".avif", "image/avif"},
      Kind{".mp4", "video/mp4"},
      Kind{".webm", "video/webm"},
  };
  auto const* const it =
      std::find_if(kinds.begin(), kinds.end(), [name](Kind const& kind) { return name.ends_with(kind.extension); });
  return it == kinds.end() ? "application/octet-stream" : it->media_type;
}

}  // namespace orchestrator
