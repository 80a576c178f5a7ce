#pragma once

#include <optional>
#include <string>

namespace tidewheeld {

struct Options {
  std::string config = "/etc/tidewheel/tidewheeld.yaml";
  bool check = false;  ///< only read the configuration and the pipelines, and say what is wrong
};

/// From argv; an exit code where the program has only to print (--help, --version) or was called wrongly.
struct ParsedOptions {
  Options options;
  std::optional<int> exit_code;
};
[[nodiscard]] ParsedOptions parse_options(int argc, char** argv);

}  // namespace tidewheeld
