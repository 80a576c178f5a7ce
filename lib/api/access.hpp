#pragma once

#include <map>
#include <optional>
#include <vector>

#include "api/bearers.hpp"
#include "api/call.hpp"
#include "config/daemon_config.hpp"
#include "core/time.hpp"
#include "http/reply.hpp"
#include "orchestrator/services.hpp"

namespace api {

using boost::asio::awaitable;

/// Who may do what. Over the unix socket: root and the daemon's own user everything; members of the groups that
/// `api.groups` names what it says there. Over TCP: whoever carries a token or a session. Everybody else, and whoever
/// cannot be told, nothing. Loop thread only; the user and group databases (nss(5)) are asked on a worker thread, and
/// answers are kept for a few seconds.
class Access {
 public:
  explicit Access(orchestrator::Services& services) : bearers(services), services_(services) {}

  /// Who asks, or the refusal, with what to do, unless they may do what is needed.
  [[nodiscard]] awaitable<Decision> check(http::RequestContext const& request, config::Access needed);

  Bearers bearers;

 private:
  struct Known {
    std::vector<std::uint32_t> groups;  ///< of the user, by the group database
    core::Steady since;
  };
  [[nodiscard]] awaitable<Decision> check_peer(http::PeerCredentials peer, config::Access needed);
  [[nodiscard]] awaitable<std::optional<config::Access>> level(http::PeerCredentials peer);

  orchestrator::Services& services_;
  std::map<std::uint32_t, Known> users_;
  std::map<std::uint32_t, config::Access> granted_;  ///< by gid; what `api.groups` names
  std::optional<core::Steady> granted_since_;
};

/// The higher of what the groups are granted; nullopt: none of them is named.
[[nodiscard]] std::optional<config::Access> highest(std::map<std::uint32_t, config::Access> const& granted,
                                                    std::vector<std::uint32_t> const& groups);
/// Groups of a user (getgrouplist(3)); empty when there is no such user. Blocking.
[[nodiscard]] std::vector<std::uint32_t> groups_of(std::uint32_t uid);
/// gids of group names; a name that is no group grants nothing. Blocking.
[[nodiscard]] std::map<std::uint32_t, config::Access> resolve_groups(
    std::map<std::string, config::Access> const& by_name);

}  // namespace api
