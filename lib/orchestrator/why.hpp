#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/source_root.hpp"
#include "orchestrator/registry.hpp"
#include "orchestrator/scheduler.hpp"
#include "orchestrator/services.hpp"
#include "store/read_models.hpp"

namespace orchestrator {

/// One thing that is known about a file or a run, as a sentence and as what a program may branch on.
struct Finding {
  enum class Verdict : std::uint8_t {
    fact,         ///< how things are
    not_watched,  ///< no live pipeline looks there
    not_wanted,   ///< a pattern or a setting leaves it alone
    unseen,       ///< the file is there and not in the inventory yet
    absent,       ///< the file is not there
    unreadable,
    ran,      ///< a run handles (or handled) this version
    skipped,  ///< decided: no run
    waits,    ///< what keeps a run from starting
  };
  Verdict verdict = Verdict::fact;
  domain::Reason reason = domain::Reason::none;
  std::string sentence;
  std::string pipeline;  ///< empty: not about one pipeline
  std::optional<store::RunNo> run;
  std::optional<domain::RunState> state;  ///< of that run
};
[[nodiscard]] std::string_view to_string(Finding::Verdict verdict) noexcept;

/// Answers "why did it run", "why not", "why does it wait", for a path or a run. Reads only; loop thread.
class Why {
 public:
  Why(Services& services, Registry const& registry, Scheduler const& scheduler)
      : services_(services), registry_(registry), scheduler_(scheduler) {}

  /// `path` is absolute or s3://bucket/key, raw bytes; the file or object need not exist. invalid: neither.
  [[nodiscard]] awaitable<core::Result<std::vector<Finding>>> about_path(std::string path);
  /// A ULID or a number. not_found.
  [[nodiscard]] awaitable<core::Result<std::vector<Finding>>> about_run(std::string run);
  /// How far the pull of its image or the download of its input is, while the run is `pulling`; empty when nothing is
  /// being fetched.
  [[nodiscard]] std::string pull_progress(store::RunSummary const& run) const;
  /// The layers of its image while that is being pulled; empty when it is not.
  [[nodiscard]] std::vector<Images::LayerProgress> pull_layers(store::RunSummary const& run) const;
  /// Everything that keeps a run that has not started from starting, now; empty for one that has.
  [[nodiscard]] std::vector<Finding> waits_for(store::RunSummary const& run,
                                               std::vector<store::PipelineRow> const& pipelines) const;

 private:
  struct Known;
  [[nodiscard]] awaitable<core::Result<std::vector<Finding>>> about_object(domain::S3Address address);
  [[nodiscard]] awaitable<Known> look_up(std::string root, std::string key);
  /// Opens the file, or asks for the object.
  [[nodiscard]] awaitable<void> look_at_source(Known& known);
  [[nodiscard]] static std::string unseen_because(Known const& known);
  [[nodiscard]] static bool in_state(Known const& known, watch::SourceHealth::State state);
  [[nodiscard]] static std::string absence_of(Known const& known);
  void tell_file(Known const& known, std::vector<Finding>& findings) const;
  void tell_pipelines(Known const& known, std::vector<Finding>& findings) const;
  void tell_pipeline(Known const& known, Watching const& watching, std::vector<Finding>& findings) const;
  void tell_decision(Known const& known, Watching const& watching, std::vector<Finding>& findings) const;
  void tell_others(Known const& known, std::vector<Finding>& findings) const;
  void tell_resources(store::RunSummary const& run, store::PipelineId pipeline, std::vector<Finding>& found) const;
  void tell_run(store::RunSummary const& run, std::vector<store::PipelineRow> const& pipelines,
                std::vector<Finding>& findings) const;
  [[nodiscard]] std::string image_of(store::RunSummary const& run) const;
  [[nodiscard]] Finding not_watched(std::string const& path) const;

  Services& services_;
  Registry const& registry_;
  Scheduler const& scheduler_;
};

}  // namespace orchestrator
