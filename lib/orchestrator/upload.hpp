#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/fd.hpp"
#include "orchestrator/container_plan.hpp"
#include "orchestrator/services.hpp"

namespace orchestrator {

/// The list of an attempt's uploads as it is kept in its folder, so that another life of the daemon can send them; a
/// text of three fields a member, each ended by a NUL.
[[nodiscard]] std::string encode_uploads(std::vector<UploadMember> const& members);
/// Empty if it is damaged.
[[nodiscard]] std::vector<UploadMember> decode_uploads(std::string_view text);

/// A tar of files, made piece by piece: memory is that of one piece. Blocking: worker threads only, one at a time.
class UploadTar {
 public:
  /// Opens all files, so that what is sent is what was there now. invalid: one is gone, or is not a regular file.
  [[nodiscard]] static core::Result<UploadTar> open(std::vector<UploadMember> const& members);
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// At least one byte, at most `most`. invalid: a file has become shorter, or cannot be read.
  [[nodiscard]] core::Result<std::string> next(std::size_t most);

 private:
  /// Bytes, then those of a file.
  struct Part {
    std::string bytes;
    core::Fd file;
    std::uint64_t file_size = 0;
    std::string name;
  };

  std::vector<Part> parts_;
  std::uint64_t size_ = 0;
  std::size_t part_ = 0;
  std::uint64_t done_ = 0;  ///< of the part
};

/// Puts all that an attempt's folder lists into its container, which has never been started. Whole or not at all for
/// the caller: an error says nothing of what is there, and it may be done again. `is_cancelled` is asked between pieces
/// (then Errc::conflict). Errors of the files are `invalid`, else the engine's.
[[nodiscard]] awaitable<core::Result<void>> upload(Services& services, std::string container_id,
                                                   std::filesystem::path attempt_dir, bool const& is_cancelled);

/// A regular file of a container, whether it runs or not; at most `limit` bytes of it. not_found: there is no such
/// file, or no container.
[[nodiscard]] awaitable<core::Result<std::string>> fetch_file(Services& services, std::string container_id,
                                                              std::string path, std::size_t limit);

/// Tells the init of a container that its command is given up, though its engine may not know that it runs. Best
/// effort.
[[nodiscard]] awaitable<void> give_up_command(Services& services, std::string container_id);

}  // namespace orchestrator
