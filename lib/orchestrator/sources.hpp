#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aio/task_group.hpp"
#include "orchestrator/catalogue.hpp"
#include "orchestrator/services.hpp"
#include "orchestrator/source_ledger.hpp"
#include "watch/source.hpp"

namespace orchestrator {

/// The sources that live pipelines watch: one watcher a root, started when the first pipeline asks for it and stopped
/// with the last.
class Sources {
 public:
  Sources(Services& services, Catalogue const& catalogue, std::function<void()> stirred);

  /// Brings the running watchers in line with the catalogue. New ones are spawned into `tasks`.
  [[nodiscard]] awaitable<void> align(aio::TaskGroup& tasks);

  struct Status {
    std::string root;
    watch::SourceHealth health;
  };
  [[nodiscard]] std::vector<Status> status() const;
  /// Asks every source for a full comparison.
  void request_scan(std::string const& reason);
  [[nodiscard]] std::optional<store::SourceRow> row(std::string const& root) const;

 private:
  struct Active {
    store::SourceRow row;
    std::unique_ptr<SourceLedger> ledger;
    std::unique_ptr<watch::Source> source;
    std::unique_ptr<aio::TaskGroup> task;  ///< holds the one coroutine, so that it can be stopped by itself
  };
  [[nodiscard]] awaitable<void> start(std::string root, aio::TaskGroup& tasks);

  Services& services_;
  Catalogue const& catalogue_;
  std::function<void()> stirred_;
  std::map<std::string, std::shared_ptr<Active>> active_;
};

}  // namespace orchestrator
