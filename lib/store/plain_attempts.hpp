#pragma once

#include <string>

#include "domain/acceptance.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"

namespace store {

/// What is kept of an attempt without our init, in whose place the daemon has to remember.
struct PlainAttempt {
  std::string
      engine;  ///< token of the life of the engine that was told to start it, or was seen to have it run; empty: none
  domain::RunningSince running;
  bool timed_out = false;  ///< its timeout was over, and it is stopped for that
};
[[nodiscard]] PlainAttempt load_plain_attempt(sql::Connection& db, RunNo no, std::int64_t attempt);
void set_attempt_engine(sql::Connection& db, RunNo no, std::int64_t attempt, std::string const& engine);
/// The first time counts.
void set_running_since(sql::Connection& db, RunNo no, std::int64_t attempt, domain::RunningSince const& since);
/// Before it is stopped.
void set_attempt_timed_out(sql::Connection& db, RunNo no, std::int64_t attempt, core::Wall now);

}  // namespace store
