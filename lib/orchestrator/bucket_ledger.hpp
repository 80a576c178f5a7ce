#pragma once

#include "orchestrator/source_ledger.hpp"
#include "watch/pass_ledger.hpp"

namespace orchestrator {

/// An S3 source's way into the store: what SourceLedger does, and where its listing stands, in the same transactions.
class BucketLedger final : public watch::PassLedger {
 public:
  using PassFound = std::function<void(std::vector<watch::Observation> const&)>;
  /// `pass_found` is called with the differences of each stretch of a listing, as it is committed.
  BucketLedger(Services& services, Catalogue const& catalogue, store::SourceRow source, SourceLedger::Told told,
               PassFound pass_found);

  awaitable<std::vector<watch::KnownItem>> find(std::vector<std::string> keys) override;
  awaitable<std::vector<watch::KnownItem>> page(std::string prefix, std::string after, std::size_t limit) override;
  awaitable<void> commit(std::vector<watch::Observation> batch) override;
  awaitable<void> mark_missing(std::vector<std::string> keys, bool missing) override;

  awaitable<domain::S3Pass> load_pass() override;
  awaitable<domain::S3Pass> begin_pass(std::vector<domain::S3Shard> shards, std::string scope) override;
  awaitable<void> commit_page(watch::PassCommit page) override;
  awaitable<void> void_pass(std::int64_t pass) override;
  awaitable<domain::S3Pass> end_pass(std::int64_t pass) override;
  awaitable<std::vector<std::string>> missed_before(std::int64_t pass, std::size_t limit) override;
  awaitable<Missing> count_missing(std::int64_t pass) override;
  awaitable<std::int64_t> remember_seen(std::vector<std::string> keys) override;
  awaitable<std::vector<std::string>> unseen(std::string after, std::size_t limit) override;
  awaitable<std::string> key_from_end(std::int64_t others) override;

 private:
  Services& services_;
  store::SourceId source_;
  SourceLedger items_;
  PassFound pass_found_;
};

}  // namespace orchestrator
