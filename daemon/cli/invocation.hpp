#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "daemon_client.hpp"
#include "terminal.hpp"

namespace cli {

/// What holds for every command.
struct GlobalOptions {
  std::string socket = "/run/tidewheel/tidewheel.sock";
  bool json = false;  ///< the API's own answer on stdout, nothing else there
};

/// What a command works with. Data goes to stdout, messages go to stderr.
struct Session {
  GlobalOptions options;
  DaemonClient daemon;
  Terminal terminal;

  void print(std::string_view text) const;
  void print_json(json::object const& object) const;
};

/// A command's body: runs on the loop and gives the exit code. Throws CommandError.
using Command = std::function<awaitable<int>(Session&)>;

/// What the command line asked for; `command` is set by the subcommand that was named.
struct Invocation {
  GlobalOptions global;
  Command command;
};

/// A subcommand that takes the global options behind its name as well. `examples` are lines without indentation.
CLI::App* add_command(CLI::App& app, char const* name, char const* summary, std::string_view examples);

}  // namespace cli
