#pragma once

#include <string>
#include <string_view>

namespace orchestrator {

/// Walks over the members of a JSON object as they were written. Boost.JSON 1.81 may round a number by one unit in the
/// last place and lets the last of two equal names win in silence; who needs better looks at the text itself. `text`
/// must have been accepted as an object by a parser, and must outlive this.
class JsonMembers {
 public:
  explicit JsonMembers(std::string_view text);

  /// False at the end. `value` is JSON text without blanks around it.
  [[nodiscard]] bool next(std::string& name, std::string_view& value);

 private:
  void skip_blanks();
  [[nodiscard]] std::string_view take_string();
  [[nodiscard]] std::string_view take_value();

  std::string_view rest_;
};

/// The only element of an array of one scalar, else `value` itself: R's jsonlite writes scalars so (auto_unbox =
/// FALSE).
[[nodiscard]] std::string_view unboxed(std::string_view value);

}  // namespace orchestrator
