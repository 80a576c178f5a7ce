#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "table.hpp"
#include "terminal.hpp"

namespace cli {

/// A run's state as symbol and word, "✓ succeeded"; the colour only repeats what they say.
[[nodiscard]] Cell state_cell(std::string_view state, Terminal const& terminal);
/// The same as painted text.
[[nodiscard]] std::string state_text(std::string_view state, Terminal const& terminal);
/// Of a pipeline that is paused by itself: "qc is paused by ana since ...".
[[nodiscard]] std::string pause_text(boost::json::object const& pipeline);
/// True for the states that a run never leaves.
[[nodiscard]] bool has_ended(std::string_view state);

}  // namespace cli
