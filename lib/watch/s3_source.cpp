#include "watch/s3_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "aio/sleep.hpp"

namespace watch {

namespace {

constexpr std::size_t removals_at_once = 256;

Observation observed(std::string key, std::optional<domain::Version> version) {
  Observation observation;
  observation.key = std::move(key);
  observation.found = std::move(version);
  return observation;
}

}  // namespace

S3Source::S3Source(boost::asio::any_io_executor executor, std::string prefix, Bucket& bucket, PassLedger& ledger,
                   core::Clock const& clock, S3Settings settings)
    : prefix_(std::move(prefix)),
      bucket_(bucket),
      ledger_(ledger),
      clock_(clock),
      settings_(std::move(settings)),
      began_(clock.steady()),
      wake_(executor),
      looks_wake_(executor),
      end_free_(std::move(executor)) {}

S3Source::~S3Source() = default;

awaitable<void> S3Source::run() {
  auto body = [this](aio::TaskGroup& tasks) -> awaitable<void> {
    state_ = co_await ledger_.load_pass();
    health_.items = state_.complete_listed;
    if (state_.completed) health_.last_scan = *state_.completed;
    if (state_.complete_started) health_.complete_as_of = *state_.complete_started;
    tasks.spawn([this] { return list_again_and_again(); });
    tasks.spawn([this] { return look_at_keys(); });
    tasks.spawn([this] { return follow_the_end(); });
    co_await tasks.join();
  };
  co_await aio::with_task_group(std::move(body));
}

void S3Source::request_scan(std::string reason) {
  reason_ = std::move(reason);
  wake_.set();
}

void S3Source::set_pace(Pace pace) {
  bool const sooner = settings_.every > pace.every || (settings_.append && !pace.append);
  bool const wider = settings_.files != pace.files;
  settings_.every = pace.every;
  settings_.full_every = pace.full_every;
  settings_.append = pace.append;
  settings_.files = std::move(pace.files);
  if (sooner || wider) wake_.set();
}

SourceHealth S3Source::health() const {
  auto health = health_;
  auto const usage = bucket_.usage();
  health.requests = usage.lists + usage.heads + usage.gets;
  health.lists = usage.lists;
  auto const up = std::max<core::Steady::duration>(clock_.steady() - began_, settings_.every);
  std::chrono::duration<double> const day = std::chrono::hours(24);
  health.lists_per_day = static_cast<std::int64_t>(static_cast<double>(usage.lists) * (day / up));
  if (state_.complete > 0)
    health.lag = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall() - health.complete_as_of);
  health.listed = pass_ ? pass_->listed() : 0;
  bool const lists = pass_ && health.state == SourceHealth::State::scanning;
  if (lists && usage.waiting > 0) {
    health.reason += "; it waits for its turn, since lists_per_minute of its connection allows no more";
  } else if (lists && pass_->silence() > settings_.silence) {
    health.state = SourceHealth::State::degraded;
    health.reason = fmt::format("the server has not answered for {} s; it is asked again by itself",
                                std::chrono::floor<std::chrono::seconds>(pass_->silence()).count());
  }
  return health;
}

awaitable<void> S3Source::list_again_and_again() {
  reason_ = "the start";
  for (;;) {
    auto const began = clock_.steady();
    co_await make_pass();
    if (std::exchange(asked_meanwhile_, false)) wake_.set();
    auto const due = began + (settings_.append ? std::max(settings_.every, settings_.full_every) : settings_.every);
    (void)co_await wake_.wait_until(due);
  }
}

PassBudget S3Source::budget() const {
  PassBudget budget;
  budget.full_every = settings_.full_every;
  budget.shard_keys = settings_.shard_keys;
  // An append-only source lists everything at its slower beat, whatever that costs.
  if (settings_.append || settings_.lists_per_minute == 0) return budget;
  budget.pages = std::max<std::int64_t>(1, settings_.lists_per_minute * settings_.every / std::chrono::minutes(1));
  return budget;
}

awaitable<void> S3Source::begin_pass(std::string scope) {
  bool const undivided = mode_ != ListingMode::start_after;
  auto known = state_.shards;
  if (state_.scope != scope)  // what another scope left out has to be listed now, whatever the budget says
    for (auto& shard : known) shard.visit = 0;
  auto shards = undivided ? plan_undivided(known) : plan_pass(std::move(known), budget(), clock_.wall());
  state_ = co_await ledger_.begin_pass(std::move(shards), std::move(scope));
}

awaitable<void> S3Source::make_pass() {
  auto const globs = settings_.files;
  auto scope = fmt::format("{}", fmt::join(globs, "\n"));
  if (!state_.open || state_.scope != scope) co_await begin_pass(std::move(scope));
  if (health_.state == SourceHealth::State::starting || health_.state == SourceHealth::State::watching) {
    health_.state = SourceHealth::State::scanning;
    health_.reason = "listing: " + reason_;
  }
  health_.shards = static_cast<std::int64_t>(state_.shards.size());
  health_.rested = std::ranges::count(state_.shards, domain::S3Shard::State::resting, &domain::S3Shard::state);
  lists_before_ = bucket_.usage().lists;
  pass_ = std::make_unique<S3Pass>(bucket_, ledger_, settings_, clock_, prefix_, KeyScope(globs), mode_, state_);
  for (auto const& key : looking_) pass_->aside().insert(key);
  pass_->hold_last(looking_at_end_);
  backoff_ = settings_.retry_first;
  abandoned_ = false;
  lies_ = 0;
  while (!pass_->at_end() && !abandoned_) {
    auto const pages = pass_->pages();
    auto done = co_await pass_->run();
    if (pass_->pages() > pages) {
      backoff_ = settings_.retry_first;
      lies_ = 0;
    }
    if (!done) {
      auto failure = done.error();
      co_await wait_and_retry(std::move(failure));
    } else if (!pass_->at_end()) {
      co_await end_free_.wait();
    }
  }
  co_await finish_pass();
}

awaitable<void> S3Source::note_lie() {
  if (!state_.voided) {
    state_.voided = true;
    co_await ledger_.void_pass(state_.number);
  }
  if (++lies_ == 1) co_return;  // the first time it may be a proxy's page: the same again
  lies_ = 0;
  mode_ = mode_ == ListingMode::start_after ? ListingMode::token
          : mode_ == ListingMode::token     ? ListingMode::unordered
                                            : ListingMode::start_after;
  abandoned_ = !pass_->change_mode(mode_);
}

awaitable<void> S3Source::wait_and_retry(core::Error error) {
  bool const lied = error.code == core::Errc::protocol;
  if (lied) co_await note_lie();
  health_.state = lied ? SourceHealth::State::degraded : SourceHealth::State::offline;
  health_.reason = error.message() + (lied ? "; this listing is not believed, nothing is removed because of it" : "") +
                   "; tried again by itself";
  auto const wait = backoff_ * std::uniform_int_distribution(80, 120)(jitter_) / 100;
  backoff_ = std::min(backoff_ * 2, settings_.retry_last);
  // It tries again at once then; and of what was compared before, only another pass can tell.
  if (co_await wake_.wait_until(clock_.steady() + wait)) asked_meanwhile_ = true;
}

awaitable<void> S3Source::finish_pass() {
  auto const number = pass_->number();
  state_ = co_await ledger_.end_pass(number);
  health_.pass_lists = bucket_.usage().lists - lists_before_;
  pass_.reset();
  trouble_.clear();
  auto const ended = clock_.wall();
  if (state_.complete == number) {
    health_.items = state_.complete_listed;
    health_.complete_as_of = state_.complete_started.value_or(ended);
    health_.last_scan = ended;
    auto const missing = co_await ledger_.count_missing(number);
    health_.missing = missing.all;
    if (breaker_holds(health_.missing))
      trouble_ =
          fmt::format("{} known objects are missing at once: nothing is removed unless they are missing still in {} s",
                      health_.missing, std::chrono::ceil<std::chrono::seconds>(settings_.breaker_hold).count());
    else if (missing.twice > 0)
      co_await remove_missing(missing.twice);
  } else {
    trouble_ = "a page of the last listing broke the rules of the format, so what it left out is not taken for removed";
  }
  report(ended);
}

bool S3Source::breaker_holds(std::int64_t missing) {
  auto const known = state_.complete_listed + missing;
  if (missing <= std::max(settings_.breaker_floor, known / 100 * settings_.breaker_percent)) {
    mass_since_.reset();
    return false;
  }
  auto const now = clock_.steady();
  if (!mass_since_) mass_since_ = now;
  return now - *mass_since_ < settings_.breaker_hold;
}

awaitable<void> S3Source::remove_missing(std::int64_t waiting) {
  auto keys = co_await ledger_.missed_before(state_.number, settings_.head_budget);
  auto const proven = static_cast<std::int64_t>(keys.size());
  auto const error = co_await prove(std::move(keys));
  auto const missing = co_await ledger_.count_missing(state_.number);
  health_.missing = missing.all;
  if (error)
    trouble_ = "objects are missing, and whether they are gone could not be asked: " + error->message();
  else if (waiting > proven)
    trouble_ = fmt::format("{} objects are gone; {} of them are left for the next listings to prove", waiting,
                           waiting - proven);
}

awaitable<std::optional<core::Error>> S3Source::prove(std::vector<std::string> keys) {
  std::optional<core::Error> error;
  std::vector<Observation> batch;
  std::size_t next = 0;
  auto ask = [&]() -> awaitable<void> {
    while (next < keys.size() && !error) {
      auto key = keys[next++];
      auto found = co_await bucket_.head(key);
      if (!found && found.error().code != core::Errc::not_found) {
        error = found.error();
        co_return;
      }
      bool const gone = !found || is_folder_marker(key, found->size);
      std::optional<domain::Version> version;
      if (!gone) version = std::move(*found);
      batch.push_back(observed(std::move(key), std::move(version)));
      if (batch.size() < removals_at_once) continue;
      auto full = std::exchange(batch, {});
      co_await ledger_.commit(std::move(full));
    }
  };
  auto body = [&](aio::TaskGroup& group) -> awaitable<void> {
    for (int i = 0; i < settings_.parallel_heads; ++i) group.spawn(ask);
    co_await group.join();
  };
  co_await aio::with_task_group(std::move(body));
  if (!batch.empty()) co_await ledger_.commit(std::move(batch));
  co_return error;
}

void S3Source::report(core::Wall ended) {
  ++health_.scans;
  health_.state = trouble_.empty() ? SourceHealth::State::watching : SourceHealth::State::degraded;
  health_.reason = trouble_.empty() ? "last listing: " + reason_ : trouble_;
  health_.last_scan = std::max(health_.last_scan, state_.complete == state_.number ? ended : core::Wall{});
  reason_ = "it was time";
}

void S3Source::look_at(std::string key) {
  if (looks_.size() >= settings_.most_looks) return request_scan("more keys changed at once than are looked at singly");
  if (!waiting_looks_.insert(key).second) return;
  looks_.push_back(std::move(key));
  looks_wake_.set();
}

awaitable<void> S3Source::look_at_keys() {
  for (;;) {
    while (looks_.empty()) co_await looks_wake_.wait();
    if (pass_ &&
        pass_->aside().size() >= settings_.most_aside) {  // the pass will see them itself, or the next one does
      looks_.clear();
      waiting_looks_.clear();
      request_scan("more keys changed during a listing than are looked at singly");
      continue;
    }
    auto key = std::move(looks_.front());
    looks_.pop_front();
    waiting_looks_.erase(key);
    co_await look(std::move(key));
  }
}

bool S3Source::begin_look(std::string const& key) {
  if (pass_ && pass_->aside().size() >= settings_.most_aside) return false;
  if (!looking_.insert(key).second) return false;
  // Now, and not when the answer is here. The next pass compares the key again.
  if (pass_) pass_->aside().insert(key);
  if (looking_at_end_) end_aside_.insert(key);
  return true;
}

awaitable<void> S3Source::look(std::string key) {
  if (!begin_look(key)) co_return;  // somebody else does
  auto found = co_await bucket_.head(key);
  if (found && !is_folder_marker(key, found->size)) {  // an absence is for the passes to prove
    std::vector<Observation> batch;
    batch.push_back(observed(key, std::move(*found)));
    co_await ledger_.commit(std::move(batch));
  }
  end_look(key);
}

awaitable<void> S3Source::follow_the_end() {
  for (;;) {
    co_await aio::sleep_for(settings_.every);
    bool const known = state_.complete > 0 && mode_ == ListingMode::start_after;
    // A pass that is just there sees the same.
    if (!settings_.append || !known || (pass_ && pass_->at_last_shard())) continue;
    looking_at_end_ = true;
    end_aside_.clear();
    end_aside_.insert(looking_.begin(), looking_.end());
    if (pass_) pass_->hold_last(true);
    co_await look_at_the_end();
    looking_at_end_ = false;
    if (pass_) pass_->hold_last(false);
    end_free_.set();
  }
}

/// Only what is there counts: neither an absence nor an answer that breaks the rules means anything here, the passes
/// find and tell the same.
awaitable<void> S3Source::look_at_the_end() {
  auto after = co_await ledger_.key_from_end(settings_.tail);
  for (;;) {
    ListRequest request;
    request.prefix = prefix_;
    request.after = after;
    auto listed = co_await bucket_.list(std::move(request));
    if (!listed || listed->objects.empty()) co_return;
    auto page = std::move(*listed);
    after = page.objects.back().key;
    std::vector<std::string> keys;
    for (auto const& object : page.objects) keys.push_back(object.key);
    auto const known = co_await ledger_.find(std::move(keys));
    PageMerge merge(end_aside_);
    merge.met_all(std::move(page.objects), known);
    auto differences = merge.take();
    if (!differences.fresh.empty()) co_await ledger_.commit(std::move(differences.fresh));
    if (!page.truncated) co_return;
  }
}

}  // namespace watch
