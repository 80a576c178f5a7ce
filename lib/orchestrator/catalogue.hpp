#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/glob.hpp"
#include "domain/pipeline.hpp"
#include "domain/source_root.hpp"
#include "store/intake.hpp"
#include "store/pipelines.hpp"
#include "watch/source.hpp"

namespace orchestrator {

/// One `watch` of a live pipeline, ready to be asked about keys.
struct Watching {
  store::PipelineId pipeline;
  std::string pipeline_name;
  domain::WatchSpec spec;
  core::Wall first_seen{};
  std::vector<core::Glob> files, ignore;

  std::string root;

  /// Globs are about the key below the root: for S3 that is without the prefix.
  [[nodiscard]] std::string_view below(std::string_view key) const {
    return spec.s3 ? domain::key_below(spec.s3->prefix, key) : key;
  }
  [[nodiscard]] bool accepts(std::string_view key) const {
    auto const short_key = below(key);
    return !short_key.empty() && core::any_match(files, short_key) && !core::any_match(ignore, short_key);
  }
};

/// The live pipelines by the root that they watch. Replaced whole at a reload; pure in memory.
class Catalogue {
 public:
  /// `since`: when each root began to be watched; where it says nothing, `first_seen`.
  void set(store::PipelineId id, domain::PipelineSpec const& spec, core::Wall first_seen,
           std::map<std::string, core::Wall> const& since = {});
  void remove(store::PipelineId id);

  [[nodiscard]] std::vector<std::string> roots() const;
  /// The pipelines that a key of this root concerns, with how long each waits beyond the source's own settle.
  [[nodiscard]] std::vector<store::Match> matches(std::string const& root, std::string_view key) const;
  [[nodiscard]] std::vector<Watching const*> on_root(std::string const& root) const;
  /// The shortest settle on a root: the source commits at it.
  [[nodiscard]] std::chrono::milliseconds settle(std::string const& root) const;
  /// What the source of a root goes by: the most impatient of the pipelines on it decides, and all their globs count.
  [[nodiscard]] watch::Pace pace(std::string const& root) const;

 private:
  std::vector<Watching> watching_;
};

[[nodiscard]] store::Match to_match(Watching const& watching, std::chrono::milliseconds source_settle);

}  // namespace orchestrator
