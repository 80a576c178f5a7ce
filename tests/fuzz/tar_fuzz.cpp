// The tar reader, fed whole and in pieces: both must find the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "archive/tar_reader.hpp"

namespace {

struct Notes final : archive::TarSink {
  core::Result<void> begin(archive::TarEntry const& entry) override {
    if (entry.path.find('\0') != std::string::npos) std::abort();
    text += "b" + entry.path + std::to_string(entry.size);
    return {};
  }
  core::Result<void> data(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  core::Result<void> end() override {
    text += "e";
    return {};
  }
  std::string text;
};

std::string read(std::string_view bytes, std::size_t step) {
  Notes notes;
  archive::TarReader reader(notes);
  for (std::size_t at = 0; at < bytes.size(); at += step)
    if (!reader.feed(bytes.substr(at, step))) return notes.text + "!";
  return notes.text + (reader.finish() ? "." : "?");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  if (read(bytes, bytes.size() + 1) != read(bytes, 97)) std::abort();
  return 0;
}
