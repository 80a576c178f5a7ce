#include "watch/watch_map.hpp"

#include <cstring>
#include <functional>

namespace watch {

namespace {

// Calls `use(name)` for each part of "a/b/"; stops when it returns false.
template <class Use>
bool each_part(std::string_view prefix, Use use) {
  while (!prefix.empty()) {
    auto const slash = prefix.find('/');
    if (!use(prefix.substr(0, slash))) return false;
    prefix.remove_prefix(slash == std::string_view::npos ? prefix.size() : slash + 1);
  }
  return true;
}

}  // namespace

WatchMap::WatchMap() : nodes_(1) {}

std::size_t WatchMap::hash_child(Id parent, std::string_view name) noexcept {
  return std::hash<std::string_view>{}(name) ^ (parent * std::size_t{0x9e3779b97f4a7c15});
}

std::size_t WatchMap::hash_wd(int wd) noexcept {
  return static_cast<std::size_t>(wd) * std::size_t{0x9e3779b97f4a7c15} >> 7;
}

WatchMap::Id WatchMap::by_wd(int wd) const {
  return wds_.find(hash_wd(wd), [&](Id id) { return nodes_[id].wd == wd; });
}

WatchMap::Id WatchMap::child(Id parent, std::string_view name) const {
  return children_.find(hash_child(parent, name),
                        [&](Id id) { return nodes_[id].parent == parent && name_of(id) == name; });
}

WatchMap::Id WatchMap::walk(std::string_view prefix) const {
  Id at = 0;
  each_part(prefix, [&](std::string_view name) { return (at = child(at, name)) != none; });
  return at;
}

void WatchMap::add(std::string_view prefix, int wd) {
  Id at = 0;
  each_part(prefix, [&](std::string_view name) {
    auto const found = child(at, name);
    at = found != none ? found : make_child(at, name);
    return true;
  });
  nodes_[at].epoch = epoch_;
  if (nodes_[at].wd == wd) return;
  if (auto const before = by_wd(wd); wd >= 0 && before != none) set_wd(before, -1);
  set_wd(at, wd);
}

WatchMap::Id WatchMap::make_child(Id parent, std::string_view name) {
  Id id = free_;
  if (id != none) {
    free_ = nodes_[id].next;
  } else {
    id = static_cast<Id>(nodes_.size());
    nodes_.emplace_back();
  }
  auto& node = nodes_[id];
  node = Node{};
  node.name = std::make_unique_for_overwrite<char[]>(name.size());
  std::memcpy(node.name.get(), name.data(), name.size());
  node.name_length = static_cast<std::uint16_t>(name.size());
  node.parent = parent;
  node.epoch = epoch_;
  node.next = nodes_[parent].first_child;
  if (node.next != none) nodes_[node.next].previous = id;
  nodes_[parent].first_child = id;
  children_.insert(id, [this](Id each) { return hash_child(nodes_[each].parent, name_of(each)); });
  return id;
}

void WatchMap::set_wd(Id id, int wd) {
  auto& node = nodes_[id];
  if (node.wd >= 0) {
    wds_.erase(hash_wd(node.wd), id);
    --watched_;
  }
  node.wd = wd;
  if (wd < 0) return;
  wds_.insert(id, [this](Id each) { return hash_wd(nodes_[each].wd); });
  ++watched_;
}

bool WatchMap::append_prefix(int wd, std::string& out) const {
  auto const id = by_wd(wd);
  if (id == none) return false;
  std::size_t length = 0;
  for (Id at = id; at != 0; at = nodes_[at].parent) length += nodes_[at].name_length + std::size_t{1};
  out.resize(out.size() + length);
  auto* end = out.data() + out.size();
  for (Id at = id; at != 0; at = nodes_[at].parent) {
    *--end = '/';
    end -= nodes_[at].name_length;
    std::memcpy(end, nodes_[at].name.get(), nodes_[at].name_length);
  }
  return true;
}

void WatchMap::close(int wd) {
  if (auto const id = by_wd(wd); id != none) set_wd(id, -1);
}

std::vector<int> WatchMap::remove(std::string_view prefix) {
  std::vector<int> wds;
  auto const top = walk(prefix);
  if (top == none) return wds;
  destroy_below(top, wds);
  if (top != 0) release(top, wds);
  return wds;
}

void WatchMap::destroy_below(Id top, std::vector<int>& wds) {
  // Down to a leaf, release it, up again: no recursion, since a tree may be as deep as it likes.
  for (Id at = top;;) {
    if (nodes_[at].first_child != none) {
      at = nodes_[at].first_child;
      continue;
    }
    if (at == top) return;
    auto const up = nodes_[at].parent;
    release(at, wds);
    at = up;
  }
}

void WatchMap::unlink(Id id) {
  auto& node = nodes_[id];
  if (node.previous != none)
    nodes_[node.previous].next = node.next;
  else
    nodes_[node.parent].first_child = node.next;
  if (node.next != none) nodes_[node.next].previous = node.previous;
}

void WatchMap::release(Id id, std::vector<int>& wds) {
  if (nodes_[id].wd >= 0) wds.push_back(nodes_[id].wd);
  set_wd(id, -1);
  children_.erase(hash_child(nodes_[id].parent, name_of(id)), id);
  unlink(id);
  nodes_[id] = Node{};
  nodes_[id].next = free_;
  free_ = id;
}

std::vector<int> WatchMap::remove_unseen() {
  std::vector<int> wds;
  for (Id id = 1; id < nodes_.size(); ++id) {
    if (nodes_[id].parent == none || nodes_[id].epoch == epoch_) continue;
    destroy_below(id, wds);
    release(id, wds);
  }
  return wds;
}

std::size_t WatchMap::memory() const noexcept {
  std::size_t names = 0;
  for (auto const& node : nodes_) names += node.name_length;
  // Two index slots a node, each at most three times its four bytes.
  return nodes_.capacity() * (sizeof(Node) + 24) + names;
}

}  // namespace watch
