#pragma once

#include <functional>
#include <string>

#include "orchestrator/catalogue.hpp"
#include "orchestrator/services.hpp"
#include "watch/ledger.hpp"

namespace orchestrator {

/// A source's way into the store: matches each difference with the live pipelines and commits inventory, change and run
/// rows in one transaction.
class SourceLedger final : public watch::Ledger {
 public:
  /// Called after each commit, with what it made.
  using Told = std::function<void(store::IntakeResult const&)>;
  SourceLedger(Services& services, Catalogue const& catalogue, store::SourceRow source, Told told);

  awaitable<std::vector<watch::KnownItem>> find(std::vector<std::string> keys) override;
  awaitable<std::vector<watch::KnownItem>> page(std::string prefix, std::string after, std::size_t limit) override;
  awaitable<void> commit(std::vector<watch::Observation> batch) override;
  awaitable<void> mark_missing(std::vector<std::string> keys, bool missing) override;

  /// Each with the live pipelines that it concerns.
  [[nodiscard]] std::vector<store::Difference> to_differences(std::vector<watch::Observation> batch) const;
  void tell(store::IntakeResult const& result) const { told_(result); }

 private:
  Services& services_;
  Catalogue const& catalogue_;
  store::SourceRow source_;
  Told told_;
};

}  // namespace orchestrator
