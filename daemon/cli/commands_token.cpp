#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <memory>

#include "command_error.hpp"
#include "commands.hpp"
#include "core/units.hpp"
#include "core/uri.hpp"
#include "fields.hpp"
#include "qr_code.hpp"
#include "table.hpp"

namespace cli {

namespace {

struct CreateOptions {
  std::string name, access = "read", expires = "30d";
  std::vector<std::string> pipelines;
  bool qr = false;
};

json::value lifetime_of(std::string const& text) {
  if (text == "never") return nullptr;
  auto const life = core::parse_duration(text);
  if (!life || *life < std::chrono::seconds(1))
    throw CommandError(usage, "--expires does not know '" + text + "'", "such as 12h, 30d, or never");
  return std::chrono::duration_cast<std::chrono::seconds>(*life).count();
}

std::string pipelines_text(json::object const& token) {
  std::string names;
  for (auto const& name : array_at(token, "pipelines")) names += (names.empty() ? "" : ", ") + as_text(name);
  return names.empty() ? "all" : names;
}

std::string or_otherwise(std::string const& iso, char const* otherwise) {
  return iso.empty() ? otherwise : short_time(iso);
}

void print_new(Session& session, json::object const& token, bool qr) {
  auto const link = text(token, "link");
  session.print(text(token, "token") + "\n");
  say("token " + text(token, "id") + " '" + text(token, "name") + "' may " + text(token, "access") +
      ", pipelines: " + pipelines_text(token) + ", expires: " + or_otherwise(text(token, "expires_at"), "never"));
  say("It is shown this once. Programs send it as `Authorization: Bearer TOKEN`.");
  if (link.empty()) {
    say("There is no link, since the daemon listens on its unix socket only: set `api: {listen: 127.0.0.1:7420}` in "
        "tidewheeld.yaml and restart it.");
    return;
  }
  say("For a browser:");
  session.print(link + "\n");
  if (qr || session.terminal.width) session.print(qr_code(link));
}

awaitable<int> create(Session& session, CreateOptions options) {
  json::object body;
  body["name"] = options.name;
  body["access"] = options.access;
  body["expires_in_s"] = lifetime_of(options.expires);
  body["pipelines"] = options.pipelines.empty()
                          ? json::value(nullptr)
                          : json::value(json::array(options.pipelines.begin(), options.pipelines.end()));
  auto const token = co_await session.daemon.post("/api/v1/tokens", std::move(body));
  if (session.options.json)
    session.print_json(token);
  else
    print_new(session, token, options.qr);
  co_return succeeded;
}

awaitable<int> list(Session& session) {
  auto const answer = co_await session.daemon.get("/api/v1/tokens");
  if (session.options.json) {
    session.print_json(answer);
    co_return succeeded;
  }
  Table table({{"ID", true},
               {"NAME", false, true},
               {"ACCESS"},
               {"PIPELINES", false, true},
               {"CREATED (UTC)"},
               {"EXPIRES"},
               {"LAST USED"}});
  for (auto const& value : array_at(answer, "tokens")) {
    auto const& token = as_object(value);
    table.add({text(token, "id"), text(token, "name"), text(token, "access"), pipelines_text(token),
               short_time(text(token, "created_at")), or_otherwise(text(token, "expires_at"), "never"),
               or_otherwise(text(token, "last_used_at"), "never")});
  }
  if (table.empty())
    say("There are no tokens. Make one: tidewheel token create NAME");
  else
    session.print(table.render(session.terminal));
  co_return succeeded;
}

awaitable<int> revoke(Session& session, std::string id) {
  co_await session.daemon.remove("/api/v1/tokens/" + core::percent_encode(id));
  json::object answer;
  answer["revoked"] = id;
  if (session.options.json)
    session.print_json(answer);
  else
    say("token " + id + " is revoked, and whoever was signed in with it is signed out");
  co_return succeeded;
}

void add_create(CLI::App& app, Invocation& invocation) {
  auto* const command = add_command(app, "create", "Make a token, and a link that opens the page signed in",
                                    "tidewheel token create \"Ana's laptop\"\n"
                                    "tidewheel token create dashboard --access read --expires never\n"
                                    "tidewheel token create ci --access operate --pipeline sensor-qc --json");
  auto const options = std::make_shared<CreateOptions>();
  command->add_option("NAME", options->name, "Who or what it is for")->required();
  command->add_option("--access", options->access, "read; operate: start, stop and pause too; admin: make tokens too")
      ->check(CLI::IsMember({"read", "operate", "admin"}))
      ->capture_default_str();
  command->add_option("--expires", options->expires, "Such as 12h or 30d; or never")
      ->type_name("TIME")
      ->capture_default_str();
  command->add_option("--pipeline", options->pipelines, "Only for this pipeline; may be given several times")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_flag("--qr", options->qr, "Print the link as a QR code, also where the output is no terminal");
  command->callback([options, &invocation] {
    invocation.command = [options](Session& session) { return create(session, *options); };
  });
}

}  // namespace

void add_token(CLI::App& app, Invocation& invocation) {
  auto* const token = add_command(app, "token", "Make, list and revoke tokens for the page and for programs",
                                  "tidewheel token create \"Ana's laptop\"\n"
                                  "tidewheel token list\n"
                                  "tidewheel token revoke 3");
  token->require_subcommand(1);
  add_create(*token, invocation);
  auto* const all = add_command(*token, "list", "List them, with when each was used last", "tidewheel token list");
  all->callback([&invocation] { invocation.command = list; });
  auto* const away = add_command(*token, "revoke", "Take one away, at once", "tidewheel token revoke 3");
  auto const id = std::make_shared<std::string>();
  away->add_option("ID", *id, "Its number in `tidewheel token list`")->required();
  away->callback([id, &invocation] { invocation.command = [id](Session& session) { return revoke(session, *id); }; });
}

}  // namespace cli
