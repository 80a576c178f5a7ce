#include "orchestrator/bucket_ledger.hpp"

#include "store/s3_pass.hpp"

namespace orchestrator {

using store::Lane;

BucketLedger::BucketLedger(Services& services, Catalogue const& catalogue, store::SourceRow source,
                           SourceLedger::Told told, PassFound pass_found)
    : services_(services),
      source_(source.id),
      items_(services, catalogue, std::move(source), std::move(told)),
      pass_found_(std::move(pass_found)) {}

awaitable<std::vector<watch::KnownItem>> BucketLedger::find(std::vector<std::string> keys) {
  return items_.find(std::move(keys));
}

awaitable<std::vector<watch::KnownItem>> BucketLedger::page(std::string prefix, std::string after, std::size_t limit) {
  return items_.page(std::move(prefix), std::move(after), limit);
}

awaitable<void> BucketLedger::commit(std::vector<watch::Observation> batch) {
  return items_.commit(std::move(batch));
}

awaitable<void> BucketLedger::mark_missing(std::vector<std::string> keys, bool missing) {
  return items_.mark_missing(std::move(keys), missing);
}

awaitable<domain::S3Pass> BucketLedger::load_pass() {
  auto query = [source = source_](sql::Connection& db) { return store::load_pass(db, source); };
  co_return co_await services_.database.read(std::move(query));
}

awaitable<domain::S3Pass> BucketLedger::begin_pass(std::vector<domain::S3Shard> shards, std::string scope) {
  auto write = [source = source_, shards = std::move(shards), scope = std::move(scope), now = services_.clock.wall()](
                   sql::Connection& db) { return store::begin_pass(db, source, shards, scope, now); };
  co_return co_await services_.database.write(Lane::intake, std::move(write));
}

awaitable<void> BucketLedger::commit_page(watch::PassCommit page) {
  store::PassPage stretch;
  stretch.pass = page.pass;
  stretch.shard = std::move(page.shard);
  pass_found_(page.fresh);
  stretch.fresh = items_.to_differences(std::move(page.fresh));
  stretch.missing = std::move(page.missing);
  stretch.found_again = std::move(page.found_again);
  stretch.cursor = std::move(page.cursor);
  stretch.listed = page.listed;
  stretch.end = page.end;
  stretch.calm = page.calm;
  stretch.splits = std::move(page.splits);
  stretch.split_keys = page.split_keys;
  auto write = [source = source_, stretch = std::move(stretch), now = services_.clock.wall()](sql::Connection& db) {
    return store::commit_page(db, source, stretch, now);
  };
  auto const result = co_await services_.database.write(Lane::intake, std::move(write));
  if (result) items_.tell(*result);
}

awaitable<void> BucketLedger::void_pass(std::int64_t pass) {
  auto write = [source = source_, pass](sql::Connection& db) { store::void_pass(db, source, pass); };
  co_await services_.database.write(Lane::intake, std::move(write));
}

awaitable<domain::S3Pass> BucketLedger::end_pass(std::int64_t pass) {
  auto write = [source = source_, pass, now = services_.clock.wall()](sql::Connection& db) {
    store::end_pass(db, source, pass, now);
    return store::load_pass(db, source);
  };
  co_return co_await services_.database.write(Lane::intake, std::move(write));
}

awaitable<std::vector<std::string>> BucketLedger::missed_before(std::int64_t pass, std::size_t limit) {
  auto query = [source = source_, pass, limit](sql::Connection& db) {
    return store::missed_before(db, source, pass, limit);
  };
  co_return co_await services_.database.read(std::move(query));
}

awaitable<watch::PassLedger::Missing> BucketLedger::count_missing(std::int64_t pass) {
  auto query = [source = source_, pass](sql::Connection& db) { return store::count_missing(db, source, pass); };
  auto const counted = co_await services_.database.read(std::move(query));
  Missing missing;
  missing.twice = counted.twice;
  missing.all = counted.all;
  co_return missing;
}

awaitable<std::int64_t> BucketLedger::remember_seen(std::vector<std::string> keys) {
  auto write = [source = source_, keys = std::move(keys)](sql::Connection& db) {
    return store::remember_seen(db, source, keys);
  };
  co_return co_await services_.database.write(Lane::intake, std::move(write));
}

awaitable<std::vector<std::string>> BucketLedger::unseen(std::string after, std::size_t limit) {
  auto query = [source = source_, after = std::move(after), limit](sql::Connection& db) {
    return store::unseen(db, source, after, limit);
  };
  co_return co_await services_.database.read(std::move(query));
}

awaitable<std::string> BucketLedger::key_from_end(std::int64_t others) {
  auto query = [source = source_, others](sql::Connection& db) { return store::key_from_end(db, source, others); };
  co_return co_await services_.database.read(std::move(query));
}

}  // namespace orchestrator
