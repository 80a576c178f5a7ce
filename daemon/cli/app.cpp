#include "app.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <iostream>

#include "command_error.hpp"
#include "commands.hpp"
#include "domain/nearest.hpp"

namespace cli {

namespace {

constexpr char const* closing =
    "Examples:\n"
    "  tidewheel status\n"
    "  tidewheel validate sensor-qc.yaml\n"
    "  tidewheel run sensor-qc --input /srv/data/a.csv -p threshold=3 --follow\n"
    "  tidewheel why /srv/data/a.csv\n"
    "Each command has its own: tidewheel COMMAND --help\n"
    "Exit codes: 0 done, 1 the run did not succeed, 64 usage, 65 invalid file or value, 66 no such file, run or "
    "pipeline,\n"
    "69 no daemon answers, 77 no permission.\n";

void build(CLI::App& app, Invocation& invocation) {
  app.add_option("--socket", invocation.global.socket, "The daemon's socket")
      ->envname("TIDEWHEEL_SOCKET")
      ->capture_default_str()
      ->type_name("PATH");
  app.add_flag("--json", invocation.global.json, "Print the API's answer as JSON");
  app.set_version_flag("--version", "tidewheel " TIDEWHEEL_VERSION);
  app.require_subcommand(1);
  app.footer(closing);
  add_validate(app, invocation);
  add_pipelines(app, invocation);
  add_run(app, invocation);
  add_runs(app, invocation);
  add_show(app, invocation);
  add_logs(app, invocation);
  add_feed(app, invocation);
  add_export(app, invocation);
  add_why(app, invocation);
  add_coverage(app, invocation);
  add_webhooks(app, invocation);
  add_retention(app, invocation);
  add_status(app, invocation);
  add_token(app, invocation);
}

/// The first word that is neither an option nor the value of one: what was meant as the command.
std::string command_word(int argc, char const* const* argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view const word = argv[i];
    if (word == "--socket")
      ++i;
    else if (!word.starts_with('-'))
      return std::string(word);
  }
  return {};
}

void report_usage(CLI::App const& app, std::string const& word, CLI::ParseError const& error) {
  std::vector<std::string> names;
  for (auto const* const command : app.get_subcommands({})) names.push_back(command->get_name());
  auto const known = std::find(names.begin(), names.end(), word) != names.end();
  if (word.empty()) {
    say("tidewheel: a command is missing\n  tidewheel --help lists them");
  } else if (!known) {
    auto const guess = domain::did_you_mean(word, names);
    say("tidewheel: there is no command '" + word + "'\n  " + (guess.empty() ? "tidewheel --help lists them" : guess));
  } else {
    say("tidewheel " + word + ": " + error.what() + "\n  tidewheel " + word + " --help shows how it is used");
  }
}

int report(CommandError const& error) {
  say(std::string("tidewheel: ") + error.what());
  std::string_view rest = error.hint();
  while (!rest.empty()) {
    auto const newline = rest.find('\n');
    say("  " + std::string(rest.substr(0, newline)));
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
  }
  return error.code();
}

int execute(Invocation const& invocation) {
  boost::asio::io_context io{1};
  Session session{invocation.global, DaemonClient(invocation.global.socket), Terminal::of_stdout()};
  std::exception_ptr failure;
  int code = bug;
  auto body = [&]() -> awaitable<void> { code = co_await invocation.command(session); };
  boost::asio::co_spawn(io, std::move(body), [&](std::exception_ptr error) {
    failure = error;
    io.stop();
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
  std::cout.flush();
  return std::cout ? code : static_cast<int>(output_lost);
}

}  // namespace

int run_app(int argc, char const* const* argv) try {
  CLI::App app{"Tidewheel: when data changes, the analysis registered for it runs in its container, exactly once.",
               "tidewheel"};
  Invocation invocation;
  build(app, invocation);
  // "help", "help run": what people type first.
  std::vector<char const*> words(argv, argv + argc);
  if (command_word(argc, argv) == "help") {
    words.erase(std::ranges::find(words, std::string_view("help"), [](auto* word) { return std::string_view(word); }));
    words.push_back("--help");
  }
  try {
    app.parse(static_cast<int>(words.size()), words.data());
  } catch (CLI::ParseError const& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    report_usage(app, command_word(argc, argv), error);
    return usage;
  }
  return execute(invocation);
} catch (CommandError const& error) {
  return report(error);
} catch (std::exception const& error) {
  say(std::string("tidewheel: ") + error.what());
  return bug;
}

}  // namespace cli
