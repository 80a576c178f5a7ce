#pragma once

#include <string>
#include <string_view>

#include "domain/template.hpp"

namespace domain {

/// `serialize_by` of a pipeline, ready to be asked for many runs: those with the same value go one after another.
class Serializer {
 public:
  /// `text` has passed the YAML's check. Throws core::Failure (internal) if it has not.
  Serializer(std::string const& text, std::string_view pipeline);
  /// Of a run on this key.
  [[nodiscard]] std::string value(std::string_view key) const;

 private:
  Template template_;
  std::string pipeline_;
};

}  // namespace domain
