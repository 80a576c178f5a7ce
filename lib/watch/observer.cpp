#include "watch/observer.hpp"

#include <string_view>
#include <unordered_map>
#include <utility>

namespace watch {

namespace {
constexpr std::size_t looks_at_once = 256;
}

Observer::Observer(Site& site, Outside outside)
    : site_(site),
      outside_(std::move(outside)),
      machine_(site.settings),
      wake_(site.executor),
      committer_(site.executor, site.ledger, [this](auto const& keys) { done(keys); }),
      hasher_(site, committer_, [this](auto const& key) { moved(key); }) {}

void Observer::start() {
  for (std::size_t i = 0; i < Committer::lanes; ++i) site_.group.spawn([this] { return committer_.run_lane(); });
  for (std::size_t i = 0; i < Hasher::lanes; ++i) site_.group.spawn([this] { return hasher_.run_lane(); });
  site_.group.spawn([this] { return run(); });
}

void Observer::hint(std::string key, Trace trace) {
  auto const action = machine_.on(SettleMachine::Hint{std::move(key), trace}, site_.clock.steady());
  if (action.kind == SettleMachine::Action::Kind::overfull) outside_.on_overfull();
  wake_.set();
}

void Observer::candidate(std::string key, domain::Version version) {
  auto const action = machine_.on(SettleMachine::Candidate{std::move(key), version}, site_.clock.steady());
  if (action.kind == SettleMachine::Action::Kind::overfull) outside_.on_overfull();
  wake_.set();
}

void Observer::set_settle(LocalSettings::Wait settle) {
  machine_.set_settle(settle);
  wake_.set();
}

void Observer::done(std::vector<std::string> const& keys) {
  auto const now = site_.clock.steady();
  for (auto const& key : keys) machine_.on(SettleMachine::Done{key}, now);
  wake_.set();
}

void Observer::moved(std::string const& key) {
  machine_.on(SettleMachine::Done{key}, site_.clock.steady());
  hint(key, Trace::touched);
}

awaitable<void> Observer::run() {
  for (;;) {
    auto keys = machine_.due(site_.clock.steady(), looks_at_once);
    site_.health.settling = static_cast<std::int64_t>(machine_.size());
    if (keys.empty())
      (void)co_await wake_.wait_until(machine_.next_due());
    else
      co_await look(std::move(keys));
  }
}

awaitable<void> Observer::look(std::vector<std::string> keys) {
  auto const rows = co_await site_.ledger.find(keys);
  auto work = [&root = site_.root, &keys] { return look_at(root, keys); };
  auto const sights = co_await site_.pool.run(std::move(work));
  if (sights.root_lost) throw RootLost("the watched folder was removed or replaced");
  std::unordered_map<std::string_view, KnownItem const*> known;
  for (auto const& row : rows) known.emplace(row.key, &row);
  std::vector<std::string> back;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto const at = known.find(keys[i]);
    auto const* const row = at != known.end() ? at->second : nullptr;
    auto const& sight = sights.each[i];
    SettleMachine::Seen seen;
    seen.key = keys[i];
    seen.sight = sight;
    seen.known = row != nullptr;
    seen.differs = row == nullptr || compare(row->version, sight.version) != domain::Difference::none;
    if (row != nullptr && row->missing && sight.found == Found::file && !seen.differs) back.push_back(keys[i]);
    auto const action = machine_.on(seen, site_.clock.steady());
    bool const hash = row != nullptr && row->hash && row->version != sight.version;
    co_await act(action, std::move(keys[i]), hash);
  }
  if (!back.empty()) co_await site_.ledger.mark_missing(std::move(back), false);
}

awaitable<void> Observer::act(SettleMachine::Action action, std::string key, bool hash) {
  using Kind = SettleMachine::Action::Kind;
  if (action.kind == Kind::enter) {
    outside_.on_directory(std::move(key));
    co_return;
  }
  if (action.kind != Kind::commit && action.kind != Kind::remove) co_return;
  if (action.kind == Kind::commit && hash) {
    co_await hasher_.push(std::move(key), action.version, action.noticed);
    co_return;
  }
  Observation observation;
  observation.key = std::move(key);
  if (action.kind == Kind::commit) observation.found = action.version;
  observation.noticed = action.noticed;
  co_await committer_.push(std::move(observation));
}

}  // namespace watch
