#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace store {

/// What came of a difference that a source found: for each pipeline that it concerns, or once where it concerns none.
enum class Decided : std::uint8_t {
  run,               ///< a run was queued
  existing,          ///< it was there before the pipeline
  same_content,      ///< a handled version's bytes again
  event_not_wanted,  ///< `events` leaves such changes out
  not_matched,       ///< no pipeline wants the item
  removed,           ///< the item is gone
  unchanged,         ///< the inventory knew it already, or but its status had changed
};
[[nodiscard]] std::string_view to_string(Decided decided) noexcept;

/// How often each was decided.
class Decisions {
 public:
  void add(Decided decided) { ++counts_[static_cast<std::size_t>(decided)]; }
  Decisions& operator+=(Decisions const& more);
  [[nodiscard]] std::int64_t of(Decided decided) const { return counts_[static_cast<std::size_t>(decided)]; }
  /// `visit(Decided, count)` for every one, also where it is 0.
  template <class Visit>
  void each(Visit visit) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) visit(static_cast<Decided>(i), counts_[i]);
  }

 private:
  std::array<std::int64_t, 7> counts_{};
};

}  // namespace store
