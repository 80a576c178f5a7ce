#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aio/task_group.hpp"
#include "domain/source_root.hpp"
#include "orchestrator/catalogue.hpp"
#include "orchestrator/services.hpp"
#include "orchestrator/source_hints.hpp"
#include "orchestrator/source_ledger.hpp"
#include "s3/event.hpp"
#include "watch/bucket.hpp"
#include "watch/s3_hints.hpp"
#include "watch/source.hpp"

namespace orchestrator {

/// The sources that live pipelines watch: one watcher a root, started when the first pipeline asks for it and stopped
/// with the last.
class Sources {
 public:
  /// Told that there are new runs, or (by number) that some are outdated or skipped while they were prepared.
  using Stirred = std::function<void(std::vector<store::RunNo> const& stale)>;
  Sources(Services& services, Catalogue const& catalogue, Stirred stirred);

  /// Brings the running watchers in line with the catalogue. New ones are spawned into `tasks`.
  [[nodiscard]] awaitable<void> align(aio::TaskGroup& tasks);

  struct Status {
    std::string root;  ///< as domain::root_of() makes it
    watch::SourceHealth health;
    std::int64_t changes = 0, runs = 0;  ///< committed, and queued by them, since the daemon started
    store::Decisions decisions = {};     ///< about all that the source told of since then
  };
  [[nodiscard]] std::vector<Status> status() const;
  /// Asks every source for a full comparison.
  void request_scan(std::string const& reason);
  /// Asks the source of a root, if it is watched now, to look at one key soon.
  void look_at(std::string const& root, std::string const& key);
  struct HintsTaken {
    std::int64_t taken = 0;    ///< objects that lie in a source which is watched now
    std::int64_t ignored = 0;  ///< all others
  };
  /// Objects of a connection that may have changed: each source that they lie in looks at them soon. Durable when it
  /// returns.
  [[nodiscard]] awaitable<HintsTaken> take_hints(std::string connection, std::vector<s3::EventObject> objects);
  [[nodiscard]] std::optional<store::SourceRow> row(std::string const& root) const;

 private:
  struct Active {
    store::SourceRow row;
    std::unique_ptr<watch::Bucket> bucket;  ///< of an S3 source
    std::unique_ptr<SourceHints> hints;     ///< of an S3 source
    std::unique_ptr<watch::Ledger> ledger;
    std::unique_ptr<watch::Source> source;   ///< null where its connection is of no use: `obstacle` says why
    std::unique_ptr<watch::S3Hints> looker;  ///< beside an S3 source
    std::string obstacle;
    std::int64_t items = 0;                ///< in the inventory
    std::int64_t stored_hints = 0;         ///< at the start
    std::unique_ptr<aio::TaskGroup> task;  ///< holds the one coroutine, so that it can be stopped by itself
  };
  [[nodiscard]] awaitable<void> start(std::string root, aio::TaskGroup& tasks);
  /// For the ledger of `active`, which owns it.
  [[nodiscard]] SourceLedger::Told told(Active& active);
  void make_local(Active& active, boost::asio::any_io_executor const& executor);
  void make_s3(Active& active, domain::S3Root const& where, boost::asio::any_io_executor const& executor);

  Services& services_;
  Catalogue const& catalogue_;
  Stirred stirred_;
  std::map<std::string, std::shared_ptr<Active>> active_;
  struct Made {
    std::int64_t changes = 0, runs = 0;
    store::Decisions decisions;
  };
  std::map<std::string, Made> made_;  ///< by root; outlives the watcher, so that counts never go back
};

}  // namespace orchestrator
