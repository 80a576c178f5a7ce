#pragma once

#include <iosfwd>
#include <string>

namespace core {

/// Text that must not reach a log, an error or a command line. It has no conversion, no stream operator and no
/// formatter, so writing it somewhere takes the word `reveal`. Overwritten when it is destroyed.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(Secret const&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret const& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] std::string const& reveal() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  bool operator==(Secret const&) const = default;
  friend std::ostream& operator<<(std::ostream&, Secret const&) = delete;

 private:
  void wipe() noexcept;

  std::string text_;
};

}  // namespace core
