#include "invocation.hpp"

#include <boost/json/serialize.hpp>
#include <iostream>

namespace cli {

void Session::print(std::string_view text) const {
  std::cout << text << std::flush;
}

void Session::print_json(json::object const& object) const {
  std::cout << json::serialize(object) << '\n' << std::flush;
}

CLI::App* add_command(CLI::App& app, char const* name, char const* summary, std::string_view examples) {
  auto* const command = app.add_subcommand(name, summary);
  command->fallthrough();
  std::string footer = "Examples:\n";
  for (std::string_view rest = examples; !rest.empty();) {
    auto const newline = rest.find('\n');
    footer += "  " + std::string(rest.substr(0, newline)) + "\n";
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
  }
  command->footer(footer);
  return command;
}

}  // namespace cli
