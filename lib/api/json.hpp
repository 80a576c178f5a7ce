#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "api/call.hpp"
#include "domain/log_lines.hpp"
#include "domain/value.hpp"
#include "orchestrator/images.hpp"
#include "orchestrator/sources.hpp"
#include "orchestrator/why.hpp"
#include "store/pipelines.hpp"
#include "store/read_coverage.hpp"
#include "store/read_models.hpp"
#include "store/run_links.hpp"

/// Values as the API shows them: snake_case keys, times as ISO text in UTC, durations in seconds, sizes in bytes, null
/// for what there is not. Keys are only ever added. Pure; safe on any thread.
namespace api {

namespace json = boost::json;

/// The text itself, or what can be shown of bytes that are not UTF-8.
[[nodiscard]] std::string as_utf8(std::string const& bytes);
[[nodiscard]] json::value to_json(std::optional<core::Wall> const& at);
[[nodiscard]] json::value to_json(domain::Value const& value, domain::ValueType type);

[[nodiscard]] json::object to_json(store::RunSummary const& run);
/// The summary, and inputs, params, outputs, artifacts, attempt_list and stages. `state_dir` goes before artifact
/// paths; `spec` knows the outputs' bounds, nullptr where no revision is bound yet.
[[nodiscard]] json::object to_json(store::RunDetail const& detail, std::string const& state_dir,
                                   domain::PipelineSpec const* spec);
/// Runs that come from this one or that it comes from, as far as the caller may see them.
[[nodiscard]] json::object lineage_to_json(store::RunSummary const& run, store::RunLinks const& links,
                                           Principal const& who);

[[nodiscard]] json::object to_json(domain::LogLine const& line);
[[nodiscard]] json::array to_json(std::vector<orchestrator::Images::LayerProgress> const& layers);

[[nodiscard]] json::object to_json(domain::PipelineSpec const& spec);
/// {"above", "below"}, or null where there are no bounds.
[[nodiscard]] json::value alert_to_json(domain::OutputSpec const& output);
[[nodiscard]] json::object to_json(store::PipelineRow const& row);
[[nodiscard]] json::object to_json(store::Coverage const& coverage);
[[nodiscard]] json::object to_json(store::FeedRow const& entry);
[[nodiscard]] json::object to_json(store::ResultTable const& table);
[[nodiscard]] json::object to_json(orchestrator::Sources::Status const& status);
[[nodiscard]] json::object to_json(orchestrator::Finding const& finding);
/// {"sentences": [...], "findings": [...]}
[[nodiscard]] json::object to_json(std::vector<orchestrator::Finding> const& findings);
[[nodiscard]] json::array sentences_of(std::vector<orchestrator::Finding> const& findings);

}  // namespace api
