#pragma once

#include <string>
#include <string_view>

#include "core/time.hpp"

namespace api {

/// Makes and checks the addresses below /a/, which carry their own right: a sandboxed report has no cookie to show for
/// its pictures and scripts. A link opens the artifacts of one attempt until it expires, half a day to a day after it
/// was made, and not beyond a restart of the daemon: the key is in memory only. Loop thread only.
class ArtifactLinks {
 public:
  /// With a random key.
  ArtifactLinks();
  explicit ArtifactLinks(std::string key) : key_(std::move(key)) {}

  /// "/a/<run id>.<attempt>/<expiry>-<mac>/", below which the attempt's artifacts lie by their names.
  [[nodiscard]] std::string folder(std::string_view run_id, std::int64_t attempt, core::Wall now) const;
  /// folder() and the percent-encoded name (bytes).
  [[nodiscard]] std::string link(std::string_view run_id, std::int64_t attempt, std::string_view name,
                                 core::Wall now) const;
  /// Whether `right`, the link's second part, opens `whose`, its first.
  [[nodiscard]] bool opens(std::string_view whose, std::string_view right, core::Wall now) const;

 private:
  [[nodiscard]] std::string mac(std::string_view whose, std::string_view expiry) const;

  std::string key_;
};

}  // namespace api
