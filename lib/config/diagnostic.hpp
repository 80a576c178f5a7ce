#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace config {

/// One thing wrong in a file that a person wrote, and what to do about it.
struct Diagnostic {
  std::string file;         ///< as the caller named it
  std::size_t line = 0;     ///< 1-based; 0 when the whole file is meant
  std::size_t column = 0;   ///< 1-based, in characters (code points), as editors count
  std::size_t length = 1;   ///< characters to underline, at least 1
  std::string message;      ///< "unknown key 'mem_limits'"
  std::string hint;         ///< "did you mean 'mem_limit'?"; may be empty
  std::string source_line;  ///< the line, without its end; control characters and bad UTF-8 made visible
};

/// Three lines as compilers write them; the hint stands after the caret:
///
///     sensor-qc.yaml:14:3: error: unknown key 'mem_limits'
///        14 |   mem_limits: 2g
///           |   ^~~~~~~~~~ did you mean 'mem_limit'?
[[nodiscard]] std::string render(Diagnostic const& diagnostic);

/// All of them, each ending in a newline, and "N errors" at the end where there are several.
[[nodiscard]] std::string render(std::vector<Diagnostic> const& diagnostics);

}  // namespace config
