#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "domain/s3_pass.hpp"
#include "sql/connection.hpp"
#include "store/ids.hpp"
#include "store/intake.hpp"

namespace store {

[[nodiscard]] domain::S3Pass load_pass(sql::Connection& db, SourceId source);
[[nodiscard]] bool has_complete_pass(sql::Connection& db, SourceId source);

/// Opens the next pass over these shards (those that are `due`) and returns it. The one before need not have ended
/// well. `scope`: the globs that it lists for. With another scope than before, what was left out until now is new here:
/// until all of it has been listed, the source is as young as this pass (see commit_differences()).
[[nodiscard]] domain::S3Pass begin_pass(sql::Connection& db, SourceId source,
                                        std::vector<domain::S3Shard> const& shards, std::string const& scope,
                                        core::Wall now);

/// What comparing a stretch of a shard's listing with the inventory gave.
struct PassPage {
  std::int64_t pass = 0;
  std::string shard;  ///< its `lo`
  std::vector<Difference> fresh;
  std::vector<std::string> missing;      ///< rows that the listing passed over: marked, if the pass is not void
  std::vector<std::string> found_again;  ///< marked rows that are there
  std::string cursor;                    ///< where the stretch ends: its last key, listed or known
  std::int64_t listed = 0;               ///< objects in this shard since the pass began
  bool end = false;                      ///< the shard has been listed to its end
  bool calm = false;                     ///< end: nothing in it was different
  std::vector<std::string> splits;       ///< end: where it is cut for the next pass, in order
  std::int64_t split_keys = 0;           ///< objects in each piece but the last
};
/// Differences, marks and cursor at once, so that a pass that is cut off goes on behind what is durable. Nullopt:
/// another pass is open by now, and nothing was written.
[[nodiscard]] std::optional<IntakeResult> commit_page(sql::Connection& db, SourceId source, PassPage const& page,
                                                      core::Wall now);

/// For a listing without order. Remembers keys of the open pass; returns how many of them were new.
[[nodiscard]] std::int64_t remember_seen(sql::Connection& db, SourceId source, std::vector<std::string> const& keys);
void forget_seen(sql::Connection& db, SourceId source);
/// Rows behind `after` that were not seen and are not marked; at most `limit`, in byte order.
[[nodiscard]] std::vector<std::string> unseen(sql::Connection& db, SourceId source, std::string const& after,
                                              std::size_t limit);

/// Nothing that this pass missed is believed: its marks are taken back and it makes no more. It goes on for what it
/// finds.
void void_pass(sql::Connection& db, SourceId source, std::int64_t pass);

/// The listing came to the end of its shards. A void pass ends without being believed.
void end_pass(sql::Connection& db, SourceId source, std::int64_t pass, core::Wall now);

/// Rows that a pass before this one missed, and that this one, which listed their shard too, did not find: gone, once a
/// HEAD says so too. At most `limit`, those missed longest first.
[[nodiscard]] std::vector<std::string> missed_before(sql::Connection& db, SourceId source, std::int64_t pass,
                                                     std::size_t limit);
/// How many rows that is; all of them, and all that are marked.
struct Missing {
  std::int64_t twice = 0, all = 0;
};
[[nodiscard]] Missing count_missing(sql::Connection& db, SourceId source, std::int64_t pass);

/// The key with so many others behind it; empty where there are fewer.
[[nodiscard]] std::string key_from_end(sql::Connection& db, SourceId source, std::int64_t others);

}  // namespace store
