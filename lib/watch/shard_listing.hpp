#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/s3_pass.hpp"
#include "watch/bucket.hpp"
#include "watch/key_scope.hpp"
#include "watch/page_merge.hpp"
#include "watch/pass_ledger.hpp"
#include "watch/row_pages.hpp"
#include "watch/s3_settings.hpp"

namespace watch {

/// How the pages of a listing are asked for.
enum class ListingMode : std::uint8_t {
  start_after,  ///< behind the last key: survives a restart, and servers that put strange tokens into their XML
  token,        ///< for a server that ignores start-after: from the beginning, in one go
  unordered,    ///< for one whose keys do not ascend: as by token, and what was seen is remembered in the ledger
};

/// What all shards of one pass share. The references outlive the pass.
struct PassSite {
  Bucket& bucket;
  PassLedger& ledger;
  S3Settings const& settings;
  core::Clock const& clock;
  std::string prefix;
  KeyScope scope;  ///< of keys below the prefix
  std::int64_t number = 0;
  ListingMode mode = ListingMode::start_after;
  AsideKeys aside = {};
};

/// The listing of one shard from its cursor to its end, compared with the ledger as a streaming merge: a page of
/// objects and a page of rows in memory, however many there are. Loop thread only; the site outlives it.
class ShardListing {
 public:
  ShardListing(PassSite& site, domain::S3Shard shard);

  /// Asks for the next page, compares it and commits. Errors are the listing's own: the shard stands where it was, and
  /// the next call asks again behind the last key that was compared, or by the last page's token.
  [[nodiscard]] awaitable<core::Result<void>> next_page();
  [[nodiscard]] bool at_end() const noexcept { return at_end_; }
  /// Nothing was compared yet, or there is a token to go on with.
  [[nodiscard]] bool can_go_on_by_token() const noexcept { return cursor_ == shard_.lo || !token_.empty(); }
  [[nodiscard]] bool is_last() const noexcept { return !shard_.hi; }
  [[nodiscard]] std::int64_t listed() const noexcept { return listed_; }

 private:
  /// Leaves out what no glob can match. False: nothing that is left in this shard can.
  [[nodiscard]] bool jump();
  [[nodiscard]] awaitable<core::Result<void>> compare_unordered(ListedPage page);
  [[nodiscard]] awaitable<void> mark_unseen();
  /// True: the page went beyond the shard.
  [[nodiscard]] awaitable<bool> compare_page(std::vector<ListedObject> objects);
  [[nodiscard]] awaitable<void> compare_rest();
  [[nodiscard]] awaitable<void> pass_rows_before(std::string const& key);
  [[nodiscard]] awaitable<void> pass_row();
  [[nodiscard]] awaitable<void> commit(bool end = false);
  void count_object();

  PassSite& site_;
  domain::S3Shard shard_;
  std::string cursor_, token_;
  std::int64_t listed_;
  std::int64_t since_split_ = 0;
  std::vector<std::string> splits_;
  RowPages rows_;
  PageMerge merge_;
  int unchanged_ = 0, empty_ = 0;  ///< pages in a row
  bool calm_ = true;
  bool at_end_ = false;
};

}  // namespace watch
