#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "aio/event.hpp"
#include "aio/task_group.hpp"
#include "orchestrator/catalogue.hpp"
#include "orchestrator/scheduler.hpp"
#include "orchestrator/services.hpp"
#include "orchestrator/sources.hpp"

namespace orchestrator {

/// Keeps the live pipelines equal to the folder `pipelines_dir`: reads it at the start, at every change (inotify) and
/// on request. A bad file leaves the old revision live and its diagnostics are kept; a file taken away retires its
/// pipeline.
class Registry {
 public:
  /// Sets `services.look_at`: destroyed only after everybody who may call that.
  Registry(boost::asio::any_io_executor executor, Services& services, Scheduler& scheduler);

  /// Loads, watches and reloads until it is cancelled; owns the sources.
  [[nodiscard]] awaitable<void> run();
  /// SIGHUP, or a test: read the folder again soon.
  void reload() { reload_.set(); }

  [[nodiscard]] Sources const& sources() const noexcept { return sources_; }
  [[nodiscard]] Sources& sources() noexcept { return sources_; }
  [[nodiscard]] Catalogue const& catalogue() const noexcept { return catalogue_; }
  /// Specifications of the live pipelines by name.
  struct Live {
    store::PipelineId id;
    domain::PipelineSpec spec;
    store::Registration registration;
    std::string file;  ///< that it was registered from; empty until that was read in this life
  };
  [[nodiscard]] std::map<std::string, Live> const& live() const noexcept { return live_; }
  /// True once the folder has been read for the first time.
  [[nodiscard]] bool ready() const noexcept { return ready_; }

 private:
  struct File {
    std::string name, text;
    std::string trouble;  ///< why it could not be read; empty: it was
  };
  [[nodiscard]] static File read_file(std::filesystem::path const& path);
  [[nodiscard]] awaitable<void> watch_folder();
  /// Names of the pipelines for whose revision the inventory has not been gone through yet.
  [[nodiscard]] awaitable<std::vector<std::string>> load_all();
  [[nodiscard]] awaitable<void> load_stored();
  /// The pipeline's name; empty when the file is not valid.
  [[nodiscard]] awaitable<std::string> load_file(File file);
  void make_live(domain::PipelineSpec spec, store::Registration registration, core::Wall first_seen,
                 std::map<std::string, core::Wall> const& since);
  /// Decides about everything in the inventory of its sources, once for each revision.
  [[nodiscard]] awaitable<void> register_on_inventory(std::string name);
  [[nodiscard]] std::vector<std::string> problems(domain::PipelineSpec const& spec, std::string const& file) const;

  Services& services_;
  Scheduler& scheduler_;
  Catalogue catalogue_;
  Sources sources_;
  aio::Event reload_;
  std::map<std::string, Live> live_;
  std::map<std::string, std::string> read_;  ///< file -> SHA-256 of what was read last
  bool ready_ = false;
};

}  // namespace orchestrator
