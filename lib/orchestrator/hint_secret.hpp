#pragma once

#include <string>

#include "orchestrator/services.hpp"

namespace orchestrator {

/// Whether an `Authorization` header carries the secret of a connection's `hints_secret`: as "Bearer SECRET", or as the
/// password of "Basic" with any name (SNS and Ceph put what stands before the @ of their URL there). The file is read
/// each time, so that it can be renewed; compared in constant time. Errors: it cannot be read, or it is too short.
[[nodiscard]] awaitable<core::Result<bool>> carries_secret(Services& services, std::string place,
                                                           std::string authorization);

}  // namespace orchestrator
