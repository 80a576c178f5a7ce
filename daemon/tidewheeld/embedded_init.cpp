#include "embedded_init.hpp"

extern "C" char const tw_init_begin[];
extern "C" char const tw_init_end[];

namespace tidewheeld {

std::string_view embedded_init() noexcept {
  return {static_cast<char const*>(tw_init_begin), static_cast<char const*>(tw_init_end)};
}

}  // namespace tidewheeld
