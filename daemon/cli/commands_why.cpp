#include <algorithm>
#include <filesystem>
#include <memory>

#include "command_error.hpp"
#include "commands.hpp"
#include "core/base64.hpp"
#include "core/ulid.hpp"
#include "core/uri.hpp"
#include "core/utf8.hpp"
#include "fields.hpp"
#include "input_path.hpp"

namespace cli {

namespace {

bool names_a_run(std::string const& word) {
  auto const digits =
      !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits || core::is_ulid(word);
}

std::string target_of(std::string const& subject) {
  if (names_a_run(subject)) return "/api/v1/why?run=" + core::percent_encode(subject);
  auto const path = absolute_input(subject);
  return core::is_utf8(path) ? "/api/v1/why?path=" + core::percent_encode(path)
                             : "/api/v1/why?path_base64=" + core::percent_encode(core::to_base64(path));
}

awaitable<int> explain(Session& session, std::string subject) {
  auto const answer = co_await session.daemon.get(target_of(subject));
  if (session.options.json) {
    session.print_json(answer);
    co_return succeeded;
  }
  std::string lines;
  for (auto const& sentence : array_at(answer, "sentences")) lines += core::to_display(as_text(sentence)) + "\n";
  session.print(lines);
  co_return succeeded;
}

}  // namespace

void add_why(CLI::App& app, Invocation& invocation) {
  auto* const command = add_command(app, "why", "Say why a file ran or did not run, or why a run is where it is",
                                    "tidewheel why /srv/data/sensors/a.csv\n"
                                    "tidewheel why a.csv\n"
                                    "tidewheel why s3://bucket/key.csv\n"
                                    "tidewheel why 42\n"
                                    "tidewheel why ./42      (the file of that name)");
  auto const subject = std::make_shared<std::string>();
  command->add_option("FILE|s3://...|RUN", *subject, "A path, s3://BUCKET/KEY, or a run's number or id")->required();
  command->callback([subject, &invocation] {
    invocation.command = [subject](Session& session) { return explain(session, *subject); };
  });
}

}  // namespace cli
