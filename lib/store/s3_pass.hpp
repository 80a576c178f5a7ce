#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"
#include "store/intake.hpp"

namespace store {

/// Where the listing of an S3 source stands.
struct S3Pass {
  std::int64_t number = 0;  ///< of the newest pass; 0: there was none
  bool open = false;        ///< it is under way
  bool voided = false;      ///< a page broke the rules: absence in this pass proves nothing
  std::string cursor;       ///< all keys up to this one have been compared
  std::int64_t listed = 0;  ///< objects up to the cursor
  core::Wall started{};
  std::int64_t complete = 0;  ///< number of the last complete pass; 0: none yet
  std::int64_t complete_listed = 0;
  std::optional<core::Wall> complete_started, completed;  ///< its two ends
};
[[nodiscard]] S3Pass load_pass(sql::Connection& db, SourceId source);
[[nodiscard]] bool has_complete_pass(sql::Connection& db, SourceId source);

/// Opens the next pass and returns it. The one before need not have ended well.
[[nodiscard]] S3Pass begin_pass(sql::Connection& db, SourceId source, core::Wall now);

/// What comparing a stretch of a listing with the inventory gave.
struct PassPage {
  std::int64_t pass = 0;
  std::vector<Difference> fresh;
  std::vector<std::string> missing;      ///< rows that the listing passed over: marked, if the pass is not void
  std::vector<std::string> found_again;  ///< marked rows that are there
  std::string cursor;                    ///< where the stretch ends: its last key, listed or known
  std::int64_t listed = 0;               ///< objects since the pass began
};
/// Differences, marks and cursor at once, so that a pass that is cut off goes on behind what is durable. Nullopt:
/// another pass is open by now, and nothing was written.
[[nodiscard]] std::optional<IntakeResult> commit_page(sql::Connection& db, SourceId source, PassPage const& page,
                                                      core::Wall now);

/// Nothing that this pass missed is believed: its marks are taken back and it makes no more. It goes on for what it
/// finds.
void void_pass(sql::Connection& db, SourceId source, std::int64_t pass);

/// The listing came to its end. A void pass ends without being complete.
void end_pass(sql::Connection& db, SourceId source, std::int64_t pass, core::Wall now);

/// Rows that a pass before this one missed and that no later one found: gone, once a HEAD says so too. At most `limit`,
/// those missed longest first.
[[nodiscard]] std::vector<std::string> missed_before(sql::Connection& db, SourceId source, std::int64_t pass,
                                                     std::size_t limit);
[[nodiscard]] std::int64_t count_missed_before(sql::Connection& db, SourceId source, std::int64_t pass);

}  // namespace store
