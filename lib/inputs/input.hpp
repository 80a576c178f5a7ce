#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/fd.hpp"
#include "core/result.hpp"
#include "domain/pipeline.hpp"
#include "domain/version.hpp"

/// Inputs of a run from a local source: found, opened, hashed, and copied where they cannot be mounted. Sources are
/// only read. Everything here blocks: worker threads only.
namespace inputs {

/// One regular file beneath a source's root, open for reading.
struct OpenInput {
  core::Fd fd;
  domain::Version version;  ///< at the time of opening
  uid_t uid = 0;
  gid_t gid = 0;
  mode_t mode = 0;
};

/// Fingerprint of an open file (statx(2)).
[[nodiscard]] core::Result<domain::Version> version_of(int fd, std::string_view name_for_errors);

/// Opens `key` beneath `root`; no symbolic link in the key is followed and none leads out (openat2(2), Linux 5.6).
/// Errors: not_found only when the key is proven gone, that is the root and the folders that are left can be listed;
/// permission, with a hint that names owner, mode, the daemon's user and the remedy; invalid when it is no regular file
/// or a link is in the way; unavailable when the root is not there; io and the like otherwise.
[[nodiscard]] core::Result<OpenInput> open_input(std::string const& root, std::string const& key);

/// What became of an input between the change that was committed and now.
struct Verified {
  enum class Outcome : std::uint8_t {
    matches,     ///< `hash`, `version` and `input` are set
    changed,     ///< `version` is the newest one seen, if there was one
    gone,        ///< proven
    unreadable,  ///< `error` says why; neither gone nor changed
  };
  Outcome outcome = Outcome::unreadable;
  domain::ContentHash hash{};
  domain::Version version;
  std::optional<OpenInput> input;  ///< the very file that was hashed
  std::optional<core::Error> error;
};

/// Opens, compares with `expected`, hashes, and compares again both what is open and what now has the name, so the hash
/// belongs to that version. A change of ctime alone (chmod, ln) is a match when `expected_hash` is given and the
/// content has it. `while_hashing` runs between the hash and the second look; for tests.
[[nodiscard]] Verified verify_input(std::string const& root, std::string const& key, domain::Version const& expected,
                                    std::optional<domain::ContentHash> const& expected_hash = std::nullopt,
                                    std::function<void()> const& while_hashing = {});

/// Whether the engine can bind-mount this absolute path: its JSON carries only UTF-8, and the kernel's paths 4095
/// bytes. Everything else goes through `Mounts` unharmed (tried with Engine 20.10.24: newline, tab, escape, quotes,
/// backslash, comma, colon, U+2028, 255-byte names).
[[nodiscard]] bool mountable(std::string_view absolute_path) noexcept;

/// "input.csv" for a name that cannot be mounted: its extension if that is 1 to 16 ASCII letters and digits, else
/// "input".
[[nodiscard]] std::string safe_name(std::string_view name);

/// Copies an input to `folder`/`name`, mode 0644, replacing a half copy that a crash left. Errc::conflict when the
/// copy's hash is not `expected`: the file changed meanwhile, and no copy stays. Not fsynced: after a power loss it is
/// made anew.
[[nodiscard]] core::Result<std::filesystem::path> stage_copy(OpenInput const& input,
                                                             std::filesystem::path const& folder,
                                                             std::string const& name,
                                                             domain::ContentHash const& expected);

/// The same without moving its bytes: `reflink` shares its blocks (FICLONE), `hardlink` its inode. unsupported: the
/// file systems cannot (another one, or one without reflinks); permission: fs.protected_hardlinks (proc(5)) forbids it.
[[nodiscard]] core::Result<std::filesystem::path> stage_snapshot(OpenInput const& input,
                                                                 std::filesystem::path const& folder,
                                                                 std::string const& name,
                                                                 domain::ContentHash const& expected,
                                                                 domain::Snapshot how);

}  // namespace inputs
