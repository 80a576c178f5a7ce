#pragma once

#include <map>
#include <string>
#include <vector>

#include "domain/pipeline.hpp"
#include "domain/run_param.hpp"

namespace domain {

/// A parameter that the one who starts a run gives.
struct ParamOverride {
  enum class Form : std::uint8_t { text, json };
  std::string text;  ///< `-p name=text`, or one JSON value as text
  Form form = Form::text;
};
using ParamOverrides = std::map<std::string, ParamOverride, std::less<>>;

struct ParamError {
  std::string name;
  std::string message;
  std::string hint;  ///< may be empty
};

/// Either every parameter of the pipeline with its value, in the order of the pipeline, or all that is wrong.
struct ResolvedParams {
  std::vector<RunParam> params;
  std::vector<ParamError> errors;  ///< empty: `params` is complete
};

/// Defaults overlaid with overrides: unknown names, wrong types, values below min, above max or not in enum, and
/// parameters without default and override are errors, all at once.
[[nodiscard]] ResolvedParams resolve_params(std::vector<ParamSpec> const& specs, ParamOverrides const& overrides);

/// Empty if `value` keeps the bounds and the enum of `spec`; else what is wrong with it ("1 is below min 2").
[[nodiscard]] std::string check_bounds(ParamSpec const& spec, Value const& value);

/// The JSON object that $TIDEWHEEL_PARAMS names in a container: name -> typed value.
[[nodiscard]] std::string params_json(std::vector<RunParam> const& params);

}  // namespace domain
