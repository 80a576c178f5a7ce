// A container's log as the engine frames it, and a log file as the daemon keeps it.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "docker/log_demux.hpp"
#include "domain/cri_log.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  docker::LogDemux demux;
  std::vector<docker::LogFrame> frames;
  bool good = true;
  for (std::size_t at = 0; at < bytes.size() && good; at += 61)
    good = demux.feed(bytes.substr(at, 61), frames).has_value();
  docker::LogDemux whole;
  std::vector<docker::LogFrame> same;
  if (whole.feed(bytes, same).has_value() != good) std::abort();
  if (frames.size() != same.size()) std::abort();
  for (auto const style : {domain::CriText::Style::plain, domain::CriText::Style::stamped}) {
    domain::CriText all(style), pieces(style);
    auto const once = all.convert(bytes);
    std::string parts;
    for (std::size_t at = 0; at < bytes.size(); at += 61) parts += pieces.convert(bytes.substr(at, 61));
    if (once != parts) std::abort();
  }
  return 0;
}
