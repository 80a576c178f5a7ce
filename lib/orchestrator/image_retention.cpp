#include <spdlog/spdlog.h>

#include <algorithm>

#include "orchestrator/retention.hpp"

namespace orchestrator {

using store::Lane;

awaitable<void> Retention::sweep_images(RetentionReport& report) {
  constexpr std::size_t most = 100;
  auto const age = services_.config.retention.images;
  if (!age) co_return;
  auto query = [before = services_.clock.wall() - *age](sql::Connection& db) {
    return store::unused_images(db, before);
  };
  auto const images = co_await services_.database.read(std::move(query));
  for (auto const& image : images) {
    if (report.images.size() == most) co_return;
    auto const goes_on = co_await remove_image(image, report);
    if (!goes_on) co_return;
  }
}

awaitable<bool> Retention::remove_image(store::PulledImage const& image, RetentionReport& report) {
  auto const found = co_await services_.engine.inspect_image(image.reference);
  if (!found && found.error().code != core::Errc::not_found) co_return false;
  bool const is_meant = found && found->id == image.id;
  if (is_meant && image.named) co_return true;
  // A tag that moved on leaves an image without a name; one with a name has got it from somebody else since.
  bool is_ours = is_meant;
  if (!is_meant) {
    auto const old = co_await services_.engine.inspect_image(image.id);
    if (!old && old.error().code != core::Errc::not_found) co_return false;
    is_ours = old && old->tags.empty();
  }
  if (report.dry_run) {
    if (is_ours) report.images.push_back({image.reference, image.id, image.used, {}});
    co_return true;
  }
  if (is_ours) {
    // A run may have been claimed for it since it was looked for; a container is not removed under by the engine.
    auto const removed = co_await services_.engine.remove_image(is_meant ? image.reference : image.id);
    std::string kept = removed ? std::string() : removed.error().message();
    if (removed) spdlog::info("retention: removed the image {}, which no run has used for long", image.reference);
    report.images.push_back({image.reference, image.id, image.used, kept});
    if (!removed) co_return removed.error().code == core::Errc::conflict;
  }
  auto forget = [&image](sql::Connection& db) { store::forget_image(db, image); };
  co_await services_.database.write(Lane::intake, std::move(forget));
  co_return true;
}

}  // namespace orchestrator
