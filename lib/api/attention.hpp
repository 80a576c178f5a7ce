#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/scheduler.hpp"
#include "orchestrator/sources.hpp"
#include "store/pipelines.hpp"
#include "store/read_models.hpp"
#include "store/read_signals.hpp"

/// What needs a look, for the first page. Pure.
namespace api {

struct Notice {
  enum class Severity : std::uint8_t { error, warning, info };
  std::string kind;  ///< pipeline_failing, pipeline_overdue, ...: docs/api.md
  Severity severity = Severity::warning;
  std::string title, detail;
  std::string pipeline;  ///< empty: not about one pipeline
  std::optional<store::RunNo> run;
  std::string href;  ///< of the page; empty: none
  std::optional<core::Wall> since;
};
using Attention = std::vector<Notice>;

[[nodiscard]] Attention pipelines_to_look_at(std::vector<store::PipelineRow> const& pipelines,
                                             std::map<std::string, store::PipelineSignals> const& signals,
                                             core::Wall now);
void add_invalid_files(std::vector<store::PipelineFile> const& files, Attention& attention);
/// As Scheduler::obstacle() tells it.
void add_obstacle(std::string const& obstacle, Attention& attention);
/// Runs whose containers do not end, as Scheduler::unkillable() tells them.
void add_unkillable(std::vector<orchestrator::Scheduler::Unkillable> const& runs,
                    std::vector<store::PipelineRow> const& pipelines, Attention& attention);
void add_sources(std::vector<orchestrator::Sources::Status> const& sources, Attention& attention);
/// Errors first; of one severity the newest first.
[[nodiscard]] Attention sorted(Attention attention);
[[nodiscard]] boost::json::object to_json(Notice const& notice);

}  // namespace api
