#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace watch {

/// Open-addressing set of 32-bit ids whose keys live elsewhere: 4 bytes a slot, at most two thirds used. An ordinary
/// unordered_map takes ten times that, which counts with a million directories.
class IdIndex {
 public:
  static constexpr std::uint32_t none = 0xffffffff;

  /// The id for which `matches(id)` holds, or none.
  template <class Matches>
  [[nodiscard]] std::uint32_t find(std::size_t hash, Matches matches) const {
    if (slots_.empty()) return none;
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      if (slots_[at] == none) return none;
      if (slots_[at] != erased && matches(slots_[at])) return slots_[at];
    }
  }

  /// `hash_of(id)` must give the hash of any id inside; it is called when the table grows.
  template <class HashOf>
  void insert(std::uint32_t id, HashOf hash_of) {
    if ((used_ + 1) * 3 > slots_.size() * 2) rebuild(hash_of);
    place(id, hash_of(id));
    ++live_;
  }

  void erase(std::size_t hash, std::uint32_t id) {
    if (slots_.empty()) return;
    for (std::size_t at = hash & mask(); slots_[at] != none; at = (at + 1) & mask()) {
      if (slots_[at] != id) continue;
      slots_[at] = erased;
      --live_;
      return;
    }
  }

 private:
  static constexpr std::uint32_t erased = 0xfffffffe;

  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }

  void place(std::uint32_t id, std::size_t hash) {
    auto at = hash & mask();
    while (slots_[at] != none && slots_[at] != erased) at = (at + 1) & mask();
    if (slots_[at] == none) ++used_;
    slots_[at] = id;
  }

  template <class HashOf>
  void rebuild(HashOf hash_of) {
    std::size_t size = 16;
    while (size < (live_ + 1) * 2) size *= 2;
    std::vector<std::uint32_t> old(size, none);
    old.swap(slots_);
    used_ = 0;
    for (auto const id : old)
      if (id != none && id != erased) place(id, hash_of(id));
  }

  std::vector<std::uint32_t> slots_;
  std::size_t live_ = 0;
  std::size_t used_ = 0;  ///< live ones and erased ones
};

}  // namespace watch
