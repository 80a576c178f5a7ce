#pragma once

#include <memory>
#include <string>
#include <vector>

#include "docker/engine.hpp"
#include "domain/secret_mask.hpp"

namespace orchestrator {

/// From the frames of a container's log to the text of its file, with secrets masked. stdout and stderr are two texts,
/// each masked for itself.
class LogText {
 public:
  /// nullptr: there are no secrets.
  explicit LogText(std::shared_ptr<domain::SecretMask const> mask)
      : streams_{Stream{domain::MaskedText(mask), {}}, Stream{domain::MaskedText(mask), {}}},
        masks_(mask != nullptr && !mask->empty()) {}

  [[nodiscard]] std::string feed(std::vector<docker::LogFrame> frames);
  /// Nothing will follow: what was held back.
  [[nodiscard]] std::string finish();
  /// Nothing is held back: the reading could begin anew behind the last frame.
  [[nodiscard]] bool clear() const noexcept;

 private:
  struct Stream {
    domain::MaskedText text;
    std::string timestamp;  ///< of its last frame
    bool open = false;      ///< its last frame ended in the middle of a line
  };
  Stream streams_[2];
  bool masks_;
};

}  // namespace orchestrator
