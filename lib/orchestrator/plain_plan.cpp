#include "orchestrator/plain_plan.hpp"

#include "core/utf8.hpp"

namespace orchestrator {

namespace {

/// Pointers and what the image adds to the environment fit beside it into execve(2)'s limit, a quarter of the stack's 8
/// MiB.
constexpr std::size_t most_in_all = std::size_t{1} << 20;

core::Result<void> check(std::string const& text, std::string const& what) {
  if (core::is_utf8(text)) return {};
  return core::Error{core::Errc::invalid, what + " is not UTF-8, and Docker's JSON carries no other bytes",
                     core::to_display(text), "let the pipeline have its init: take out `init: false`"};
}

}  // namespace

core::Result<void> carry_command(domain::InitCommand const& command, docker::ContainerSpec& spec) {
  if (command.argv.front().empty())
    return core::Error{core::Errc::invalid, "the command has no name", "command", "its first word must not be empty"};
  std::size_t size = 0;
  for (auto const& word : command.argv) {
    if (auto checked = check(word, "an argument of the command"); !checked) return checked;
    size += word.size() + 1;
  }
  for (auto const& variable : command.environment) {
    if (auto checked = check(variable, "a variable of the environment"); !checked) return checked;
    size += variable.size() + 1;
  }
  if (size > most_in_all)
    return core::Error{core::Errc::too_large, "arguments and environment are larger than 1 MiB together", "command",
                       "large values belong into params.json, which $TIDEWHEEL_PARAMS names"};
  spec.entrypoint = command.argv;
  spec.environment = command.environment;
  return {};
}

}  // namespace orchestrator
