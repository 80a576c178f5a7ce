#include <sysexits.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "config/daemon_config.hpp"
#include "config/diagnostic.hpp"
#include "options.hpp"
#include "service.hpp"

int main(int argc, char** argv) try {
  auto const parsed = tidewheeld::parse_options(argc, argv);
  if (parsed.exit_code) return *parsed.exit_code;
  std::ifstream file(parsed.options.config, std::ios::binary);
  if (!file) {
    std::cerr << "tidewheeld: " << parsed.options.config << ": cannot be read; give another with --config\n";
    return EX_CONFIG;
  }
  std::string const text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto const loaded = config::load_daemon_config(text, parsed.options.config);
  if (!loaded.config) {
    std::cerr << config::render(loaded.diagnostics);
    return EX_CONFIG;
  }
  if (parsed.options.check) return tidewheeld::check_pipelines(*loaded.config);
  return tidewheeld::serve(*loaded.config);
} catch (std::exception const& error) {
  std::cerr << "tidewheeld: " << error.what() << "\n";
  return EXIT_FAILURE;
}
