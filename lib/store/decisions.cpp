#include "store/decisions.hpp"

namespace store {

std::string_view to_string(Decided decided) noexcept {
  constexpr std::array<std::string_view, 7> names{"run",         "existing", "same_content", "event_not_wanted",
                                                  "not_matched", "removed",  "unchanged"};
  return names[static_cast<std::size_t>(decided)];
}

Decisions& Decisions::operator+=(Decisions const& more) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += more.counts_[i];
  return *this;
}

}  // namespace store
