#include <algorithm>

#include "support/s3/listing.hpp"

namespace support::s3 {

namespace {

using enum FaultKind;

void spoil_end(Page& page, Hits const& hits) {
  bool const has_token = page.query.token.has_value();
  bool const lies_on =
      hits.has(truncated_without_token) || hits.has(empty_token) || (hits.has(same_token) && has_token);
  if (lies_on) page.truncated = true;
  if (hits.has(truncated_without_token)) page.next_token.reset();
  if (hits.has(empty_token)) page.next_token = "";
  if (hits.has(same_token) && has_token) page.next_token = page.query.token;
  if (hits.has(lost_keys)) {
    page.items.resize(page.items.size() / 2);
    page.truncated = false;
  }
}

/// A made-up key lies right behind one of the page's own: '!' comes before nearly everything that follows a name.
void add_phantom(Page& page, std::string const& wanted) {
  auto const middle = page.items.size() / 2;
  Page::Item phantom;
  phantom.key = wanted;
  if (wanted.empty()) phantom.key = (page.items.empty() ? page.query.prefix : page.items[middle].key) + "!phantom";
  phantom.etag = md5_hex(phantom.key);
  phantom.size = phantom.key.size();
  phantom.modified_ms = now_ms() / 1000 * 1000;
  page.items.insert(std::ranges::upper_bound(page.items, phantom.key, {}, &Page::Item::key), phantom);
}

void spoil_items(Page& page, Hits const& hits) {
  auto& items = page.items;
  if (auto const* const fault = hits.find(phantom_key)) add_phantom(page, fault->text);
  auto const middle = static_cast<std::ptrdiff_t>(items.size() / 2);
  if (hits.has(duplicate_key) && !items.empty()) {
    auto const twice = items[items.size() / 2];
    items.insert(items.begin() + middle, twice);
  }
  if (hits.has(unsorted)) std::rotate(items.begin(), items.begin() + middle, items.end());
}

}  // namespace

void spoil(Page& page, Hits const& hits) {
  spoil_end(page, hits);
  spoil_items(page, hits);
  if (hits.has(wrong_bucket)) page.bucket = "another-bucket";
  if (hits.has(wrong_prefix)) page.query.prefix = "another/prefix/";
  if (hits.has(wrong_key_count)) page.extra_key_count = 1;
  if (hits.has(v1_answer)) page.query.v2 = false;
  bool const encodes = page.key_text != KeyText::xml;
  if (encodes && hits.has(space_as_plus)) page.key_text = KeyText::url_plus;
  if (encodes && hits.has(space_as_percent)) page.key_text = KeyText::url_percent;
  if (hits.has(ignore_encoding)) page.key_text = KeyText::xml;
}

}  // namespace support::s3
