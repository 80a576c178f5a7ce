#pragma once

#include <functional>
#include <string>

#include "watch/bucket.hpp"
#include "watch/page_merge.hpp"
#include "watch/pass_ledger.hpp"
#include "watch/row_pages.hpp"
#include "watch/s3_settings.hpp"

namespace watch {

/// One listing of a prefix from its cursor to its end, compared with the ledger as a streaming merge: a page of objects
/// and a page of rows in memory, however many there are. Loop thread only; the references outlive it.
class S3Pass {
 public:
  S3Pass(Bucket& bucket, PassLedger& ledger, S3Settings const& settings, std::string prefix, PassState state);

  /// Asks for the next page, compares it and commits. Errors are the listing's own: the pass stands where it was, and
  /// the next call asks again behind the last key that was compared; with `by_token` by the last page's token, if there
  /// was one in this life.
  [[nodiscard]] awaitable<core::Result<void>> next_page(bool by_token);
  [[nodiscard]] bool at_end() const noexcept { return at_end_; }
  [[nodiscard]] bool at_start() const noexcept { return cursor_.empty(); }
  [[nodiscard]] bool has_token() const noexcept { return !token_.empty(); }

  /// This key was looked at by itself, and the answer is newer than what the pass may say.
  void set_aside(std::string key) { merge_.set_aside(std::move(key)); }
  [[nodiscard]] std::size_t aside() const noexcept { return merge_.aside(); }
  [[nodiscard]] std::int64_t number() const noexcept { return number_; }
  [[nodiscard]] std::int64_t listed() const noexcept { return listed_; }

 private:
  [[nodiscard]] awaitable<void> compare_page(ListedPage page);
  [[nodiscard]] awaitable<void> compare_rest();
  [[nodiscard]] awaitable<void> pass_rows_before(std::string const& key);
  [[nodiscard]] awaitable<void> commit();

  Bucket& bucket_;
  PassLedger& ledger_;
  S3Settings const& settings_;
  std::string prefix_, cursor_, token_;
  std::int64_t number_, listed_;
  RowPages rows_;
  PageMerge merge_;
  int unchanged_ = 0, empty_ = 0;  ///< pages in a row
  bool at_end_ = false;
};

}  // namespace watch
