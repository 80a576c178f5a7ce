#include "archive/unpack.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "core/fd.hpp"
#include "core/utf8.hpp"

namespace archive {

namespace {

using core::Fd;
using core::Result;

Result<Fd> open_at(std::filesystem::path const& path, int flags) {
  Fd opened(::open(path.c_str(), flags | O_RDONLY | O_CLOEXEC));
  if (!opened) return core::from_errno(errno, "open", core::to_display(path.string()));
  return opened;
}

}  // namespace

Result<Unpacked> unpack(int tar, int destination, Limits limits, std::string strip) {
  Unpacker unpacker(destination, std::move(strip), limits);
  std::vector<char> buffer(256 * 1024);
  for (;;) {
    auto const got = ::read(tar, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::from_errno(errno, "read", "tar stream");
    if (got == 0) return unpacker.finish();
    if (auto fed = unpacker.feed({buffer.data(), static_cast<std::size_t>(got)}); !fed) return fed.error();
  }
}

Result<Unpacked> unpack(std::filesystem::path const& tar, std::filesystem::path const& destination, Limits limits,
                        std::string strip) {
  auto const source = open_at(tar, 0);
  if (!source) return source.error();
  auto const target = open_at(destination, O_DIRECTORY);
  if (!target) return target.error();
  return unpack(source->get(), target->get(), limits, std::move(strip));
}

}  // namespace archive
