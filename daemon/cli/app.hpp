#pragma once

namespace cli {

/// The whole program: parses the command line, runs the command, prints what went wrong. Returns the exit code.
[[nodiscard]] int run_app(int argc, char const* const* argv);

}  // namespace cli
