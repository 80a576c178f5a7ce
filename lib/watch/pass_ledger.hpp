#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/s3_pass.hpp"
#include "watch/ledger.hpp"

namespace watch {

/// What comparing a stretch of a shard's listing with the inventory gave.
struct PassCommit {
  std::int64_t pass = 0;
  std::string shard;  ///< its `lo`
  std::vector<Observation> fresh;
  std::vector<std::string> missing, found_again;
  std::string cursor;               ///< the stretch's last key, listed or known
  std::int64_t listed = 0;          ///< objects in this shard since the pass began
  bool end = false;                 ///< the shard has been listed to its end
  bool calm = false;                ///< end: nothing in it was different
  std::vector<std::string> splits;  ///< end: where it is cut for the next pass, in order
  std::int64_t split_keys = 0;      ///< objects in each piece but the last
};

/// A Ledger that also remembers passes. Loop thread only.
class PassLedger : public Ledger {
 public:
  virtual awaitable<domain::S3Pass> load_pass() = 0;
  /// Opens the next pass over these shards, those that are `due`. `scope`: the globs that it lists for.
  virtual awaitable<domain::S3Pass> begin_pass(std::vector<domain::S3Shard> shards, std::string scope) = 0;
  /// Durable at once when it returns: differences, marks and cursor.
  virtual awaitable<void> commit_page(PassCommit page) = 0;
  /// Takes back the marks that this pass made; it makes no more.
  virtual awaitable<void> void_pass(std::int64_t pass) = 0;
  /// The listing came to the end of its shards; a void pass ends without being believed.
  virtual awaitable<domain::S3Pass> end_pass(std::int64_t pass) = 0;
  /// Rows that a pass before this one missed, in shards that this one listed without finding them; at most `limit`,
  /// those missed longest first.
  virtual awaitable<std::vector<std::string>> missed_before(std::int64_t pass, std::size_t limit) = 0;
  struct Missing {
    std::int64_t twice = 0;  ///< as missed_before() has them, without a limit
    std::int64_t all = 0;    ///< rows that are marked
  };
  virtual awaitable<Missing> count_missing(std::int64_t pass) = 0;
  /// For a listing without order: remembers keys of the open pass, and tells how many of them were new.
  virtual awaitable<std::int64_t> remember_seen(std::vector<std::string> keys) = 0;
  /// Rows behind `after` that were not remembered and are not marked, in byte order.
  virtual awaitable<std::vector<std::string>> unseen(std::string after, std::size_t limit) = 0;
  /// The key with so many others behind it; empty where there are fewer.
  virtual awaitable<std::string> key_from_end(std::int64_t others) = 0;
};

}  // namespace watch
