#include "core/sha256.hpp"
#include "core/utf8.hpp"
#include "inputs/input.hpp"

namespace inputs {

namespace {

using domain::Difference;
using domain::Version;

Verified from_error(core::Error error) {
  Verified verified;
  verified.outcome = error.code == core::Errc::not_found ? Verified::Outcome::gone : Verified::Outcome::unreadable;
  verified.error = std::move(error);
  return verified;
}

Verified changed(Version const& version) {
  Verified verified;
  verified.outcome = Verified::Outcome::changed;
  verified.version = version;
  return verified;
}

/// The second look: whatever now has the name must be what was hashed, and as it was before.
std::optional<Verified> second_look(std::string const& root, std::string const& key, OpenInput const& hashed) {
  auto const same_file = version_of(hashed.fd.get(), key);
  if (!same_file) return from_error(same_file.error());
  auto const same_name = open_input(root, key);
  if (!same_name) return from_error(same_name.error());
  if (same_name->version != hashed.version) return changed(same_name->version);
  if (*same_file != hashed.version) return changed(*same_file);
  return std::nullopt;
}

}  // namespace

Verified verify_input(std::string const& root, std::string const& key, Version const& expected,
                      std::optional<domain::ContentHash> const& expected_hash,
                      std::function<void()> const& while_hashing) {
  auto opened = open_input(root, key);
  if (!opened) return from_error(opened.error());
  auto const difference = domain::compare(expected, opened->version);
  bool const content_decides = difference == Difference::ctime_only && expected_hash;
  if (difference != Difference::none && !content_decides) return changed(opened->version);
  auto const hash = core::sha256_file(opened->fd.get(), core::to_display(root + "/" + key));
  if (!hash) return from_error(hash.error());
  if (while_hashing) while_hashing();
  if (auto other = second_look(root, key, *opened)) return std::move(*other);
  if (content_decides && *hash != *expected_hash) return changed(opened->version);
  Verified verified;
  verified.outcome = Verified::Outcome::matches;
  verified.hash = *hash;
  verified.version = opened->version;
  verified.input = std::move(*opened);
  return verified;
}

}  // namespace inputs
