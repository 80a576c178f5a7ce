// A pipeline's file: a specification or diagnostics, and what is valid survives its way through JSON.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/pipeline_file.hpp"
#include "domain/spec_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const file = config::load_pipeline(text, "pipeline.yaml");
  if (file.spec.has_value() == !file.diagnostics.empty()) std::abort();
  if (!file.spec) return config::render(file.diagnostics).empty() ? (std::abort(), 0) : 0;
  auto const json = domain::spec_to_json(*file.spec);
  auto const back = domain::spec_from_json(json);
  if (!back || domain::spec_to_json(*back) != json) std::abort();
  return 0;
}
