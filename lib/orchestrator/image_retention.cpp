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
    if (report.dry_run) {
      report.images.push_back({image.reference, image.id, image.used, {}});
      continue;
    }
    auto const goes_on = co_await remove_image(image, report);
    if (!goes_on) co_return;
  }
}

awaitable<bool> Retention::remove_image(store::PulledImage const& image, RetentionReport& report) {
  auto const found = co_await services_.engine.inspect_image(image.reference);
  bool const is_gone = !found && found.error().code == core::Errc::not_found;
  if (!found && !is_gone) co_return false;
  // The reference means another image by now: somebody else's doing, and so is what has become of ours.
  bool const is_ours = found && found->id == image.id;
  if (is_ours) {
    // A run may have been claimed for it since it was looked for; a container is not removed under by the engine.
    auto const removed = co_await services_.engine.remove_image(image.reference);
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
