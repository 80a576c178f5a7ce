#include "support/s3/listing.hpp"

#include <algorithm>
#include <charconv>

#include "core/base64.hpp"

namespace support::s3 {

namespace {

constexpr std::size_t most_keys = 1000;  // of a page; a greater max-keys is taken down to it

std::optional<std::string> value_of(http::Query const& query, std::string_view name) {
  auto const found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

/// The token says where the last page ended: opaque to clients, and it carries the key of that end.
std::string make_token(std::string_view last, bool like_rgw) {
  if (like_rgw) return std::string(last);
  return core::to_base64("after:" + std::string(last));
}

std::optional<std::string> read_token(std::string_view token, bool like_rgw) {
  if (like_rgw) return std::string(token);
  auto const text = core::from_base64(token);
  if (!text || !text->starts_with("after:")) return std::nullopt;
  return text->substr(6);
}

/// The first key that may stand on the page: past the marker, and past the whole group where the marker names one.
std::string lower_bound_of(ListQuery const& query, std::string const& after, bool is_end_of_page) {
  bool const is_group = is_end_of_page && !query.delimiter.empty() && after.ends_with(query.delimiter) &&
                        after.size() > query.prefix.size();
  auto const from = is_group ? after_prefix(after) : after + '\0';
  return std::max(from, query.prefix);
}

std::string first_key(ListQuery const& query, bool ignore_start_after) {
  if (query.v2 && query.token) return lower_bound_of(query, *read_token(*query.token, query.like_rgw), true);
  if (query.v2 && query.start_after && !ignore_start_after) return lower_bound_of(query, *query.start_after, false);
  if (!query.v2 && query.marker && !query.marker->empty()) return lower_bound_of(query, *query.marker, true);
  return query.prefix;
}

void append_item(std::string& out, Page::Item const& item, KeyText key_text) {
  out += "<Contents><Key>";
  append_key(out, item.key, key_text);
  out += "</Key><LastModified>";
  append_iso_date(out, item.modified_ms);
  out += "</LastModified><ETag>&quot;";
  append_key(out, item.etag, KeyText::xml);
  out += "&quot;</ETag><Size>";
  out += std::to_string(item.size);
  out += "</Size><StorageClass>STANDARD</StorageClass></Contents>";
}

void append_encoded(std::string& out, std::string_view name, std::string_view value, KeyText key_text) {
  out.append("<").append(name).append(">");
  append_key(out, value, key_text);
  out.append("</").append(name).append(">");
}

/// How what the request said is echoed.
KeyText echo_text(Page const& page) {
  return page.query.like_rgw ? KeyText::xml : page.key_text;
}

void append_end_v1(std::string& out, Page const& page) {
  append_encoded(out, "Marker", page.query.marker.value_or(""), echo_text(page));
  if (page.truncated) append_encoded(out, "NextMarker", page.next_marker, echo_text(page));
}

void append_end_v2(std::string& out, Page const& page) {
  auto const& query = page.query;
  if (query.start_after) append_encoded(out, "StartAfter", *query.start_after, echo_text(page));
  if (query.token) append_element(out, "ContinuationToken", *query.token);
  if (page.truncated && page.next_token) append_element(out, "NextContinuationToken", *page.next_token);
  append_element(out, "KeyCount",
                 std::to_string(page.items.size() + page.common_prefixes.size() + page.extra_key_count));
}

}  // namespace

std::optional<std::string> ListQuery::parse(http::Query const& query, ListQuery& parsed) {
  parsed.v2 = value_of(query, "list-type") == "2";
  parsed.prefix = value_of(query, "prefix").value_or("");
  parsed.delimiter = value_of(query, "delimiter").value_or("");
  parsed.start_after = value_of(query, "start-after");
  parsed.marker = value_of(query, "marker");
  parsed.token = value_of(query, "continuation-token");
  if (parsed.token && parsed.token->empty()) parsed.token.reset();
  if (parsed.token && !read_token(*parsed.token, parsed.like_rgw))
    return "The continuation token provided is incorrect";
  auto const encoding = value_of(query, "encoding-type");
  if (encoding && *encoding != "url") return "Invalid Encoding Method specified in Request";
  parsed.url_encoding = encoding.has_value();
  if (auto const text = value_of(query, "max-keys")) {
    auto const* const end = text->data() + text->size();
    auto const [stop, error] = std::from_chars(text->data(), end, parsed.max_keys);
    if (error != std::errc{} || stop != end) return "Provided max-keys not an integer or within integer range";
    parsed.max_keys = std::min(parsed.max_keys, most_keys);
  }
  return std::nullopt;
}

Page collect(Bucket const& bucket, std::string name, ListQuery query, bool ignore_start_after) {
  Page page;
  page.bucket = std::move(name);
  if (query.url_encoding) page.key_text = query.like_rgw ? KeyText::url_rgw : KeyText::url_plus;
  page.items.reserve(query.max_keys);
  Bucket::Cursor cursor(bucket, first_key(query, ignore_start_after));
  std::string last;
  Entry entry;
  while (query.max_keys > 0 && cursor.next(entry) && entry.key.starts_with(query.prefix)) {
    if (page.items.size() + page.common_prefixes.size() == query.max_keys) {
      page.truncated = true;
      page.next_marker = last;
      page.next_token = make_token(last, query.like_rgw);
      break;
    }
    auto const cut = query.delimiter.empty() ? entry.key.npos : entry.key.find(query.delimiter, query.prefix.size());
    if (cut != entry.key.npos) {
      last = entry.key.substr(0, cut + query.delimiter.size());
      page.common_prefixes.push_back(last);
      auto const behind = after_prefix(last);
      if (behind.empty()) break;  // nothing sorts behind 0xff bytes
      cursor.seek(behind);
      continue;
    }
    page.items.push_back({std::string(entry.key), std::string(entry.etag), entry.size, entry.modified_ms});
    last = entry.key;
  }
  page.query = std::move(query);
  return page;
}

std::string render(Page const& page) {
  auto const& query = page.query;
  std::string out;
  out.reserve(1024 + page.items.size() * 320);
  out.append(xml_declaration).append("<ListBucketResult").append(xml_namespace).append(">");
  append_element(out, "Name", page.bucket);
  append_encoded(out, "Prefix", query.prefix, echo_text(page));
  if (query.v2)
    append_end_v2(out, page);
  else
    append_end_v1(out, page);
  append_element(out, "MaxKeys", std::to_string(query.max_keys));
  if (!query.delimiter.empty()) append_encoded(out, "Delimiter", query.delimiter, echo_text(page));
  if (page.key_text != KeyText::xml) append_element(out, "EncodingType", "url");
  append_element(out, "IsTruncated", page.truncated ? "true" : "false");
  for (auto const& item : page.items) append_item(out, item, page.key_text);
  for (auto const& prefix : page.common_prefixes) {
    out += "<CommonPrefixes>";
    append_encoded(out, "Prefix", prefix, page.key_text == KeyText::url_rgw ? KeyText::url_percent : page.key_text);
    out += "</CommonPrefixes>";
  }
  out += "</ListBucketResult>";
  return out;
}

}  // namespace support::s3
