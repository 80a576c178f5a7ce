#include "api/artifact_links.hpp"

#include <charconv>

#include "core/sha256.hpp"
#include "core/ulid.hpp"
#include "core/uri.hpp"

namespace api {

namespace {

using namespace std::chrono_literals;

/// Rounded, so that a picture keeps its address, and the browser its copy, for half a day.
constexpr auto step = 12h;
constexpr std::size_t mac_digits = 32;

}  // namespace

ArtifactLinks::ArtifactLinks() : key_(core::random_hex(32)) {}

std::string ArtifactLinks::mac(std::string_view whose, std::string_view expiry) const {
  auto const text = std::string(whose) + "/" + std::string(expiry);
  return core::to_hex(core::hmac_sha256(key_, text)).substr(0, mac_digits);
}

std::string ArtifactLinks::folder(std::string_view run_id, std::int64_t attempt, core::Wall now) const {
  auto const whose = std::string(run_id) + "." + std::to_string(attempt);
  auto const until = (now.time_since_epoch() / step + 2) * step;
  auto const expiry = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(until).count());
  return "/a/" + whose + "/" + expiry + "-" + mac(whose, expiry) + "/";
}

std::string ArtifactLinks::link(std::string_view run_id, std::int64_t attempt, std::string_view name,
                                core::Wall now) const {
  return folder(run_id, attempt, now) + core::percent_encode_path(name);
}

bool ArtifactLinks::opens(std::string_view whose, std::string_view right, core::Wall now) const {
  auto const dash = right.find('-');
  if (dash == right.npos) return false;
  auto const expiry = right.substr(0, dash);
  if (!core::same_bytes(right.substr(dash + 1), mac(whose, expiry))) return false;
  std::int64_t seconds = 0;  // of our own making from here on
  std::from_chars(expiry.data(), expiry.data() + expiry.size(), seconds);
  return now < core::Wall{std::chrono::seconds{seconds}};
}

}  // namespace api
