#include "watch/settle_machine.hpp"

#include <algorithm>

namespace watch {

SettleMachine::Entry* SettleMachine::make(std::string key, core::Steady now) {
  if (entries_.size() >= settings_.max_settling) return nullptr;
  auto const at = entries_.try_emplace(std::move(key)).first;
  at->second.key = &at->first;
  at->second.noticed = now;
  return &at->second;
}

void SettleMachine::note(Entry& entry, Trace trace) const {
  switch (trace) {
    case Trace::created:
      entry.open = entry.whole = false;
      break;
    case Trace::modified:
      entry.open = true, entry.whole = false;
      break;
    case Trace::closed:
    case Trace::moved_in:
      entry.open = false, entry.whole = true;
      break;
    case Trace::touched:
      break;
  }
}

SettleMachine::Wait SettleMachine::quiet(Entry const& entry) const {
  if (entry.open) return std::max(settings_.settle, settings_.writer_quiet);
  if (settings_.settle.count() == 0 && !entry.whole) return settings_.short_quiet;
  return settings_.settle;
}

void SettleMachine::schedule(Entry& entry, core::Steady at) {
  unschedule(entry);
  entry.due = at;
  entry.queued = true;
  timers_.emplace(at, &entry);
}

void SettleMachine::unschedule(Entry& entry) {
  if (std::exchange(entry.queued, false)) timers_.erase({entry.due, &entry});
}

void SettleMachine::enter_phase(Entry& entry, Phase phase) {
  unknown_ += (phase == Phase::unknown ? 1 : 0) - (entry.phase == Phase::unknown ? 1 : 0);
  entry.phase = phase;
  if (phase != Phase::unknown) entry.backoff = Wait{0};
}

void SettleMachine::erase(Entry& entry) {
  unschedule(entry);
  enter_phase(entry, Phase::fresh);
  entries_.erase(entries_.find(*entry.key));  // by iterator: the key to erase lives in the entry itself
}

SettleMachine::Action SettleMachine::on(Hint hint, core::Steady now) {
  auto const found = entries_.find(hint.key);
  auto* const entry = found != entries_.end() ? &found->second : make(std::move(hint.key), now);
  if (entry == nullptr) return {Action::Kind::overfull, {}, {}};
  note(*entry, hint.trace);
  entry->heard = true;
  if (entry->looking || entry->phase == Phase::committing) {
    entry->hinted = true;
    if (entry->phase == Phase::settling) entry->changed = now;
  } else if (entry->phase == Phase::settling) {
    entry->changed = now;
    schedule(*entry, now + quiet(*entry));
  } else {
    schedule(*entry, now);
  }
  return {};
}

SettleMachine::Action SettleMachine::on(Candidate candidate, core::Steady now) {
  if (holds(candidate.key)) return {};
  auto* const entry = make(std::move(candidate.key), now);
  if (entry == nullptr) return {Action::Kind::overfull, {}, {}};
  entry->version = candidate.version;
  entry->changed = now;
  enter_phase(*entry, Phase::settling);
  schedule(*entry, now + quiet(*entry));
  return {};
}

SettleMachine::Action SettleMachine::on(Seen const& seen, core::Steady now) {
  auto const at = entries_.find(seen.key);
  if (at == entries_.end()) return {};
  auto& entry = at->second;
  entry.looking = false;
  bool const again = std::exchange(entry.hinted, false);
  switch (seen.sight.found) {
    case Found::file:
      return saw_file(entry, seen, again, now);
    case Found::unknown: {
      auto const backoff = std::clamp(entry.backoff * 2, settings_.look_retry_first, settings_.look_retry_last);
      enter_phase(entry, Phase::unknown);
      entry.backoff = backoff;
      schedule(entry, now + backoff);
      return {};
    }
    case Found::directory: {
      bool const first = entry.phase != Phase::absent;
      auto const action = saw_nothing(entry, seen, again, now);  // as a file it is absent
      return first ? Action{Action::Kind::enter, {}, {}} : action;
    }
    case Found::other:
    case Found::absent:
      break;
  }
  return saw_nothing(entry, seen, again, now);
}

SettleMachine::Action SettleMachine::saw_file(Entry& entry, Seen const& seen, bool again, core::Steady now) {
  if (!seen.differs) {
    forget(entry, again, now);
    return {};
  }
  bool const first = entry.phase != Phase::settling;
  // What a writer did before it closed the file is what the event told of, and quiet has been counted from that.
  bool const expected = entry.explained && entry.whole;
  bool const changed = first || (entry.version != seen.sight.version && !expected);
  entry.version = seen.sight.version;
  enter_phase(entry, Phase::settling);
  if (changed || again) entry.changed = now;
  if (!again && now - entry.changed >= quiet(entry)) return commit(entry, Action::Kind::commit);
  schedule(entry, entry.changed + quiet(entry));
  return {};
}

SettleMachine::Action SettleMachine::saw_nothing(Entry& entry, Seen const& seen, bool again, core::Steady now) {
  if (!seen.known) {
    forget(entry, again, now);
    return {};
  }
  bool const first = entry.phase != Phase::absent;
  if (first) {
    enter_phase(entry, Phase::absent);
    entry.open = entry.whole = false;
    entry.changed = now;
  }
  if (again) {
    schedule(entry, now);
  } else if (!first && now - entry.changed >= settings_.delete_delay) {
    return commit(entry, Action::Kind::remove);
  } else {
    schedule(entry, entry.changed + settings_.delete_delay);
  }
  return {};
}

void SettleMachine::forget(Entry& entry, bool again, core::Steady now) {
  if (!again) return erase(entry);
  enter_phase(entry, Phase::fresh);
  entry.noticed = now;
  schedule(entry, now);
}

SettleMachine::Action SettleMachine::commit(Entry& entry, Action::Kind kind) {
  unschedule(entry);
  enter_phase(entry, Phase::committing);
  return {kind, entry.version, entry.noticed};
}

void SettleMachine::on(Done const& done, core::Steady now) {
  auto const at = entries_.find(done.key);
  if (at == entries_.end() || at->second.phase != Phase::committing) return;
  forget(at->second, std::exchange(at->second.hinted, false), now);
}

std::vector<std::string> SettleMachine::due(core::Steady now, std::size_t limit) {
  std::vector<std::string> keys;
  while (keys.size() < limit && !timers_.empty() && timers_.begin()->first <= now) {
    auto& entry = *timers_.begin()->second;
    unschedule(entry);
    entry.looking = true;
    entry.explained = std::exchange(entry.heard, false);
    keys.push_back(*entry.key);
  }
  return keys;
}

core::Steady SettleMachine::next_due() const {
  return timers_.empty() ? core::Steady::max() : timers_.begin()->first;
}

void SettleMachine::set_settle(Wait settle) {
  if (settings_.settle == settle) return;
  settings_.settle = settle;
  for (auto& [key, entry] : entries_)
    if (entry.phase == Phase::settling && entry.queued) schedule(entry, entry.changed + quiet(entry));
}

}  // namespace watch
