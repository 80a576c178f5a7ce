#include "support/s3/fault.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace support::s3 {

namespace {

using enum FaultKind;

constexpr std::array names{
    std::pair{slow_down, "slow-down"},
    std::pair{internal_error, "internal-error"},
    std::pair{error_200, "error-200"},
    std::pair{html_504, "html-504"},
    std::pair{access_denied, "access-denied"},
    std::pair{expired_token, "expired-token"},
    std::pair{no_such_bucket, "no-such-bucket"},
    std::pair{redirect_301, "redirect-301"},
    std::pair{wrong_region, "wrong-region"},
    std::pair{clock_skew, "clock-skew"},
    std::pair{hold, "hold"},
    std::pair{stall, "stall"},
    std::pair{close, "close"},
    std::pair{reset, "reset"},
    std::pair{reset_in_body, "reset-in-body"},
    std::pair{stall_in_body, "stall-in-body"},
    std::pair{slow_body, "slow-body"},
    std::pair{short_body, "short-body"},
    std::pair{truncated_xml, "truncated-xml"},
    std::pair{v1_answer, "v1-answer"},
    std::pair{truncated_without_token, "truncated-without-token"},
    std::pair{empty_token, "empty-token"},
    std::pair{same_token, "same-token"},
    std::pair{lost_keys, "lost-keys"},
    std::pair{wrong_bucket, "wrong-bucket"},
    std::pair{wrong_prefix, "wrong-prefix"},
    std::pair{wrong_key_count, "wrong-key-count"},
    std::pair{ignore_start_after, "ignore-start-after"},
    std::pair{ignore_encoding, "ignore-encoding"},
    std::pair{space_as_plus, "space-as-plus"},
    std::pair{space_as_percent, "space-as-percent"},
    std::pair{unsorted, "unsorted"},
    std::pair{duplicate_key, "duplicate-key"},
    std::pair{phantom_key, "phantom-key"},
    std::pair{change_after_head, "change-after-head"},
};

bool is_about_listings(FaultKind kind) {
  return kind >= v1_answer && kind <= phantom_key;
}

bool concerns(Fault const& fault, std::string_view operation) {
  if (fault.operation == "*") return true;
  if (!fault.operation.empty()) return fault.operation == operation;
  if (is_about_listings(fault.kind)) return operation == "ListObjectsV2";
  if (fault.kind == change_after_head) return operation == "HeadObject";
  return true;
}

}  // namespace

std::string_view to_string(FaultKind kind) noexcept {
  for (auto const& [value, name] : names)
    if (value == kind) return name;
  return "unknown";
}

std::optional<FaultKind> to_fault_kind(std::string_view text) noexcept {
  for (auto const& [value, name] : names)
    if (name == text) return value;
  return std::nullopt;
}

Fault const* Hits::find(FaultKind kind) const noexcept {
  auto const found = std::ranges::find(faults_, kind, &Fault::kind);
  return found == faults_.end() ? nullptr : &*found;
}

void FaultPlan::add(Fault fault) {
  faults_.push_back(std::move(fault));
}

void FaultPlan::clear() {
  faults_.clear();
  random_.seed(seed_);
  ++generation_;
}

Hits FaultPlan::hit(std::string_view operation) {
  Hits hits(generation_);
  for (auto at = faults_.begin(); at != faults_.end();) {
    auto const fault = at++;
    if (!concerns(*fault, operation)) continue;
    if (fault->after > 0) {
      --fault->after;
      continue;
    }
    // std::uniform_real_distribution may differ between libraries; 53 bits of the engine do not.
    double const chance = static_cast<double>(random_() >> 11U) * 0x1p-53;
    if (chance >= fault->probability) continue;
    hits.add(*fault);
    if (fault->count && --*fault->count <= 0) faults_.erase(fault);
  }
  return hits;
}

}  // namespace support::s3
