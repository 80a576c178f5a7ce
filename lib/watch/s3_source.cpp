#include "watch/s3_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/utf8.hpp"

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
      settings_(settings),
      wake_(executor),
      looks_wake_(std::move(executor)) {}

S3Source::~S3Source() = default;

awaitable<void> S3Source::run() {
  auto body = [this](aio::TaskGroup& tasks) -> awaitable<void> {
    state_ = co_await ledger_.load_pass();
    health_.items = state_.complete_listed;
    if (state_.completed) health_.last_scan = *state_.completed;
    if (state_.complete_started) health_.complete_as_of = *state_.complete_started;
    tasks.spawn([this] { return list_again_and_again(); });
    tasks.spawn([this] { return look_at_keys(); });
    co_await tasks.join();
  };
  co_await aio::with_task_group(std::move(body));
}

void S3Source::request_scan(std::string reason) {
  reason_ = std::move(reason);
  wake_.set();
}

void S3Source::set_pace(Pace pace) {
  if (std::exchange(settings_.every, pace.every) > pace.every) wake_.set();
}

SourceHealth S3Source::health() const {
  auto health = health_;
  health.requests = bucket_.requests();
  health.listed = pass_ ? pass_->listed() : 0;
  return health;
}

awaitable<void> S3Source::list_again_and_again() {
  reason_ = "the start";
  for (;;) {
    auto const due = clock_.steady() + settings_.every;
    co_await make_pass();
    (void)co_await wake_.wait_until(due);
  }
}

awaitable<void> S3Source::make_pass() {
  if (!state_.open) state_ = co_await ledger_.begin_pass();
  if (health_.state == SourceHealth::State::starting || health_.state == SourceHealth::State::watching) {
    health_.state = SourceHealth::State::scanning;
    health_.reason = "listing: " + reason_;
  }
  pass_ = std::make_unique<S3Pass>(bucket_, ledger_, settings_, prefix_, state_);
  for (auto const& key : looking_) pass_->set_aside(key);
  backoff_ = settings_.retry_first;
  abandoned_ = false;
  while (!pass_->at_end() && !abandoned_) {
    auto done = co_await pass_->next_page(by_token_);
    if (done) {
      backoff_ = settings_.retry_first;
      continue;
    }
    auto failure = done.error();
    co_await wait_and_retry(std::move(failure));
  }
  co_await finish_pass();
}

awaitable<void> S3Source::wait_and_retry(core::Error error) {
  bool const lied = error.code == core::Errc::protocol;
  if (lied && !state_.voided) {
    state_.voided = true;
    co_await ledger_.void_pass(state_.number);
  }
  if (lied) {
    by_token_ = !by_token_;
    abandoned_ = by_token_ && !pass_->at_start() && !pass_->has_token();  // taken up from an earlier life
  }
  health_.state = lied ? SourceHealth::State::degraded : SourceHealth::State::offline;
  health_.reason = error.message() + (lied ? "; this listing is not believed, nothing is removed because of it" : "") +
                   "; tried again by itself";
  auto const wait = backoff_ * std::uniform_int_distribution(80, 120)(jitter_) / 100;
  backoff_ = std::min(backoff_ * 2, settings_.retry_last);
  (void)co_await wake_.wait_until(clock_.steady() + wait);
}

awaitable<void> S3Source::finish_pass() {
  auto const number = pass_->number();
  state_ = co_await ledger_.end_pass(number);
  pass_.reset();
  trouble_.clear();
  auto const ended = clock_.wall();
  if (state_.complete == number) {
    health_.items = state_.complete_listed;
    health_.complete_as_of = state_.complete_started.value_or(ended);
    health_.last_scan = ended;
    auto const waiting = co_await ledger_.count_missed_before(number);
    health_.missing = co_await ledger_.count_missed_before(number + 1);
    if (breaker_holds(health_.missing))
      trouble_ =
          fmt::format("{} known objects are missing at once: nothing is removed unless they are missing still in {} s",
                      health_.missing, std::chrono::ceil<std::chrono::seconds>(settings_.breaker_hold).count());
    else if (waiting > 0)
      co_await remove_missing(waiting);
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
  health_.missing = co_await ledger_.count_missed_before(state_.number + 1);
  if (error)
    trouble_ = "objects are missing, and whether they are gone could not be asked: " + error->message();
  else if (waiting > proven)
    trouble_ = fmt::format("{} objects are gone; {} of them are left for the next listings to prove", waiting,
                           waiting - proven);
}

awaitable<std::optional<core::Error>> S3Source::prove(std::vector<std::string> keys) {
  std::vector<Observation> batch;
  std::optional<core::Error> error;
  for (auto& key : keys) {
    auto found = co_await bucket_.head(key);
    if (!found && found.error().code != core::Errc::not_found) {
      error = found.error();
      break;
    }
    bool const gone = !found || is_folder_marker(key, found->size);
    std::optional<domain::Version> version;
    if (!gone) version = std::move(*found);
    batch.push_back(observed(std::move(key), std::move(version)));
    if (batch.size() < removals_at_once) continue;
    std::vector<Observation> full;
    std::swap(full, batch);
    co_await ledger_.commit(std::move(full));
  }
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
    if (pass_ && pass_->aside() >= settings_.most_aside) {  // the pass will see them itself, or the next one does
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
  if (pass_ && pass_->aside() >= settings_.most_aside) return false;
  if (!looking_.insert(key).second) return false;
  // Now, and not when the answer is here. The next pass compares the key again.
  if (pass_) pass_->set_aside(key);
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

}  // namespace watch
