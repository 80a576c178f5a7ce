#include "options.hpp"

#include <sysexits.h>

#include <CLI/CLI.hpp>

namespace tidewheeld {

ParsedOptions parse_options(int argc, char** argv) {
  ParsedOptions parsed;
  CLI::App app{
      "Tidewheel's daemon: when data changes, the analysis registered for it runs in its container, exactly once."};
  app.add_option("--config", parsed.options.config, "Configuration file")->capture_default_str();
  app.add_flag("--check", parsed.options.check,
               "Read the configuration and every pipeline, print what is wrong, and exit");
  app.set_version_flag("--version", std::string(TIDEWHEEL_VERSION));
  app.footer(
      "Examples:\n"
      "  tidewheeld --config /etc/tidewheel/tidewheeld.yaml\n"
      "  tidewheeld --check --config ./tidewheeld.yaml\n"
      "Signals: SIGTERM stops (containers go on and are taken up at the next start), SIGHUP reads the pipelines "
      "again.\n"
      "Exit codes: 0, 1 failure, 64 usage, 78 bad configuration.");
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    parsed.exit_code = app.exit(error) == 0 ? 0 : EX_USAGE;
  }
  return parsed;
}

}  // namespace tidewheeld
