#pragma once

#include <chrono>
#include <optional>

#include "core/time.hpp"

namespace http {

/// How long an exchange may take: until a moment, or as long as no silence lasts too long, or for ever.
class Patience {
 public:
  [[nodiscard]] static Patience until(core::Steady moment) {
    Patience patience;
    patience.until_ = moment;
    return patience;
  }
  [[nodiscard]] static Patience total(std::chrono::milliseconds duration) {
    return until(std::chrono::steady_clock::now() + duration);
  }
  /// Each write and each read may take this long.
  [[nodiscard]] static Patience idle(std::chrono::milliseconds silence) {
    Patience patience;
    patience.idle_ = silence;
    return patience;
  }
  [[nodiscard]] static Patience endless() { return {}; }

  /// The moment at which a step that begins now must have ended; nullopt for never.
  [[nodiscard]] std::optional<core::Steady> next_deadline() const {
    if (idle_) return std::chrono::steady_clock::now() + *idle_;
    return until_;
  }

 private:
  Patience() = default;

  std::optional<core::Steady> until_;
  std::optional<std::chrono::milliseconds> idle_;
};

}  // namespace http
