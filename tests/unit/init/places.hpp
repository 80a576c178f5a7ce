#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/init/contained_run.hpp"

namespace init_test {

/// Runs each test as an ordinary process and, when root, as PID 1 of a namespace.
class Init : public testing::TestWithParam<Place> {};

inline std::string place_name(testing::TestParamInfo<Place> const& info) {
  return name_of(info.param);
}

}  // namespace init_test
