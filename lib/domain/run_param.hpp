#pragma once

#include <string>

#include "domain/value.hpp"

namespace domain {

/// One parameter of one run.
struct RunParam {
  std::string name;
  ValueType type = ValueType::string;
  Value value;
  bool from_user = false;  ///< else it is the pipeline's default
};

}  // namespace domain
