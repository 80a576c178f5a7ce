#include "s3/listing.hpp"

#include <algorithm>
#include <charconv>
#include <pugixml.hpp>

#include "core/uri.hpp"
#include "core/utf8.hpp"
#include "s3/detail/object_headers.hpp"
#include "s3/detail/time_formats.hpp"
#include "s3/detail/xml.hpp"

namespace s3 {

using core::Errc;
using core::Error;
using core::Result;
using detail::child_text;

namespace {

std::string decode(std::string_view text, bool plus_is_blank) {
  std::string undone(text);
  if (plus_is_blank) std::replace(undone.begin(), undone.end(), '+', ' ');
  return core::percent_decode(undone);
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

struct EntryText {
  std::string_view key, size, modified, etag;
};

/// In one walk over the children, of which the first of a name counts: a million of these a second.
EntryText texts_of(pugi::xml_node const& entry) {
  EntryText text;
  auto const keep = [](std::string_view& into, pugi::xml_node const& child) {
    if (into.data() == nullptr) into = child.text().get();
  };
  for (pugi::xml_node const& child : entry.children()) {
    std::string_view const name = child.name();
    if (name == "Key")
      keep(text.key, child);
    else if (name == "LastModified")
      keep(text.modified, child);
    else if (name == "ETag")
      keep(text.etag, child);
    else if (name == "Size")
      keep(text.size, child);
  }
  return text;
}

/// One page on its way in. Each check returns false once it has written down which rule was broken.
class Reader {
 public:
  Reader(ListingQuestion const& question, PlusMeaning plus) : question_(question), plus_(plus) {}

  Result<ListingPage> read(std::string_view body) {
    pugi::xml_document document;
    if (!detail::parse_xml(body, document)) return broken("it is not whole XML");
    pugi::xml_node const root = document.document_element();
    if (!read_head(root) || !read_entries(root) || !read_prefixes(root) || !check_count(root) || !read_end(root))
      return broken(rule_);
    return std::move(page_);
  }

 private:
  [[nodiscard]] Error broken(std::string const& rule) const {
    auto const where = "s3://" + question_.bucket + "/" + question_.prefix;
    return Error{Errc::protocol, "list objects: the page is not believed: " + rule, core::to_display(where),
                 "the pass is tried again; if it stays, this server's ListObjectsV2 cannot be relied on"};
  }
  bool fail(std::string rule) {
    rule_ = std::move(rule);
    return false;
  }

  /// A key or a prefix of the answer, in bytes.
  std::string decoded(std::string_view text) {
    if (!encoded_) return std::string(text);
    if (text.find('+') == text.npos) return core::percent_decode(text);
    page_.plus_seen = true;
    return decode(text, plus_ == PlusMeaning::blank);
  }

  bool read_head(pugi::xml_node const& root) {
    if (std::string_view(root.name()) != "ListBucketResult")
      return fail("its root element is <" + core::to_display(root.name()) + "> and not <ListBucketResult>");
    if (child_text(root, "Name") != question_.bucket)
      return fail("it is about bucket '" + core::to_display(child_text(root, "Name")) + "'");
    encoded_ = child_text(root, "EncodingType") == "url";
    // Some servers leave the echo unencoded, and '+' may mean either; a wrong prefix is none of these.
    auto const echo = child_text(root, "Prefix");
    if (echo != question_.prefix && decode(echo, true) != question_.prefix && decode(echo, false) != question_.prefix)
      return fail("it is about prefix '" + core::to_display(echo) + "'");
    if (!root.child("KeyCount")) return fail("it has no KeyCount: the server answered as ListObjects version 1");
    return true;
  }

  bool read_entries(pugi::xml_node const& root) {
    page_.entries.reserve(static_cast<std::size_t>(std::clamp(question_.max_keys, 0, 1000)));
    for (pugi::xml_node const& node : root.children("Contents")) {
      EntryText const text = texts_of(node);
      ListedObject object;
      object.key = decoded(text.key);
      if (!check_key(object.key)) return false;
      auto const size = whole_number(text.size);
      auto const modified = detail::parse_iso8601(text.modified);
      if (!size) return fail("the size of '" + core::to_display(object.key) + "' is not a number");
      if (!modified) return fail("the time of '" + core::to_display(object.key) + "' is not ISO 8601");
      object.size = *size;
      object.last_modified = *modified;
      object.etag = detail::bare_etag(text.etag);
      page_.entries.push_back(std::move(object));
    }
    return true;
  }

  bool check_key(std::string const& key) {
    if (key.empty()) return fail("an entry has no key");
    if (!key.starts_with(question_.prefix)) return fail("'" + core::to_display(key) + "' lies outside the prefix");
    if (!question_.ordered) return true;
    auto const& before = page_.entries.empty() ? question_.start_after : page_.entries.back().key;
    // std::string compares as unsigned bytes, which is the order of S3.
    if (key > before) return true;
    std::string const which = page_.entries.empty() ? "does not lie behind the start-after '" : "comes after '";
    return fail("keys are not ascending: '" + core::to_display(key) + "' " + which + core::to_display(before) + "'");
  }

  bool read_prefixes(pugi::xml_node const& root) {
    for (pugi::xml_node const& node : root.children("CommonPrefixes")) {
      auto prefix = decoded(child_text(node, "Prefix"));
      if (question_.delimiter.empty()) return fail("it has common prefixes and no delimiter was sent");
      if (!prefix.starts_with(question_.prefix))
        return fail("common prefix '" + core::to_display(prefix) + "' lies outside the prefix");
      page_.prefixes.push_back(std::move(prefix));
    }
    return true;
  }

  bool check_count(pugi::xml_node const& root) {
    auto const count = page_.entries.size() + page_.prefixes.size();
    auto const said = child_text(root, "KeyCount");
    if (said != std::to_string(count))
      return fail("KeyCount is '" + core::to_display(said) + "' and there are " + std::to_string(count));
    if (count > static_cast<std::size_t>(std::max(question_.max_keys, 0)))
      return fail("it has more than the " + std::to_string(question_.max_keys) + " keys that were asked for");
    return true;
  }

  bool read_end(pugi::xml_node const& root) {
    auto const truncated = child_text(root, "IsTruncated");
    if (truncated != "true" && truncated != "false") return fail("IsTruncated is neither true nor false");
    page_.truncated = truncated == "true";
    if (!page_.truncated) return true;
    page_.next_token = child_text(root, "NextContinuationToken");
    if (page_.next_token.empty()) return fail("it is truncated and has no NextContinuationToken");
    if (page_.next_token == question_.token) return fail("its NextContinuationToken is the one that was sent");
    return true;
  }

  ListingQuestion const& question_;
  PlusMeaning plus_;
  bool encoded_ = false;
  ListingPage page_;
  std::string rule_;
};

}  // namespace

Result<ListingPage> parse_listing(std::string_view body, ListingQuestion const& question, PlusMeaning plus) {
  if (body.size() > longest_listing)
    return Error{Errc::too_large, "list objects: a page of " + std::to_string(body.size()) + " bytes", question.bucket,
                 ""};
  return Reader(question, plus).read(body);
}

PlusMeaning read_plus_probe(std::string_view body) {
  pugi::xml_document document;
  if (body.size() > longest_listing || !detail::parse_xml(body, document)) return PlusMeaning::unknown;
  auto const root = document.document_element();
  auto const echo = child_text(root, "StartAfter");
  if (child_text(root, "EncodingType") != "url" || echo == plus_probe) return PlusMeaning::unknown;
  if (decode(echo, false) == plus_probe) return PlusMeaning::plus;
  if (decode(echo, true) == plus_probe) return PlusMeaning::blank;
  return PlusMeaning::unknown;
}

bool is_error_body(std::string_view body) {
  constexpr std::size_t longest_prologue = 300;
  auto const start = body.substr(0, longest_prologue);
  return start.find("<ListBucketResult") == start.npos && start.find("<Error") != start.npos;
}

}  // namespace s3
