#include "store/counters.hpp"

#include <string_view>

namespace store {
namespace {

constexpr std::array<std::string_view, 3> names{"change", "feed", "run"};

}  // namespace

std::int64_t Counters::next(Counter counter) {
  auto const index = static_cast<std::size_t>(counter);
  auto& value = values_[index];
  if (!value) value = db_.integer("SELECT value FROM counter WHERE name = ?", names[index]).value();
  return ++*value;
}

void Counters::save() {
  for (std::size_t index = 0; index < names.size(); ++index)
    if (values_[index]) db_.run("UPDATE counter SET value = ? WHERE name = ?", *values_[index], names[index]);
}

}  // namespace store
