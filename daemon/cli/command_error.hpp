#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "exit_code.hpp"

namespace cli {

/// Ends a command: what happened, what to do about it, and the exit code. Printed once, by main.
class CommandError : public std::runtime_error {
 public:
  CommandError(ExitCode code, std::string const& message, std::string hint = {})
      : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}
  [[nodiscard]] ExitCode code() const noexcept { return code_; }
  [[nodiscard]] std::string const& hint() const noexcept { return hint_; }

 private:
  ExitCode code_;
  std::string hint_;
};

}  // namespace cli
