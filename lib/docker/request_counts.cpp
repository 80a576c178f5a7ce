#include "docker/request_counts.hpp"

#include <algorithm>

namespace docker {

namespace {

std::string label_of(std::string_view operation) {
  std::string label(operation);
  std::ranges::replace(label, ' ', '_');
  return label;
}

}  // namespace

void RequestCounts::answered(std::string_view operation, int status, Duration took) {
  auto const label = label_of(operation);
  ++answers_[label][std::to_string(status)];
  durations_.try_emplace(label, bounds).first->second.add(took.count());
}

void RequestCounts::failed(std::string_view operation, core::Errc code, Duration took) {
  auto const label = label_of(operation);
  ++answers_[label][std::string(core::to_string(code))];
  if (code == core::Errc::timeout) durations_.try_emplace(label, bounds).first->second.add(took.count());
}

}  // namespace docker
