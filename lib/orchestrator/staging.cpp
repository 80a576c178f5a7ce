#include "orchestrator/staging.hpp"

#include <algorithm>
#include <numeric>

#include "core/units.hpp"

namespace orchestrator {

Staging::Place& Staging::Place::operator=(Place&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  staging_ = std::exchange(other.staging_, nullptr);
  entry_ = other.entry_;
  return *this;
}

void Staging::Place::arrived(std::int64_t bytes) {
  if (staging_ != nullptr) entry_->arrived = bytes;
}

void Staging::Place::downloaded() {
  if (staging_ == nullptr || !std::exchange(entry_->downloading, false)) return;
  staging_->wake_first();
}

void Staging::Place::give_back() {
  auto* const staging = std::exchange(staging_, nullptr);
  if (staging == nullptr) return;
  staging->entries_.erase(entry_);
  staging->wake_first();
}

awaitable<Staging::Place> Staging::enter(ActiveRun& run, std::int64_t bytes) {
  auto const at = queue_.insert(queue_.end(), {&run, bytes});
  struct Leave {
    Staging& staging;
    std::list<Waiting>::iterator at;
    ~Leave() {
      staging.queue_.erase(at);
      staging.wake_first();  // it may fit where this one did not
    }
  } const leave{*this, at};
  while (!run.cancel && (at != queue_.begin() || !has_room(bytes))) co_await run.wake.wait();
  if (run.cancel) co_return Place();
  co_return Place(*this, entries_.insert(entries_.end(), {run.no, bytes, 0, true}));
}

Staging::Place Staging::adopt(store::RunNo run, std::int64_t bytes) {
  return Place(*this, entries_.insert(entries_.end(), {run, bytes, bytes, false}));
}

std::int64_t Staging::staged() const noexcept {
  return std::accumulate(entries_.begin(), entries_.end(), std::int64_t{0},
                         [](std::int64_t sum, auto const& entry) { return sum + entry.bytes; });
}

int Staging::downloading() const noexcept {
  return static_cast<int>(std::ranges::count_if(entries_, [](auto const& entry) { return entry.downloading; }));
}

bool Staging::has_room(std::int64_t bytes) const noexcept {
  return downloading() < downloads_ && staged() + bytes <= max_bytes_;
}

void Staging::wake_first() {
  if (!queue_.empty()) queue_.front().run->wake.set();
}

std::int64_t Staging::expected() const noexcept {
  std::int64_t bytes = 0;
  for (auto const& entry : entries_)
    if (entry.downloading) bytes += entry.bytes - entry.arrived;
  return bytes;
}

std::string Staging::waits_for(store::RunNo run) const {
  auto const at = std::ranges::find_if(queue_, [run](auto const& waiting) { return waiting.run->no == run; });
  if (at == queue_.end()) return {};
  auto const ahead = std::distance(queue_.begin(), at);
  auto sentence = "Its input of " + core::format_bytes(at->bytes) + " waits to be fetched: the inputs of " +
                  std::to_string(entries_.size()) + " runs have " + core::format_bytes(staged()) +
                  " of staging.max_bytes (" + core::format_bytes(max_bytes_) + "), and " +
                  std::to_string(downloading()) + " of staging.downloads (" + std::to_string(downloads_) +
                  ") are under way";
  if (ahead > 0) sentence += "; " + std::to_string(ahead) + " waited before it";
  return sentence + ". It goes on when one of them ends.";
}

std::string Staging::progress(store::RunNo run) const {
  auto const at =
      std::ranges::find_if(entries_, [run](auto const& entry) { return entry.run == run && entry.downloading; });
  if (at == entries_.end()) return {};
  return "fetching its input, " + core::format_bytes(at->arrived) + " of " + core::format_bytes(at->bytes);
}

}  // namespace orchestrator
