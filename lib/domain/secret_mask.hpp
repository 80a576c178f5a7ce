#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace domain {

/// What to look for in a log: each line of a secret's value that has at least `shortest` bytes, and its base64 at any
/// alignment. One automaton (Aho and Corasick, CACM 18, 1975) for all of them: the time to look does not depend on how
/// many there are, or on how often their beginnings occur. 24 bytes of memory for a byte of pattern.
class SecretMask {
 public:
  static constexpr std::size_t shortest = 8;           ///< what is shorter would mask what is none: "secret", "12345"
  static constexpr std::size_t longest_base64 = 4096;  ///< of longer values only the bytes themselves are looked for

  explicit SecretMask(std::vector<std::string> const& values);
  [[nodiscard]] bool empty() const noexcept { return nodes_.size() == 1; }

 private:
  friend class MaskedText;
  struct Node {
    std::uint32_t first_child = 0, next_sibling = 0;
    std::uint32_t fail = 0;     ///< the longest proper suffix of this text that begins a pattern
    std::uint32_t depth = 0;    ///< bytes of this text
    std::uint32_t matched = 0;  ///< bytes of the longest pattern that ends here; 0: none does
    unsigned char byte = 0;
  };
  void add(std::string_view pattern);
  void add_base64(std::string_view value);
  void link();
  [[nodiscard]] std::uint32_t child(std::uint32_t node, unsigned char byte) const noexcept;
  [[nodiscard]] std::uint32_t next(std::uint32_t node, unsigned char byte) const noexcept;

  std::vector<Node> nodes_;  ///< 0 is the root; once linked, parents stand before their children
  std::array<std::uint32_t, 256> from_root_{};
};

/// One stream of text with `***` in place of the secrets, which may come in any pieces. Holds back what may be the
/// beginning of one: less than the longest pattern, and never over the end of a line.
class MaskedText {
 public:
  explicit MaskedText(std::shared_ptr<SecretMask const> mask) : mask_(std::move(mask)) {}
  /// What of the text up to here is clear by now.
  [[nodiscard]] std::string feed(std::string_view text);
  /// Nothing will follow: what was held back.
  [[nodiscard]] std::string finish();
  [[nodiscard]] bool holds() const noexcept { return !held_.empty(); }

 private:
  /// A piece of the text to be masked, by its place in the stream.
  struct Hidden {
    std::uint64_t begin, end;
    bool told = false;  ///< its *** was given out
  };
  void hide(std::uint64_t begin, std::uint64_t end);
  void release(std::uint64_t until, std::string& out);

  std::shared_ptr<SecretMask const> mask_;
  std::uint32_t node_ = 0;
  std::uint64_t begin_ = 0;  ///< the place of what is held
  std::string held_;
  std::size_t gone_ = 0;       ///< bytes of its beginning that were given out
  std::deque<Hidden> hidden_;  ///< in what is held; in order, apart from each other
};

}  // namespace domain
