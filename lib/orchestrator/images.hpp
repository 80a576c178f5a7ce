#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "docker/engine.hpp"
#include "domain/pipeline.hpp"

namespace orchestrator {

using boost::asio::awaitable;

/// Images by reference: one pull at a time for each, however many runs want it. Loop thread only.
class Images {
 public:
  explicit Images(docker::Engine& engine) : engine_(engine) {}

  /// Inspects the image, pulling it first where the policy asks for it. Errors: not_found (no such image anywhere, or
  /// `never` and not here), permission (registry), unavailable.
  [[nodiscard]] awaitable<core::Result<docker::Image>> ensure(std::string reference, domain::PullPolicy policy);

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
    explicit Pull(boost::asio::any_io_executor const& executor)
        : done(executor, boost::asio::steady_timer::time_point::max()) {}
    boost::asio::steady_timer done;  ///< cancelled when the pull has ended
    bool ended = false;
    core::Result<void> outcome{};
    std::map<std::string, Layer> layers;
  };
  [[nodiscard]] awaitable<core::Result<void>> pull_once(std::string reference);

  docker::Engine& engine_;
  std::map<std::string, std::shared_ptr<Pull>> pulls_;
};

}  // namespace orchestrator
