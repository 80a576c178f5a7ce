#include "watch/s3_pass.hpp"

#include <utility>

namespace watch {

S3Pass::S3Pass(Bucket& bucket, PassLedger& ledger, S3Settings const& settings, std::string prefix, PassState state)
    : bucket_(bucket),
      ledger_(ledger),
      settings_(settings),
      prefix_(std::move(prefix)),
      cursor_(std::move(state.cursor)),
      number_(state.number),
      listed_(state.listed),
      rows_(ledger, prefix_, cursor_) {}

awaitable<core::Result<void>> S3Pass::next_page(bool by_token) {
  auto token = by_token ? token_ : std::string();
  auto listed = co_await bucket_.list(prefix_, cursor_, std::move(token));
  if (!listed) co_return listed.error();
  auto page = std::move(*listed);
  empty_ = page.objects.empty() ? empty_ + 1 : 0;
  if (page.truncated && empty_ > settings_.empty_pages)
    co_return core::Error{core::Errc::protocol, "the listing says again and again that it goes on, without a key",
                          prefix_, "this server's listing cannot be relied on"};
  bool const last = !page.truncated;
  token_ = std::move(page.token);
  co_await compare_page(std::move(page));
  if (last) {
    co_await compare_rest();
    co_await commit();
    at_end_ = true;
  } else if (merge_.size() > 0 || ++unchanged_ >= settings_.unchanged_pages) {
    co_await commit();
  }
  co_return core::Result<void>();
}

awaitable<void> S3Pass::pass_rows_before(std::string const& key) {
  for (;;) {
    if (rows_.needs_fetch()) co_await rows_.fetch();
    if (rows_.at_end() || rows_.front().key >= key) co_return;
    merge_.row_only(rows_.front());
    cursor_ = rows_.front().key;
    rows_.pop();
    if (merge_.size() >= settings_.commit_at) co_await commit();
  }
}

awaitable<void> S3Pass::compare_page(ListedPage page) {
  for (auto& object : page.objects) {
    if (is_folder_marker(object.key, object.version.size)) continue;
    co_await pass_rows_before(object.key);
    bool const known = !rows_.at_end() && rows_.front().key == object.key;
    cursor_ = object.key;
    ++listed_;
    merge_.met(std::move(object), known ? &rows_.front() : nullptr);
    if (known) rows_.pop();
    if (merge_.size() >= settings_.commit_at) co_await commit();
  }
}

awaitable<void> S3Pass::compare_rest() {
  for (;;) {
    if (rows_.needs_fetch()) co_await rows_.fetch();
    if (rows_.at_end()) co_return;
    merge_.row_only(rows_.front());
    cursor_ = rows_.front().key;
    rows_.pop();
    if (merge_.size() >= settings_.commit_at) co_await commit();
  }
}

awaitable<void> S3Pass::commit() {
  unchanged_ = 0;
  auto differences = merge_.take();
  PassCommit page;
  page.pass = number_;
  page.fresh = std::move(differences.fresh);
  page.missing = std::move(differences.missing);
  page.found_again = std::move(differences.found_again);
  page.cursor = cursor_;
  page.listed = listed_;
  co_await ledger_.commit_page(std::move(page));
}

}  // namespace watch
