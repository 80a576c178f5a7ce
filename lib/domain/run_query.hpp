#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace domain {

/// One condition of a filter over runs.
struct RunTerm {
  enum class Field : std::uint8_t {
    state,
    pipeline,
    trigger,
    key,
    reason,
    revision,
    param,
    output,
    duration,
    since,
    until,
    run,
    word
  };
  enum class Op : std::uint8_t { equal, not_equal, greater, greater_equal, less, less_equal };

  Field field = Field::word;
  Op op = Op::equal;
  bool negated = false;
  std::string name;                 ///< of the parameter or the output
  std::vector<std::string> values;  ///< any of them; one where `op` is not `equal`
  std::vector<std::int64_t>
      numbers;  ///< revision, run: the values; duration: milliseconds; since, until: ms of the epoch
};

/// All terms must hold.
struct RunQuery {
  std::vector<RunTerm> terms;
};

/// The grammar of `q`: terms with blanks between them, `-` in front negates.
///   state:failed,timed_out  pipeline:qc  trigger:manual  key:"a b.csv"  reason:timeout  revision>=3  run:42
///   param.threshold>2  out.outliers!=0  duration>10m  since:24h  until:2026-11-01T10:00:00Z  word
/// Within quotes `\"` and `\\` stand for the characters. At most 2048 bytes and 32 terms. Errc::invalid: `operation`
/// names the term and its place, `hint` what was probably meant. `now` is what `since:24h` counts from.
[[nodiscard]] core::Result<RunQuery> parse_run_query(std::string_view text, core::Wall now);

/// A time as people write it: "24h" before `now`, or what core::parse_time() reads.
[[nodiscard]] std::optional<core::Wall> parse_moment(std::string_view text, core::Wall now);

}  // namespace domain
