#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace docker {

/// An image reference in its parts: [registry[:port]/]path[:tag][@digest] (distribution/reference grammar).
struct Reference {
  std::string repository;  ///< as written, without tag and digest
  std::string tag;         ///< "latest" if neither tag nor digest was written
  std::string digest;      ///< "sha256:..." or empty

  /// Errc::invalid for what is not one, or is an image id ("sha256:..." or 64 hex digits), which names no repository.
  [[nodiscard]] static core::Result<Reference> parse(std::string_view text);
  /// "busybox" and "docker.io/busybox" are both "docker.io/library/busybox".
  [[nodiscard]] std::string full_repository() const;
};

/// The entry of an image's RepoDigests ("repo@sha256:...") that belongs to the reference's repository, and to its
/// digest if it has one; empty if there is none.
[[nodiscard]] std::string matching_digest(std::vector<std::string> const& repo_digests, Reference const& reference);

}  // namespace docker
