#include "orchestrator/images.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "core/units.hpp"

namespace orchestrator {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_layers = 256;  ///< Docker itself allows 127
constexpr std::size_t longest_status = 200;

}  // namespace

core::Error explain_pull(core::Error error, docker::RegistryLogin const& login, std::string const& registry) {
  if (error.code != core::Errc::permission) return error;
  if (login.empty())
    error.hint = "no login was shown to " + registry + (login.source.empty() ? "" : " (" + login.source + ")") +
                 "; write one into `registries` of tidewheeld.yaml, or name Docker's config.json as `docker_config`";
  else
    error.hint = registry + " does not take the login" +
                 (login.username.empty() ? std::string() : " of '" + login.username + "'") + " from " + login.source +
                 "; check it, and whether it may pull this image";
  return error;
}

awaitable<core::Result<docker::Image>> Images::ensure(std::string reference, domain::PullPolicy policy,
                                                      ActiveRun& run) {
  if (policy != domain::PullPolicy::always) {
    auto image = co_await engine_.inspect_image(reference);
    if (image || image.error().code != core::Errc::not_found) co_return image;
    if (policy == domain::PullPolicy::never) {
      co_return core::Error{core::Errc::not_found, "the image is not on this host, and pull_policy is never", reference,
                            "docker pull or docker build it, or use pull_policy: missing"};
    }
  }
  co_return co_await join_pull(std::move(reference), run);
}

awaitable<core::Result<docker::Image>> Images::join_pull(std::string reference, ActiveRun& run) {
  auto const executor = co_await asio::this_coro::executor;
  auto const found = pulls_.find(reference);
  auto const pull = found != pulls_.end() ? found->second : std::make_shared<Pull>(executor, reference);
  pull->waiting.push_back(&run.wake);
  struct Leave {
    Images& images;
    std::shared_ptr<Pull> const& pull;
    aio::Event* wake;
    ~Leave() {
      std::erase(pull->waiting, wake);
      if (!pull->waiting.empty() || pull->outcome) return;
      images.forget(pull);  // whoever wants it from now on begins anew
      pull->over.set();
    }
  } const leave{*this, pull, &run.wake};
  if (found == pulls_.end()) {
    pulls_[reference] = pull;
    tasks_->spawn([this, pull] { return carry(pull); });
  }
  while (!pull->outcome) {
    if (run.cancel || run.sent_back)
      co_return core::Error{core::Errc::conflict, "stopped while its image was pulled", reference, {}};
    co_await run.wake.wait();
  }
  co_return *pull->outcome;
}

void Images::forget(std::shared_ptr<Pull> const& pull) {
  auto const it = pulls_.find(pull->reference);
  if (it != pulls_.end() && it->second == pull) pulls_.erase(it);
}

awaitable<void> Images::carry(std::shared_ptr<Pull> pull) {
  auto body = [this, &pull](aio::TaskGroup& group) -> awaitable<void> {
    group.spawn([this, pull] { return fetch(pull); });
    co_await pull->over.wait();
  };
  co_await aio::with_task_group(std::move(body));
}

awaitable<void> Images::fetch(std::shared_ptr<Pull> pull) {
  // However it ends, those who wait for it are told.
  struct Tell {
    Images& images;
    std::shared_ptr<Pull> const& pull;
    ~Tell() {
      if (!pull->outcome)
        pull->outcome = core::Error{core::Errc::unavailable, "the pull was given up", pull->reference, {}};
      images.forget(pull);
      for (auto* const wake : pull->waiting) wake->set();
      pull->over.set();
    }
  } const tell{*this, pull};
  auto outcome = co_await bring(pull);
  pull->outcome = std::move(outcome);
}

awaitable<core::Result<docker::Image>> Images::bring(std::shared_ptr<Pull> pull) {
  auto const here = co_await engine_.inspect_image(pull->reference);
  auto const registry = docker::registry_of(pull->reference);
  docker::RegistryLogin login;
  if (seams_.login) {
    auto found = co_await seams_.login(registry);
    if (!found) {
      auto error = found.error();
      error.code = core::Errc::permission;
      error.operation = "the login for " + registry + " cannot be had: " + error.operation;
      co_return error;
    }
    login = std::move(*found);
  }
  auto progress = [pull](docker::PullProgress const& p) {
    if (p.layer.empty()) return;
    pull->new_layers = pull->new_layers || p.status == "Pull complete";
    if (pull->layers.size() >= most_layers && !pull->layers.contains(p.layer)) return;
    auto& layer = pull->layers[p.layer];
    if (p.total > 0) {
      layer.current = p.current;
      layer.total = p.total;
    }
    layer.status = p.status.substr(0, longest_status);
    layer.done = layer.done || p.status == "Pull complete" || p.status == "Already exists";
  };
  docker::Engine::ProgressSink sink = std::move(progress);
  auto shown = login;
  auto const pulled = co_await engine_.pull_image(pull->reference, std::move(shown), std::move(sink));
  if (!pulled) co_return explain_pull(pulled.error(), login, registry);
  auto image = co_await engine_.inspect_image(pull->reference);
  bool const is_new = !here && here.error().code == core::Errc::not_found;
  // A tag that has moved on: without a new layer the image may have been here under another name.
  bool const has_moved = image && here && here->id != image->id && pull->new_layers;
  if (image && (is_new || has_moved) && seams_.pulled) {
    auto brought = *image;
    co_await seams_.pulled(pull->reference, std::move(brought));
  }
  co_return image;
}

std::string Images::progress(std::string const& reference) const {
  auto const it = pulls_.find(reference);
  if (it == pulls_.end()) return {};
  auto const& layers = it->second->layers;
  std::int64_t current = 0;
  std::int64_t total = 0;
  for (auto const& [id, layer] : layers) {
    current += layer.done ? layer.total : layer.current;
    total += layer.total;
  }
  auto const done = std::count_if(layers.begin(), layers.end(), [](auto const& entry) { return entry.second.done; });
  return "pulling, " + std::to_string(done) + " of " + std::to_string(layers.size()) + " layers, " +
         core::format_bytes(current) + " of " + core::format_bytes(total);
}

std::vector<Images::LayerProgress> Images::layers(std::string const& reference) const {
  std::vector<LayerProgress> layers;
  auto const it = pulls_.find(reference);
  if (it == pulls_.end()) return layers;
  for (auto const& [id, layer] : it->second->layers)
    layers.push_back({id, layer.status, layer.done ? layer.total : layer.current, layer.total});
  return layers;
}

}  // namespace orchestrator
