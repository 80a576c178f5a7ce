#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/fd.hpp"
#include "core/result.hpp"

namespace archive {

/// Makes files and folders beneath one folder, segment by segment, never following a link. Blocking: worker threads
/// only.
class Place {
 public:
  /// `destination` is a folder that nobody else writes to; it is duplicated.
  explicit Place(int destination);

  /// A new file 0644 open for writing; its folders are made as needed. Errc::conflict if the name is taken, or a
  /// folder on the way is a file.
  [[nodiscard]] core::Result<core::Fd> make_file(std::string_view path);
  /// A folder 0755; one that is there already is fine.
  [[nodiscard]] core::Result<void> make_folder(std::string_view path);
  /// Makes names and contents survive a power loss: fsync of each folder, or one syncfs when there were many files.
  [[nodiscard]] core::Result<void> make_durable();
  /// Call when a file made here is complete, before it is closed.
  [[nodiscard]] core::Result<void> file_done(int fd, std::string_view path);

 private:
  core::Result<core::Fd> open_folder(std::string_view path);

  core::Fd root_;
  std::vector<std::string> folders_;  ///< that have new names in them
  std::size_t files_ = 0;
};

/// Segments of a relative path that may be created: nullptr, or what is wrong with it.
[[nodiscard]] char const* unsafe(std::string_view path, std::size_t max_size, std::size_t max_depth) noexcept;

}  // namespace archive
