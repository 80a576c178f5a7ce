#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace core {

/// The bytes from where the descriptor stands to its end, but no more than `most`: who has to know whether there were
/// more asks for one more. Takes memory for what is there, not for `most`. nullopt: read(2) failed, `errno` says why.
[[nodiscard]] std::optional<std::string> read_bounded(int fd, std::size_t most);

}  // namespace core
