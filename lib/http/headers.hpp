#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

/// Header fields in their order; names compare without regard to case (RFC 9110 5.1).
/// A value can never break the message: control characters in it become blanks.
class Headers {
 public:
  struct Field {
    std::string name, value;
  };

  Headers() = default;
  void add(std::string_view name, std::string_view value);
  /// Replaces every field of that name.
  void set(std::string_view name, std::string_view value);
  /// The first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
  [[nodiscard]] auto end() const noexcept { return fields_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

/// ASCII comparison without regard to case.
[[nodiscard]] bool same_name(std::string_view left, std::string_view right) noexcept;

}  // namespace http
