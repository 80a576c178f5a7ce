#include "orchestrator/log_text.hpp"

#include "orchestrator/log_file.hpp"

namespace orchestrator {

std::string LogText::feed(std::vector<docker::LogFrame> frames) {
  for (auto& frame : frames) {
    auto& stream = streams_[frame.stream == docker::Stream::standard_error ? 1 : 0];
    // The engine's driver `local` loses the newline of a line longer than 16 KiB. All pieces of a line bear one time.
    if (stream.open && frame.timestamp != stream.timestamp) frame.text.insert(frame.text.begin(), '\n');
    if (!frame.text.empty()) stream.open = !frame.text.ends_with('\n');
    stream.timestamp = frame.timestamp;
    if (masks_) frame.text = stream.text.feed(frame.text);
  }
  return to_cri(frames);
}

std::string LogText::finish() {
  std::vector<docker::LogFrame> rest;
  for (auto const kind : {docker::Stream::standard_output, docker::Stream::standard_error}) {
    auto& stream = streams_[kind == docker::Stream::standard_error ? 1 : 0];
    rest.push_back({kind, stream.timestamp, stream.text.finish()});
  }
  return to_cri(rest);
}

bool LogText::clear() const noexcept {
  return !streams_[0].text.holds() && !streams_[1].text.holds();
}

}  // namespace orchestrator
