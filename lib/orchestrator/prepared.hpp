#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/run_param.hpp"
#include "domain/run_state.hpp"
#include "domain/version.hpp"
#include "orchestrator/container_plan.hpp"
#include "orchestrator/staging.hpp"

namespace orchestrator {

/// What a run's start needs to know of its input beside how it is mounted.
struct InputFacts {
  std::optional<domain::ContentHash> hash;  ///< nullopt: the bytes were not read (`fetch: false`)
  domain::Version version;                  ///< that the hash belongs to
  Staging::Place place;                     ///< of one that was fetched
  std::optional<core::Wall> url_expires;    ///< of one that is a URL
};
/// The run can start: its image is here, its input is the version that its row names, its files are laid out.
struct Ready {
  ContainerPlan plan;
  docker::Image image;
  std::vector<domain::RunParam> params;
  std::optional<InputFacts> input;  ///< nullopt: it has none
};
/// It waits and is tried again; with `whole_pipeline` the fault is one of the image, the registry or the engine.
struct Waits {
  domain::Reason reason = domain::Reason::none;
  std::string detail;
  bool whole_pipeline = false;
};
/// It ends without a container.
struct Ends {
  domain::RunState state = domain::RunState::failed;
  domain::Reason reason = domain::Reason::none;
  std::string detail;
};
using Prepared = std::variant<Ready, Waits, Ends>;

/// Where a run's input lies, verified and mountable; or, in `waits` or `ends`, why there is none.
struct LocatedInput {
  MountedInput mounted;
  InputFacts facts;
  std::optional<Waits> waits;
  std::optional<Ends> ends;
};

inline constexpr char const* input_changed_detail =
    "it changed while its run waited; its new version gets a run of its own";

}  // namespace orchestrator
