#include <memory>

#include "commands.hpp"
#include "core/uri.hpp"
#include "exit_code.hpp"
#include "fields.hpp"
#include "state_text.hpp"
#include "table.hpp"

namespace cli {

namespace {

constexpr char const* examples =
    "tidewheel webhooks\n"
    "tidewheel webhooks test ops\n"
    "A webhook stands in tidewheeld.yaml, with a secret that its receiver checks the signature with:\n"
    "(umask 027; echo \"whsec_$(head -c 32 /dev/urandom | base64)\" >/etc/tidewheel/ops.secret)\n"
    "chgrp tidewheel /etc/tidewheel/ops.secret";

awaitable<int> list_webhooks(Session& session) {
  auto const answer = co_await session.daemon.get("/api/v1/webhooks");
  if (session.options.json) {
    session.print_json(answer);
    co_return succeeded;
  }
  Table table(
      {{"WEBHOOK"}, {"URL", false, true}, {"WAITING", true}, {"LAST DELIVERY (UTC)"}, {"GIVEN UP", true}, {"ERROR"}});
  for (auto const& value : array_at(answer, "webhooks")) {
    auto const& hook = as_object(value);
    table.add({text(hook, "name"), text(hook, "url"), text(hook, "waiting"),
               short_time(text(hook, "last_delivered_at")), text(hook, "given_up"), text(hook, "error")});
  }
  if (table.empty())
    say("There is no webhook. Put one under `webhooks:` in tidewheeld.yaml; see: tidewheel webhooks --help");
  else
    session.print(table.render(session.terminal));
  co_return succeeded;
}

awaitable<int> test_webhook(Session& session, std::string name) {
  json::object const nothing;
  auto const answer = co_await session.daemon.post("/api/v1/webhooks/" + core::percent_encode(name) + "/test", nothing);
  bool const delivered = flag(answer, "delivered");
  if (session.options.json)
    session.print_json(answer);
  else if (delivered)
    session.print("delivered: " + text(answer, "status") + " after " + for_people(real(answer, "took_s").value_or(0)) +
                  "\n");
  else
    say("not delivered: " + text(answer, "error"));
  co_return delivered ? succeeded : run_failed;
}

}  // namespace

void add_webhooks(CLI::App& app, Invocation& invocation) {
  auto* const list = add_command(app, "webhooks", "List whom pipelines tell, and what arrived there", examples);
  list->require_subcommand(0, 1);
  list->callback([list, &invocation] {
    if (list->get_subcommands().empty()) invocation.command = list_webhooks;
  });
  auto* const test = add_command(*list, "test", "Send one a test event now", "tidewheel webhooks test ops");
  auto const name = std::make_shared<std::string>();
  test->add_option("NAME", *name, "Its name under `webhooks:`")->required();
  test->callback(
      [name, &invocation] { invocation.command = [name](Session& session) { return test_webhook(session, *name); }; });
}

}  // namespace cli
