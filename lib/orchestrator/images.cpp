#include "orchestrator/images.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/units.hpp"

namespace orchestrator {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_layers = 256;  ///< Docker itself allows 127
constexpr std::size_t longest_status = 200;

}  // namespace

awaitable<core::Result<docker::Image>> Images::ensure(std::string reference, domain::PullPolicy policy) {
  if (policy != domain::PullPolicy::always) {
    auto image = co_await engine_.inspect_image(reference);
    if (image || image.error().code != core::Errc::not_found) co_return image;
    if (policy == domain::PullPolicy::never) {
      co_return core::Error{core::Errc::not_found, "the image is not on this host, and pull_policy is never", reference,
                            "docker pull or docker build it, or use pull_policy: missing"};
    }
  }
  auto pulled = co_await pull_once(reference);
  if (!pulled) co_return pulled.error();
  co_return co_await engine_.inspect_image(reference);
}

awaitable<core::Result<void>> Images::pull_once(std::string reference) {
  if (auto const it = pulls_.find(reference); it != pulls_.end()) {
    auto const pull = it->second;
    while (!pull->ended) {
      co_await pull->done.async_wait(asio::as_tuple(asio::use_awaitable));
      auto const state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none)
        co_return core::Error{core::Errc::unavailable, "stopped while pulling", reference, {}};
    }
    co_return pull->outcome;
  }
  auto const executor = co_await asio::this_coro::executor;
  auto const pull = std::make_shared<Pull>(executor);
  pulls_[reference] = pull;
  auto progress = [pull](docker::PullProgress const& p) {
    if (p.layer.empty()) return;
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
  // Whoever waits must be woken also when this pull is given up by cancellation.
  struct Wake {
    Images& images;
    std::string const& reference;
    Pull& pull;
    ~Wake() {
      pull.ended = true;
      pull.done.cancel();
      images.pulls_.erase(reference);
    }
  } const wake{*this, reference, *pull};
  pull->outcome = core::Error{core::Errc::unavailable, "the pull was given up", reference, {}};
  auto outcome = co_await engine_.pull_image(reference, std::move(sink));
  pull->outcome = outcome;
  co_return outcome;
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
