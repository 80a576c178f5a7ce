#pragma once

#include <optional>
#include <set>
#include <string>

#include "config/daemon_config.hpp"
#include "core/sha256.hpp"
#include "core/time.hpp"
#include "http/reply.hpp"

namespace api {

/// Who asks, and what they may.
struct Principal {
  enum class Door : std::uint8_t { socket, token, session };  ///< how they came in

  Principal() = default;

  std::string name;  ///< for the page and for records: "uid 1000", or the token's name
  config::Access access = config::Access::read;
  std::optional<std::set<std::string>> pipelines;  ///< nullopt: all of them
  Door door = Door::socket;
  std::int64_t token = 0;                ///< its id, where they came with one or with its session
  core::Sha256Digest secret{};           ///< of what they came with, the token's or the session's
  std::optional<core::Wall> expires_at;  ///< of the token or the session

  [[nodiscard]] bool may_see(std::string const& pipeline) const { return !pipelines || pipelines->contains(pipeline); }
};

/// A request of somebody who is known. Not an aggregate, see http::Request.
struct Call : http::RequestContext {
  explicit Call(http::RequestContext request, Principal principal)
      : http::RequestContext(std::move(request)), who(std::move(principal)) {}

  Principal who;
};

}  // namespace api
