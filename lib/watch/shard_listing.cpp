#include "watch/shard_listing.hpp"

#include <utility>

namespace watch {

ShardListing::ShardListing(PassSite& site, domain::S3Shard shard)
    : site_(site),
      shard_(std::move(shard)),
      cursor_(shard_.cursor),
      listed_(shard_.listed),
      rows_(site.ledger, site.prefix, cursor_),
      merge_(site.aside) {}

awaitable<core::Result<void>> ShardListing::next_page() {
  if (site_.mode == ListingMode::start_after && !jump()) {
    co_await commit(true);
    co_return core::Result<void>();
  }
  ListRequest request;
  request.prefix = site_.prefix;
  request.ordered = site_.mode != ListingMode::unordered;
  if (request.ordered) request.after = cursor_;
  if (site_.mode != ListingMode::start_after) request.token = token_;
  auto listed = co_await site_.bucket.list(std::move(request));
  if (!listed) co_return listed.error();
  auto page = std::move(*listed);
  empty_ = page.objects.empty() ? empty_ + 1 : 0;
  if (page.truncated && empty_ > site_.settings.empty_pages)
    co_return core::Error{core::Errc::protocol, "the listing says again and again that it goes on, without a key",
                          site_.prefix, "this server's listing cannot be relied on"};
  token_ = std::move(page.token);
  if (site_.mode == ListingMode::unordered) co_return co_await compare_unordered(std::move(page));
  bool const beyond = co_await compare_page(std::move(page.objects));
  if (beyond || !page.truncated) {
    co_await compare_rest();
    co_await commit(true);
  } else if (merge_.size() > 0 || ++unchanged_ >= site_.settings.unchanged_pages) {
    co_await commit();
  }
  co_return core::Result<void>();
}

bool ShardListing::jump() {
  auto const& prefix = site_.prefix;
  auto const below = cursor_.size() > prefix.size() ? std::string_view(cursor_).substr(prefix.size()) : "";
  auto const next = site_.scope.next(below);
  if (!next) return false;
  if (*next == below) return true;
  auto target = prefix + *next;
  if (shard_.hi && target >= *shard_.hi) return false;
  // The rows in between are of no interest to anybody now; they are neither found nor missed.
  rows_.restart(target);
  cursor_ = std::move(target);
  return true;
}

awaitable<void> ShardListing::pass_row() {
  merge_.row_only(rows_.front());
  cursor_ = rows_.front().key;
  rows_.pop();
  if (merge_.size() >= site_.settings.commit_at) co_await commit();
}

awaitable<void> ShardListing::pass_rows_before(std::string const& key) {
  for (;;) {
    if (rows_.needs_fetch()) co_await rows_.fetch();
    if (rows_.at_end() || rows_.front().key >= key) co_return;
    co_await pass_row();
  }
}

void ShardListing::count_object() {
  ++listed_;
  if (site_.mode != ListingMode::start_after || ++since_split_ < site_.settings.shard_keys) return;
  splits_.push_back(cursor_);
  since_split_ = 0;
}

awaitable<bool> ShardListing::compare_page(std::vector<ListedObject> objects) {
  for (auto& object : objects) {
    if (shard_.hi && object.key > *shard_.hi) co_return true;
    if (is_folder_marker(object.key, object.version.size)) continue;
    co_await pass_rows_before(object.key);
    bool const known = !rows_.at_end() && rows_.front().key == object.key;
    cursor_ = object.key;
    count_object();
    merge_.met(std::move(object), known ? &rows_.front() : nullptr);
    if (known) rows_.pop();
    if (merge_.size() >= site_.settings.commit_at) co_await commit();
  }
  co_return false;
}

awaitable<void> ShardListing::compare_rest() {
  for (;;) {
    if (rows_.needs_fetch()) co_await rows_.fetch();
    if (rows_.at_end() || (shard_.hi && rows_.front().key > *shard_.hi)) co_return;
    co_await pass_row();
  }
}

awaitable<core::Result<void>> ShardListing::compare_unordered(ListedPage page) {
  std::vector<std::string> keys;
  for (auto const& object : page.objects)
    if (!is_folder_marker(object.key, object.version.size)) keys.push_back(object.key);
  auto wanted = keys;
  auto const known = co_await site_.ledger.find(std::move(wanted));
  auto const met = static_cast<std::int64_t>(keys.size());
  auto const fresh = co_await site_.ledger.remember_seen(std::move(keys));
  if (fresh == 0 && met > 0)
    co_return core::Error{core::Errc::protocol, "the listing goes round in circles", site_.prefix,
                          "this server's listing cannot be relied on"};
  merge_.met_all(std::move(page.objects), known);
  listed_ += fresh;
  if (!page.truncated) co_await mark_unseen();
  co_await commit(!page.truncated);
  co_return core::Result<void>();
}

awaitable<void> ShardListing::mark_unseen() {
  std::string after;
  for (;;) {
    auto const keys = co_await site_.ledger.unseen(after, site_.settings.commit_at);
    if (keys.empty()) co_return;
    after = keys.back();
    for (auto const& key : keys) {
      KnownItem row;
      row.key = key;
      merge_.row_only(row);
    }
    co_await commit();
  }
}

awaitable<void> ShardListing::commit(bool end) {
  unchanged_ = 0;
  auto differences = merge_.take();
  if (differences.size() > 0) calm_ = false;
  PassCommit page;
  page.pass = site_.number;
  page.shard = shard_.lo;
  page.fresh = std::move(differences.fresh);
  page.missing = std::move(differences.missing);
  page.found_again = std::move(differences.found_again);
  page.cursor = cursor_;
  page.listed = listed_;
  if (end) {
    // A last piece that is hardly one stays with the piece before it.
    if (!splits_.empty() && since_split_ < site_.settings.shard_keys / 2) splits_.pop_back();
    page.end = true;
    page.calm = calm_;
    page.splits = splits_;
    page.split_keys = site_.settings.shard_keys;
  }
  co_await site_.ledger.commit_page(std::move(page));
  at_end_ = end;
  if (end) rows_.restart(cursor_);  // what was read ahead belongs to the next shard
}

}  // namespace watch
