#include "api/access.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "api/problem.hpp"

namespace api {

namespace {

using namespace std::chrono_literals;
constexpr auto trust = 10s;             ///< how long an answer of the databases is believed
constexpr std::size_t most_users = 64;  ///< remembered at one time
constexpr std::size_t longest_entry = std::size_t{1} << 20;

/// Calls a getXXbyYY_r function with a buffer that grows until the entry fits.
template <class Entry, class Call>
bool look_up(Entry& entry, std::vector<char>& buffer, Call call) {
  Entry* found = nullptr;
  buffer.resize(4096);
  while (call(&entry, buffer.data(), buffer.size(), &found) == ERANGE && buffer.size() < longest_entry)
    buffer.resize(buffer.size() * 2);
  return found != nullptr;
}

Decision refusal(std::string what, std::string hint) {
  return Decision(problem({core::Errc::permission, std::move(what), {}, std::move(hint)}));
}

std::string group_names(config::DaemonConfig const& config, config::Access needed) {
  std::string names;
  for (auto const& [name, level] : config.api.groups)
    if (level >= needed) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace

std::vector<std::uint32_t> groups_of(std::uint32_t uid) {
  passwd entry{};
  std::vector<char> buffer;
  if (!look_up(entry, buffer, [uid](auto... rest) { return ::getpwuid_r(uid, rest...); })) return {};
  std::vector<gid_t> groups(64);
  auto count = static_cast<int>(groups.size());
  while (::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) {
    if (groups.size() > 65536) return {};
    groups.resize(std::max(groups.size() * 2, static_cast<std::size_t>(count)));
    count = static_cast<int>(groups.size());
  }
  groups.resize(static_cast<std::size_t>(count));
  return {groups.begin(), groups.end()};
}

std::map<std::uint32_t, config::Access> resolve_groups(std::map<std::string, config::Access> const& by_name) {
  std::map<std::uint32_t, config::Access> granted;
  for (auto const& [name, level] : by_name) {
    group entry{};
    std::vector<char> buffer;
    if (look_up(entry, buffer,
                [&group_name = name](auto... rest) { return ::getgrnam_r(group_name.c_str(), rest...); }))
      granted[entry.gr_gid] = std::max(granted[entry.gr_gid], level);  // `read` is the lowest, and the default
  }
  return granted;
}

std::optional<config::Access> highest(std::map<std::uint32_t, config::Access> const& granted,
                                      std::vector<std::uint32_t> const& groups) {
  std::optional<config::Access> level;
  for (auto const gid : groups)
    if (auto const grant = granted.find(gid); grant != granted.end())
      level = std::max(level.value_or(grant->second), grant->second);
  return level;
}

awaitable<std::optional<config::Access>> Access::level(http::PeerCredentials peer) {
  if (peer.uid == 0 || peer.uid == ::getuid()) co_return config::Access::admin;
  auto const now = services_.clock.steady();
  if (!granted_since_ || now - *granted_since_ > trust) {
    auto resolve = [names = services_.config.api.groups] { return resolve_groups(names); };
    granted_ = co_await services_.pool.run(std::move(resolve));
    granted_since_ = now;
  }
  auto known = users_.find(peer.uid);
  if (known == users_.end() || now - known->second.since > trust) {
    auto ask = [uid = peer.uid] { return groups_of(uid); };
    Known answer;
    answer.groups = co_await services_.pool.run(std::move(ask));
    answer.since = now;
    if (users_.size() >= most_users) users_.clear();
    known = users_.insert_or_assign(peer.uid, std::move(answer)).first;
  }
  auto groups = known->second.groups;
  groups.push_back(peer.gid);  // what newgrp(1) or a service's Group= gave the process
  co_return highest(granted_, groups);
}

awaitable<Decision> Access::check(http::RequestContext const& request, config::Access needed) {
  if (request.peer) co_return co_await check_peer(*request.peer, needed);
  if (!request.address.empty()) co_return co_await bearers.check(request, needed);
  co_return refusal("the API does not know who asks", "use the daemon's unix socket");
}

awaitable<Decision> Access::check_peer(http::PeerCredentials peer, config::Access needed) {
  auto const may = co_await level(peer);
  if (may && *may >= needed) {
    Principal who;
    who.name = "uid " + std::to_string(peer.uid);
    who.access = *may;
    co_return Decision(std::move(who));
  }
  auto const names = group_names(services_.config, needed);
  auto const user = "user id " + std::to_string(peer.uid);
  auto hint = names.empty() ? "`api.groups` in tidewheeld.yaml grants this to no group"
                            : "become a member of group " + names +
                                  " (sudo usermod -aG with its name and yours, then log in again), or have "
                                  "`api.groups` in tidewheeld.yaml name another";
  co_return refusal(user + (may ? " may only " + std::string(config::to_string(*may)) : " may not use the API"),
                    std::move(hint));
}

}  // namespace api
