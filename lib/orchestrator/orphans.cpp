#include "orchestrator/orphans.hpp"

#include <spdlog/spdlog.h>

#include <charconv>

#include "orchestrator/container_plan.hpp"
#include "store/runs.hpp"

namespace orchestrator {

namespace {

std::string label_of(docker::ContainerSummary const& container, std::string_view name) {
  auto const found = container.labels.find(std::string(name));
  return found == container.labels.end() ? std::string() : found->second;
}

enum class Orphan : std::uint8_t { none, of_no_run, left_over };

Orphan look_up(sql::Connection& db, docker::ContainerSummary const& container) {
  auto const run = store::load_run_by_id(db, label_of(container, label::run_id));
  if (!run) return Orphan::of_no_run;
  auto const text = label_of(container, label::attempt);
  std::int64_t number = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  auto const attempt = store::load_attempt(db, run->no, number);
  bool const left = attempt && attempt->step == domain::Step::removed && attempt->container_name == container.name;
  return left ? Orphan::left_over : Orphan::none;
}

}  // namespace

awaitable<void> tend_orphans(Services& services, bool tell_of_strangers) {
  auto const listed = co_await services.engine.list(std::string(label::instance) + "=" + services.instance);
  if (!listed) co_return;
  for (auto const& container : *listed) {
    auto query = [&container](sql::Connection& db) { return look_up(db, container); };
    auto const orphan = co_await services.database.read(std::move(query));
    if (orphan == Orphan::of_no_run && tell_of_strangers)
      spdlog::warn(
          "container {} bears this instance's label but no run of this database: it is left alone, look at it with "
          "docker inspect",
          container.name);
    if (orphan != Orphan::left_over) continue;
    auto const removed = co_await services.engine.remove(container.id, true);
    spdlog::warn("container {} was left over by an attempt that is through: {}", container.name,
                 removed ? "removed" : removed.error().message());
  }
}

}  // namespace orchestrator
