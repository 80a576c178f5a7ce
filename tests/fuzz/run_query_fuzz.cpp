// The grammar of run filters.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "domain/run_query.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const query = domain::parse_run_query(text, core::from_ms(1'795'341'600'000));
  if (query && query->terms.size() > 32) std::abort();
  if (!query && query.error().operation.empty()) std::abort();  // an error says what is wrong
  return 0;
}
