#include "support/s3/bucket.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace support::s3 {

std::string md5_hex(std::string_view bytes) {
  std::array<unsigned char, 16> digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_md5(), nullptr);
  std::string text;
  for (auto const byte : digest) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string after_prefix(std::string_view prefix) {
  std::string next(prefix);
  while (!next.empty() && next.back() == '\xff') next.pop_back();
  if (!next.empty()) next.back() = static_cast<char>(static_cast<unsigned char>(next.back()) + 1);
  return next;
}

Version const& Bucket::put(std::string const& key, std::string body, PutOptions options) {
  Version version;
  version.etag = options.etag ? *options.etag : md5_hex(body);
  version.body = std::move(body);
  version.modified_ms = options.modified_ms.value_or(now_ms() / 1000 * 1000);
  version.headers = std::move(options.headers);
  return append(key, std::move(version));
}

Removal Bucket::remove(std::string const& key, std::optional<std::string> const& version_id) {
  if (version_id) {
    auto const found = stored_.find(key);
    if (found == stored_.end()) return {*version_id, false};
    auto const at = std::ranges::find(found->second, *version_id, &Version::id);
    if (at == found->second.end()) return {*version_id, false};
    Removal const removal{*version_id, at->is_marker};
    found->second.erase(at);
    if (found->second.empty() && !synthetic_index(key)) stored_.erase(found);
    return removal;
  }
  if (versioning_ != Versioning::off) {
    Version marker;
    marker.is_marker = true;
    marker.modified_ms = now_ms() / 1000 * 1000;
    return {append(key, std::move(marker)).id, true};
  }
  if (synthetic_index(key))
    stored_[key].clear();
  else
    stored_.erase(key);
  return {};
}

std::optional<Version> Bucket::find(std::string const& key, std::optional<std::string> const& version_id) const {
  auto const found = stored_.find(key);
  if (found != stored_.end()) {
    auto const& versions = found->second;
    if (versions.empty()) return std::nullopt;
    if (!version_id) return versions.back();
    auto const at = std::ranges::find(versions, *version_id, &Version::id);
    if (at != versions.end()) return *at;
    return std::nullopt;
  }
  auto const index = synthetic_index(key);
  if (!index || (version_id && *version_id != "null")) return std::nullopt;
  auto const facts = keyspace_.facts_of(*index);
  Version version;
  version.body = keyspace_.body_of(*index);
  version.etag.assign(facts.etag.data(), facts.etag.size());
  version.modified_ms = facts.modified_ms;
  return version;
}

bool Bucket::empty() const {
  Cursor cursor(*this, "");
  Entry entry;
  return !cursor.next(entry);
}

/// Where versions are kept each write is one more; else it takes the place of the "null" version.
Version& Bucket::append(std::string const& key, Version version) {
  auto& versions = stored_[key];
  if (versioning_ == Versioning::enabled)
    version.id = next_version_id();
  else
    std::erase_if(versions, [](Version const& old) { return old.id == "null"; });
  return versions.emplace_back(std::move(version));
}

/// Opaque and without an order, as those of S3 are: 32 digits from a hash of a counter.
std::string Bucket::next_version_id() {
  return md5_hex("version " + std::to_string(++versions_made_));
}

std::optional<std::uint64_t> Bucket::synthetic_index(std::string const& key) const {
  auto const index = keyspace_.lower_bound(key);
  if (index >= keyspace_.size()) return std::nullopt;
  std::string there;
  Keyspace::key_of(index, there);
  if (there != key) return std::nullopt;
  return index;
}

void Bucket::Cursor::seek(std::string_view from) {
  stored_ = bucket_.stored_.lower_bound(from);
  synthetic_ = bucket_.keyspace_.lower_bound(from);
}

bool Bucket::Cursor::next(Entry& entry) {
  for (;;) {
    bool const has_synthetic = synthetic_ < bucket_.keyspace_.size();
    if (has_synthetic) Keyspace::key_of(synthetic_, key_);
    if (stored_ != bucket_.stored_.end() && (!has_synthetic || stored_->first <= key_)) {
      if (has_synthetic && stored_->first == key_) ++synthetic_;  // what was stored hides it
      auto const& [key, versions] = *stored_++;
      if (versions.empty() || versions.back().is_marker) continue;
      auto const& current = versions.back();
      entry = Entry{key, current.etag, current.body.size(), current.modified_ms};
      return true;
    }
    if (!has_synthetic) return false;
    facts_ = bucket_.keyspace_.facts_of(synthetic_++);
    entry = Entry{key_, std::string_view(facts_.etag.data(), facts_.etag.size()), facts_.size, facts_.modified_ms};
    return true;
  }
}

}  // namespace support::s3
