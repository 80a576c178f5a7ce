#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace domain {

/// The known name that `name` most likely stands for, by edit distance (a swap of neighbours counts once); nullopt when
/// none is near enough to be a slip of the fingers. Names longer than 64 bytes are not compared.
[[nodiscard]] std::optional<std::string> nearest(std::string_view name, std::span<std::string const> known);
[[nodiscard]] std::optional<std::string> nearest(std::string_view name, std::span<std::string_view const> known);

/// "did you mean 'X'?", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view name, std::span<std::string const> known);
[[nodiscard]] std::string did_you_mean(std::string_view name, std::span<std::string_view const> known);

}  // namespace domain
