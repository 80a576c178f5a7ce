#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "aio/worker.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "domain/version.hpp"
#include "s3/client.hpp"

/// Inputs of a run from S3: fetched to a file of their own, so that a run works on exactly what was hashed, whatever
/// becomes of the object. Coroutines of the loop thread; files are written on the pool.
namespace inputs {

/// The fingerprint of an object; LastModified is cut to whole seconds, since listings and HEADs differ in what they say
/// of the rest. A server that gives no ETag gives domain::unknown_etag.
[[nodiscard]] domain::Version object_version(std::int64_t size, std::optional<core::Wall> last_modified,
                                             std::string etag, std::string version_id);
[[nodiscard]] domain::Version version_of(s3::ObjectInfo const& info);

/// What became of an object between the change that was committed and its download.
struct Fetched {
  enum class Outcome : std::uint8_t {
    matches,     ///< `hash` and `version` are set, the file is there
    changed,     ///< another version is there now
    gone,        ///< proven by a 404
    unreadable,  ///< `error` says why: denied, or out of reach
    no_room,     ///< `error`: it could not be written here
  };
  Outcome outcome = Outcome::unreadable;
  domain::ContentHash hash{};
  domain::Version version;
  std::optional<core::Error> error;
};

/// Downloads the version `expected` of `key` (pinned by its version id, else by its ETag) to `file`, mode 0644, hashing
/// as it comes. A connection that breaks is taken up where it broke. Its size must be the expected one. Nothing is left
/// but where the outcome is `matches`. Not fsynced: after a power loss it is fetched anew.
[[nodiscard]] boost::asio::awaitable<Fetched> fetch_object(s3::Client& client, aio::Worker& pool, std::string key,
                                                           domain::Version expected, std::filesystem::path file);

/// The name under which an object is mounted: the last segment of its key where that can be a file's name in a mount,
/// else a safe one (safe_name()).
[[nodiscard]] std::string mount_name(std::string_view key);

}  // namespace inputs
