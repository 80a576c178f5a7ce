#include "orchestrator/bucket_ledger.hpp"

#include "store/s3_pass.hpp"

namespace orchestrator {

using store::Lane;

namespace {

watch::PassState to_state(store::S3Pass pass) {
  watch::PassState state;
  state.number = pass.number;
  state.open = pass.open;
  state.voided = pass.voided;
  state.cursor = std::move(pass.cursor);
  state.listed = pass.listed;
  state.started = pass.started;
  state.complete = pass.complete;
  state.complete_listed = pass.complete_listed;
  state.complete_started = pass.complete_started;
  state.completed = pass.completed;
  return state;
}

}  // namespace

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

awaitable<watch::PassState> BucketLedger::load_pass() {
  auto query = [source = source_](sql::Connection& db) { return store::load_pass(db, source); };
  auto pass = co_await services_.database.read(std::move(query));
  co_return to_state(std::move(pass));
}

awaitable<watch::PassState> BucketLedger::begin_pass() {
  auto write = [source = source_, now = services_.clock.wall()](sql::Connection& db) {
    return store::begin_pass(db, source, now);
  };
  auto pass = co_await services_.database.write(Lane::intake, std::move(write));
  co_return to_state(std::move(pass));
}

awaitable<void> BucketLedger::commit_page(watch::PassCommit page) {
  store::PassPage stretch;
  stretch.pass = page.pass;
  pass_found_(page.fresh);
  stretch.fresh = items_.to_differences(std::move(page.fresh));
  stretch.missing = std::move(page.missing);
  stretch.found_again = std::move(page.found_again);
  stretch.cursor = std::move(page.cursor);
  stretch.listed = page.listed;
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

awaitable<watch::PassState> BucketLedger::end_pass(std::int64_t pass) {
  auto write = [source = source_, pass, now = services_.clock.wall()](sql::Connection& db) {
    store::end_pass(db, source, pass, now);
    return store::load_pass(db, source);
  };
  auto ended = co_await services_.database.write(Lane::intake, std::move(write));
  co_return to_state(std::move(ended));
}

awaitable<std::vector<std::string>> BucketLedger::missed_before(std::int64_t pass, std::size_t limit) {
  auto query = [source = source_, pass, limit](sql::Connection& db) {
    return store::missed_before(db, source, pass, limit);
  };
  co_return co_await services_.database.read(std::move(query));
}

awaitable<std::int64_t> BucketLedger::count_missed_before(std::int64_t pass) {
  auto query = [source = source_, pass](sql::Connection& db) { return store::count_missed_before(db, source, pass); };
  co_return co_await services_.database.read(std::move(query));
}

}  // namespace orchestrator
