#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>
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
    unreadable,  ///< `error` says why: denied, out of reach, or other bytes than the server's checksum says
    no_room,     ///< `error`: it could not be written here
    given_up,    ///< nobody wanted it any more
  };
  Outcome outcome = Outcome::unreadable;
  domain::ContentHash hash{};
  domain::Version version;
  std::optional<core::Error> error;
};

/// What is fetched, and where to. Has a constructor so that g++ 12 cannot destroy a temporary one twice in a co_await.
struct FetchRequest {
  FetchRequest(std::string with_key, domain::Version with_expected, std::filesystem::path with_file)
      : key(std::move(with_key)), expected(std::move(with_expected)), file(std::move(with_file)) {}

  std::string key;
  domain::Version expected;
  std::filesystem::path file;
  /// Told how many bytes are here; false: give it up. May be empty.
  std::function<bool(std::int64_t)> arrived;
};

/// Downloads the version `expected` of `key` (pinned by its version id, else by its ETag) to `file`, mode 0644, hashing
/// as it comes. A connection that breaks is taken up where it broke. Its size must be the expected one, and its SHA-256
/// the server's, where that tells one. Nothing is left but where the outcome is `matches`. Until then it grows under
/// the name part_file(), and what a life of the daemon that ended there has left is read again and gone on with. Not
/// fsynced: after a power loss it is fetched anew.
[[nodiscard]] boost::asio::awaitable<Fetched> fetch_object(s3::Client& client, aio::Worker& pool, FetchRequest request);

/// Where a download of this version grows: beside `file`, under a name of its own for each version and each boot of the
/// machine (a power loss may leave holes where bytes were). Empty for a version without an ETag, which cannot be
/// pinned.
[[nodiscard]] std::filesystem::path part_file(std::filesystem::path const& file, std::string_view key,
                                              domain::Version const& version);

/// Compares by a HEAD alone: `matches` (without `hash`), `changed`, `gone` or `unreadable`.
[[nodiscard]] boost::asio::awaitable<Fetched> look_at_object(s3::Client& client, std::string key,
                                                             domain::Version expected);

/// The name under which an object is mounted: the last segment of its key where that can be a file's name in a mount,
/// else a safe one (safe_name()).
[[nodiscard]] std::string mount_name(std::string_view key);

}  // namespace inputs
