#pragma once

#include <chrono>
#include <cstdint>

#include "core/time.hpp"
#include "domain/run_state.hpp"
#include "sql/connection.hpp"

namespace store {

/// Moves the times that runs and held pipelines wait for: the wall clock was set by so much, and nobody shall wait
/// longer for it.
void move_waits(sql::Connection& db, std::chrono::milliseconds by);

/// The fault is known to be over: pipelines that are held for it, and their runs, wait no longer. How many pipelines.
std::int64_t end_holds(sql::Connection& db, domain::Reason reason, core::Wall now);

}  // namespace store
