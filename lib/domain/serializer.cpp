#include "domain/serializer.hpp"

namespace domain {

Serializer::Serializer(std::string const& text, std::string_view pipeline)
    : template_(Template::compile(text, serialize_names()).value()), pipeline_(pipeline) {}

std::string Serializer::value(std::string_view key) const {
  auto values = key_values(key);
  values["pipeline.name"] = pipeline_;
  return template_.expand(values);
}

}  // namespace domain
