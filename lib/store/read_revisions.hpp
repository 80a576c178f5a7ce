#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/read_models.hpp"

namespace store {

struct RevisionSummary {
  std::int64_t number = 0;
  std::string sha256;
  core::Wall registered{};
  std::int64_t runs = 0;  ///< among the pipeline's newest 20,000
};
/// Newest first, at most `limit`.
[[nodiscard]] std::vector<RevisionSummary> list_revisions(sql::Connection& db, std::string const& pipeline,
                                                          std::size_t limit);

struct RevisionDetail {
  std::int64_t number = 0;
  std::string yaml, spec;
  core::Wall registered{};
};
/// nullopt: the pipeline has none of that number. 0: the current one.
[[nodiscard]] std::optional<RevisionDetail> find_revision(sql::Connection& db, std::string const& pipeline,
                                                          std::int64_t number);

struct RecentRun {
  RunNo no;
  std::string id;
  domain::RunState state = domain::RunState::queued;
  std::optional<core::Wall> started, finished;
};
/// Newest first.
[[nodiscard]] std::vector<RecentRun> recent_runs(sql::Connection& db, PipelineId pipeline, std::size_t limit);

}  // namespace store
