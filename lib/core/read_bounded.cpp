#include "core/read_bounded.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace core {

std::optional<std::string> read_bounded(int fd, std::size_t most) {
  struct stat status {};
  // One more than it has, so that its end is found without taking more memory. Files of /proc say that they have
  // nothing.
  auto const sized = ::fstat(fd, &status) == 0 && status.st_size > 0;
  auto const expected = sized ? static_cast<std::size_t>(status.st_size) + 1 : std::size_t{4096};
  std::string bytes;
  std::size_t size = 0;
  while (size < most) {
    if (size == bytes.size()) bytes.resize(std::min(most, std::max(expected, 2 * size)));
    auto const got = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace core
