#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/pipeline.hpp"
#include "domain/run_state.hpp"

/// What the end of a run changes in how its pipeline does. Pure.
namespace domain {

enum class HealthNews : std::uint8_t { none, failed, recovered };
/// `failing`: the newest end before this one was a failure; it is moved on. Told is the change into failing and out of
/// it, not each failure. Ends that say nothing about the pipeline (cancelled, outdated, skipped) change nothing.
[[nodiscard]] HealthNews on_end(bool& failing, RunState end) noexcept;

enum class Bound : std::uint8_t { above, below };
[[nodiscard]] std::string_view to_string(Bound bound) noexcept;
/// The bound beyond which the value lies, if there is one.
[[nodiscard]] std::optional<Bound> beyond(OutputSpec const& output, Value const& value) noexcept;

struct Crossing {
  OutputSpec output;
  std::optional<Bound> bound;  ///< nullopt: it is within its bounds again
  Value value;                 ///< monostate: the run did not give it
};
/// The outputs whose alert begins, turns to the other bound, or is over with the values of a good run. `open` is what
/// was beyond before, by output. An output without bounds any more is left out.
[[nodiscard]] std::vector<Crossing> crossings(std::vector<OutputSpec> const& outputs,
                                              std::map<std::string, Value> const& values,
                                              std::map<std::string, Bound> const& open);

}  // namespace domain
