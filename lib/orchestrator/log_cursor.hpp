#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "docker/engine.hpp"

namespace orchestrator {

/// How far a container's log has been read: for each of its streams the time of its last frame and how many frames of
/// that time there were, since `since=` of the engine's is inclusive. Times rise within a stream, but not from one
/// stream to the other.
class LogCursor {
 public:
  void note(std::vector<docker::LogFrame> const& frames);
  /// What the engine is asked for, to go on: RFC 3339, or empty for all of it. A stream that has said nothing yet may
  /// still say something that is older than the other's last word.
  [[nodiscard]] std::string since() const;
  [[nodiscard]] bool operator==(LogCursor const&) const = default;

  /// One line, with a checksum: what is torn or foreign is no cursor.
  [[nodiscard]] std::string encode(std::int64_t file_size) const;
  struct Stored;
  [[nodiscard]] static std::optional<Stored> decode(std::string_view text);

 private:
  friend class LogResume;
  struct Place {
    std::string at;  ///< empty: there was no frame
    std::int64_t count = 0;
    bool operator==(Place const&) const = default;
  };
  std::array<Place, 2> places_;
};

/// A cursor, and how long the log's file was then.
struct LogCursor::Stored {
  LogCursor cursor;
  std::int64_t file_size = 0;
};

/// Leaves out of what the engine sends what lies before a cursor.
class LogResume {
 public:
  explicit LogResume(LogCursor cursor) : cursor_(std::move(cursor)) {}
  [[nodiscard]] std::vector<docker::LogFrame> rest(std::vector<docker::LogFrame> frames);

 private:
  [[nodiscard]] bool is_known(docker::LogFrame const& frame);
  LogCursor cursor_;  ///< counts down
};

}  // namespace orchestrator
