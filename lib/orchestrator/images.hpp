#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aio/event.hpp"
#include "aio/task_group.hpp"
#include "docker/engine.hpp"
#include "domain/pipeline.hpp"
#include "orchestrator/active_run.hpp"

namespace orchestrator {

using boost::asio::awaitable;

/// Images by reference: one pull at a time for each, however many runs want it. A pull belongs to nobody: it goes on
/// while one run is left that waits for it. Loop thread only.
class Images {
 public:
  /// How the world is asked and told; what is left empty is left out.
  struct Seams {
    /// The login for a registry; an empty one: pull as anybody.
    std::function<awaitable<core::Result<docker::RegistryLogin>>(std::string registry)> login;
    /// A pull has brought an image whose reference was not here.
    std::function<awaitable<void>(std::string reference, docker::Image image)> pulled;
  };
  explicit Images(docker::Engine& engine, Seams seams = Seams()) : engine_(engine), seams_(std::move(seams)) {}

  /// Where pulls go on from now on. Before the first ensure(); the group is joined before this is destroyed.
  void begin(aio::TaskGroup& pulls) noexcept { tasks_ = &pulls; }

  /// Inspects the image, pulling it first where the policy asks for it. Errors: not_found (no such image anywhere, or
  /// `never` and not here), permission (the registry refuses the login, or there should be one and it could not be
  /// had), conflict (the run was cancelled or sent back while it waited), others of Engine::pull_image().
  [[nodiscard]] awaitable<core::Result<docker::Image>> ensure(std::string reference, domain::PullPolicy policy,
                                                              ActiveRun& run);

  /// Progress of a pull that goes on now, for people: "pulling, 3 of 5 layers, 40.1 MiB of 102.0 MiB"; empty when there
  /// is none.
  [[nodiscard]] std::string progress(std::string const& reference) const;
  struct LayerProgress {
    std::string id, status;  ///< status: in the engine's words, "Downloading"
    std::int64_t current = 0, total = 0;
  };
  /// The layers of that pull, as far as the engine has told of them; empty when there is none.
  [[nodiscard]] std::vector<LayerProgress> layers(std::string const& reference) const;

 private:
  struct Layer {
    std::int64_t current = 0, total = 0;
    bool done = false;
    std::string status;
  };
  struct Pull {
    Pull(boost::asio::any_io_executor executor, std::string of) : reference(std::move(of)), over(std::move(executor)) {}
    std::string reference;
    std::vector<aio::Event*> waiting;  ///< of the runs that want it
    std::optional<core::Result<docker::Image>> outcome;
    aio::Event over;  ///< it has ended, or nobody waits any more
    std::map<std::string, Layer> layers;
    bool new_layers = false;  ///< some were not on this host
  };
  [[nodiscard]] awaitable<core::Result<docker::Image>> join_pull(std::string reference, ActiveRun& run);
  /// Ends with the pull, or cancels it when nobody waits for it any more.
  [[nodiscard]] awaitable<void> carry(std::shared_ptr<Pull> pull);
  [[nodiscard]] awaitable<void> fetch(std::shared_ptr<Pull> pull);
  [[nodiscard]] awaitable<core::Result<docker::Image>> bring(std::shared_ptr<Pull> pull);
  void forget(std::shared_ptr<Pull> const& pull);

  docker::Engine& engine_;
  Seams seams_;
  aio::TaskGroup* tasks_ = nullptr;
  std::map<std::string, std::shared_ptr<Pull>> pulls_;
};

/// What a run's reader should know of a failed pull: what the registry was shown, and where that came from. Pure.
[[nodiscard]] core::Error explain_pull(core::Error error, docker::RegistryLogin const& login,
                                       std::string const& registry);

}  // namespace orchestrator
