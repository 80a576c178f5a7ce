#pragma once

#include "invocation.hpp"

namespace cli {

// Each adds its subcommands to the tree; their callbacks fill in invocation.command.
void add_validate(CLI::App& app, Invocation& invocation);
void add_pipelines(CLI::App& app, Invocation& invocation);  ///< pipelines, results, pause, resume
void add_run(CLI::App& app, Invocation& invocation);        ///< run, cancel, retry, rerun, backfill
void add_retention(CLI::App& app, Invocation& invocation);  ///< gc, pin, unpin
void add_runs(CLI::App& app, Invocation& invocation);
void add_show(CLI::App& app, Invocation& invocation);
void add_logs(CLI::App& app, Invocation& invocation);
void add_feed(CLI::App& app, Invocation& invocation);
void add_export(CLI::App& app, Invocation& invocation);
void add_why(CLI::App& app, Invocation& invocation);
void add_coverage(CLI::App& app, Invocation& invocation);
void add_webhooks(CLI::App& app, Invocation& invocation);
void add_status(CLI::App& app, Invocation& invocation);
void add_token(CLI::App& app, Invocation& invocation);  ///< token create, list, revoke

}  // namespace cli
