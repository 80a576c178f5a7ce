#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>

#include "command_error.hpp"
#include "commands.hpp"
#include "config/daemon_config.hpp"
#include "config/pipeline_file.hpp"
#include "core/result.hpp"

namespace cli {

namespace {

struct Options {
  std::vector<std::string> files;
  std::string config;
};

constexpr std::size_t longest_file = std::size_t{1} << 20;  ///< the daemon reads no longer ones either

std::string read_text(std::string const& path, char const* hint = "give the path of a pipeline's YAML file") {
  std::ifstream file(path, std::ios::binary);
  std::string text(longest_file + 1, '\0');
  if (!file || !file.read(text.data(), static_cast<std::streamsize>(text.size())).eof()) {
    if (file && file.gcount() > 0) return text;  // too long; the reader of pipelines says so
    auto const error = core::from_errno(errno, "read", path);
    throw CommandError(no_input, error.message(), hint);
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

config::Policy policy_of(std::string const& file) {
  auto const loaded = config::load_daemon_config(read_text(file, "--config takes the path of tidewheeld.yaml"), file);
  if (!loaded.config) throw CommandError(bad_config, config::render(loaded.diagnostics));
  return loaded.config->policy;
}

config::Diagnostic name_taken(std::string const& file, std::string const& name, std::string const& other) {
  config::Diagnostic diagnostic;
  diagnostic.file = file;
  diagnostic.message = "the name '" + name + "' is the name of the pipeline in " + other + " too";
  diagnostic.hint = "each pipeline has a name of its own";
  return diagnostic;
}

json::object to_json(config::Diagnostic const& diagnostic) {
  json::object object;
  object["line"] = diagnostic.line;
  object["column"] = diagnostic.column;
  object["message"] = diagnostic.message;
  object["hint"] = diagnostic.hint;
  return object;
}

int validate(Session const& session, Options const& options) {
  std::optional<config::Policy> policy;
  if (!options.config.empty()) policy = policy_of(options.config);
  std::map<std::string, std::string> seen;
  json::array report;
  bool good = true;
  for (auto const& file : options.files) {
    auto const text = read_text(file);
    auto loaded = policy ? config::load_pipeline(text, file, *policy) : config::load_pipeline(text, file);
    if (auto const [other, fresh] = seen.emplace(loaded.name, file); !fresh && !loaded.name.empty())
      loaded.diagnostics.push_back(name_taken(file, loaded.name, other->second));
    auto const valid = loaded.diagnostics.empty();
    good = good && valid;
    if (!valid)
      std::cerr << config::render(loaded.diagnostics);
    else if (!session.options.json)
      say(file + ": pipeline " + loaded.name + " is valid" +
          (policy ? "" : "; whether a daemon's policy allows it: --config FILE"));
    json::array diagnostics;
    for (auto const& diagnostic : loaded.diagnostics) diagnostics.push_back(to_json(diagnostic));
    json::object entry;
    entry["file"] = file;
    entry["pipeline"] = loaded.name;
    entry["valid"] = valid;
    entry["diagnostics"] = std::move(diagnostics);
    report.push_back(std::move(entry));
  }
  if (session.options.json) {
    json::object answer;
    answer["files"] = std::move(report);
    session.print_json(answer);
  }
  return good ? succeeded : invalid;
}

}  // namespace

void add_validate(CLI::App& app, Invocation& invocation) {
  auto* const command = add_command(app, "validate", "Check pipeline files, without a daemon",
                                    "tidewheel validate sensor-qc.yaml\n"
                                    "tidewheel validate --config /etc/tidewheel/tidewheeld.yaml pipelines.d/*.yaml");
  auto const options = std::make_shared<Options>();
  command->add_option("FILE", options->files, "Pipeline files")->required();
  command->add_option("--config", options->config, "Check against the policy of this daemon configuration too")
      ->type_name("FILE");
  command->callback([options, &invocation] {
    invocation.command = [options](Session& session) -> awaitable<int> { co_return validate(session, *options); };
  });
}

}  // namespace cli
