// outputs.json and the lines of $TIDEWHEEL_OUTPUTS, divided at the first NUL.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "orchestrator/outputs.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const cut = text.find('\0');
  domain::OutputSpec count;
  count.name = "n";
  count.type = domain::ValueType::integer;
  count.required = false;
  domain::OutputSpec mean;
  mean.name = "mean";
  mean.required = false;
  auto const outputs = orchestrator::read_outputs({count, mean}, text.substr(0, cut),
                                                  cut == text.npos ? std::string_view() : text.substr(cut + 1));
  if (!outputs) return 0;
  for (auto const& output : *outputs)
    if (auto const* const number = std::get_if<double>(&output.value); number != nullptr && !std::isfinite(*number))
      std::abort();
  return 0;
}
