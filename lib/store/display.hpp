#pragma once

#include <optional>
#include <string>

#include "core/utf8.hpp"

namespace store {

/// What to store beside bytes for display: nothing where the bytes are readable as they are, as nearly always.
[[nodiscard]] inline std::optional<std::string> display_text(std::string const& bytes) {
  auto text = core::to_display(bytes);
  return text == bytes ? std::nullopt : std::optional(std::move(text));
}

}  // namespace store
