#pragma once

#include <string>

#include "core/result.hpp"
#include "domain/pipeline.hpp"
#include "domain/version.hpp"
#include "orchestrator/services.hpp"

namespace orchestrator {

/// An object as it is now.
struct FoundObject {
  std::string key;
  domain::Version version;
};

/// Asks for a key as a person wrote it: as it is, and where there is no such object, percent-decoded (what we show as a
/// URI can be given back). not_found: proven. Other errors are the connection's.
[[nodiscard]] awaitable<core::Result<FoundObject>> find_object(Services& services, domain::S3Watch const& where,
                                                               std::string written);

}  // namespace orchestrator
