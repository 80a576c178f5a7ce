#include "core/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace core {

void fill_random(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    auto const got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace core
