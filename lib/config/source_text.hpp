#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.hpp"

namespace config {

/// A place in a file: byte offset and length in bytes.
struct Span {
  std::size_t offset = 0;
  std::size_t length = 1;
};

/// Where the values of a file stand, by a path such as "watch[0].path", for checks that come after reading.
using Places = std::map<std::string, Span, std::less<>>;

/// The text of one file, and everything found wrong in it so far. Turns byte offsets into lines and columns.
class SourceText {
 public:
  SourceText(std::string_view text, std::string_view file);

  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// Byte offset of a 0-based line and a 0-based byte column; never past the end.
  [[nodiscard]] std::size_t offset_of(std::size_t line, std::size_t column) const noexcept;

  /// Notes an error at `span`; `hint` may be empty. Past 100 errors further ones are only counted.
  void error(Span span, std::string message, std::string hint = {});
  /// An error of the file as a whole.
  void file_error(std::string message, std::string hint = {});

  [[nodiscard]] bool clean() const noexcept { return diagnostics_.empty(); }
  /// What was found, in line order.
  [[nodiscard]] std::vector<Diagnostic> diagnostics() const;

 private:
  [[nodiscard]] std::string_view line_text(std::size_t line) const noexcept;

  std::string text_;
  std::string file_;
  std::vector<std::size_t> line_starts_;
  std::vector<Diagnostic> diagnostics_;
  std::size_t left_out_ = 0;
};

}  // namespace config
