#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "core/sha256.hpp"
#include "core/time.hpp"
#include "sql/connection.hpp"
#include "store/runs.hpp"

namespace store {

/// A request that is to make one run however often it is sent: who sends it, what they call it (`Idempotency-Key`), and
/// what it says.
struct OnceOnly {
  OnceOnly() = default;
  std::string caller, key;
  core::Sha256Digest request{};
};

inline constexpr std::chrono::hours once_kept{24};
inline constexpr std::int64_t most_once = 10'000;

/// The run that this request made before; nullopt: none. invalid: the key was used for another request.
[[nodiscard]] core::Result<std::optional<RunRef>> find_once(sql::Connection& db, OnceOnly const& once, core::Wall now);
/// In the transaction that makes the run. What is older than a day goes, and the oldest beyond the bound.
void keep_once(sql::Connection& db, OnceOnly const& once, RunNo made, core::Wall now);

}  // namespace store
