#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "docker/engine.hpp"

namespace docker {

/// Reads a container's log as GET /containers/{id}/logs?timestamps=1 sends it without a TTY: frames of an 8-byte head
/// [stream,0,0,0,length big-endian] and "<RFC 3339> text", cut anywhere (Engine API, ContainerAttach). No I/O.
class LogDemux {
 public:
  static constexpr std::size_t longest_frame = 1U << 20U;

  /// Appends the frames that became complete. protocol for a head that is none: another stream than 1 or 2, or a length
  /// over longest_frame. After an error the object is spent.
  [[nodiscard]] Result<void> feed(std::string_view bytes, std::vector<LogFrame>& frames);
  /// protocol if the stream ended inside a frame.
  [[nodiscard]] Result<void> finish() const;

 private:
  [[nodiscard]] Result<void> read_head();

  std::string head_, payload_;
  std::size_t length_ = 0;  ///< of the payload, once the head is whole
};

}  // namespace docker
