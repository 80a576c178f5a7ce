#include "domain/secret_mask.hpp"

#include <algorithm>
#include <utility>

#include "core/base64.hpp"

namespace domain {

namespace {

constexpr std::string_view masked = "***";
constexpr std::size_t least_moved = 4096;  ///< what is held is not moved for every byte that leaves it

/// Scripts strip what they read.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto const first = std::min(text.find_first_not_of(blanks), text.size());
  auto const last = text.find_last_not_of(blanks);
  return text.substr(first, last == text.npos ? 0 : last + 1 - first);
}

}  // namespace

SecretMask::SecretMask(std::vector<std::string> const& values) : nodes_(1) {
  for (std::string_view const value : values) {
    for (auto rest = value; !rest.empty();) {
      auto const newline = rest.find('\n');
      add(trimmed(rest.substr(0, newline)));
      rest.remove_prefix(newline == rest.npos ? rest.size() : newline + 1);
    }
    add_base64(trimmed(value));
  }
  link();
}

void SecretMask::add(std::string_view pattern) {
  if (pattern.size() < shortest) return;
  std::uint32_t at = 0;
  for (auto const c : pattern) {
    auto const byte = static_cast<unsigned char>(c);
    auto next = child(at, byte);
    if (next == 0) {
      next = static_cast<std::uint32_t>(nodes_.size());
      Node node;
      node.byte = byte;
      node.depth = nodes_[at].depth + 1;
      node.next_sibling = nodes_[at].first_child;
      nodes_.push_back(node);
      nodes_[at].first_child = next;
      if (at == 0) from_root_[byte] = next;
    }
    at = next;
  }
  nodes_[at].matched = nodes_[at].depth;
}

/// Where the value does not begin with a group of three, as in base64("user:" + value), its first and last characters
/// bear bits of their neighbours; what lies between is the value's alone.
void SecretMask::add_base64(std::string_view value) {
  if (value.size() < shortest || value.size() > longest_base64) return;
  for (std::size_t before = 0; before < 3; ++before) {
    auto const text = core::to_base64(std::string(before, '\0') + std::string(value));
    auto const from = (before * 8 + 5) / 6;
    auto inner = text.substr(from, (before + value.size()) * 8 / 6 - from);
    add(inner);
    std::ranges::replace(inner, '+', '-');
    std::ranges::replace(inner, '/', '_');
    add(inner);
  }
}

std::uint32_t SecretMask::child(std::uint32_t node, unsigned char byte) const noexcept {
  if (node == 0) return from_root_[byte];
  auto at = nodes_[node].first_child;
  while (at != 0 && nodes_[at].byte != byte) at = nodes_[at].next_sibling;
  return at;
}

std::uint32_t SecretMask::next(std::uint32_t node, unsigned char byte) const noexcept {
  for (;;) {
    auto const found = child(node, byte);
    if (found != 0 || node == 0) return found;
    node = nodes_[node].fail;
  }
}

/// Breadth first, so that a node's fail is linked before the node is.
void SecretMask::link() {
  std::vector<std::uint32_t> order{0};
  order.reserve(nodes_.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    auto const parent = order[i];
    for (auto at = nodes_[parent].first_child; at != 0; at = nodes_[at].next_sibling) {
      auto& node = nodes_[at];
      node.fail = parent == 0 ? 0 : next(nodes_[parent].fail, node.byte);
      if (node.matched == 0) node.matched = nodes_[node.fail].matched;
      order.push_back(at);
    }
  }
}

std::string MaskedText::feed(std::string_view text) {
  std::string out;
  if (mask_ == nullptr || mask_->empty()) return out.assign(text);
  // A look at two bytes, without which much would be held back only to be given out again.
  auto const may_begin = [&](std::size_t at) {
    auto const first = mask_->from_root_[static_cast<unsigned char>(text[at])];
    return first != 0 && (at + 1 == text.size() || mask_->child(first, static_cast<unsigned char>(text[at + 1])) != 0);
  };
  for (std::size_t i = 0; i < text.size();) {
    if (node_ == 0) {  // nothing is held: what begins no secret goes on as it is
      auto const start = i;
      while (i < text.size() && !may_begin(i)) ++i;
      out += text.substr(start, i - start);
      begin_ += i - start;
      if (i == text.size()) break;
    }
    auto const byte = text[i++];
    node_ = mask_->next(node_, static_cast<unsigned char>(byte));
    held_ += byte;
    auto const end = begin_ + held_.size() - gone_;
    auto const& node = mask_->nodes_[node_];
    if (node.matched > 0) hide(end - node.matched, end);
    release(end - node.depth, out);
  }
  return out;
}

std::string MaskedText::finish() {
  std::string out;
  release(begin_ + held_.size() - gone_, out);
  node_ = 0;
  return out;
}

void MaskedText::hide(std::uint64_t begin, std::uint64_t end) {
  bool told = false;
  while (!hidden_.empty() && hidden_.back().end > begin) {  // they overlap: one *** for both
    begin = std::min(begin, hidden_.back().begin);
    told = hidden_.back().told;
    hidden_.pop_back();
  }
  hidden_.push_back({begin, end, told});
}

/// Only what lies before `until` can be told: a secret that ends later may begin there.
void MaskedText::release(std::uint64_t until, std::string& out) {
  if (until <= begin_) return;
  auto const text = [this](std::uint64_t from, std::uint64_t to) {
    return std::string_view(held_).substr(gone_ + static_cast<std::size_t>(from - begin_),
                                          static_cast<std::size_t>(to - from));
  };
  auto at = begin_;
  while (!hidden_.empty() && hidden_.front().begin < until) {
    auto& first = hidden_.front();
    if (first.begin > at) out += text(at, first.begin);
    if (!std::exchange(first.told, true)) out += masked;
    at = std::min(first.end, until);
    if (first.end > until) {
      first.begin = until;
      break;
    }
    hidden_.pop_front();
  }
  if (at < until) out += text(at, until);
  gone_ += static_cast<std::size_t>(until - begin_);
  begin_ = until;
  if (gone_ == held_.size() || gone_ > least_moved + held_.size() / 2) {
    held_.erase(0, gone_);
    gone_ = 0;
  }
}

}  // namespace domain
