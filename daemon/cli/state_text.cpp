#include "state_text.hpp"

#include <array>

#include "core/utf8.hpp"
#include "domain/run_state.hpp"
#include "fields.hpp"

namespace cli {

namespace {

struct Look {
  std::string_view state, symbol, ascii;
  Colour colour;
};

constexpr auto looks = std::to_array<Look>({
    {"queued", "○", "o", Colour::none},
    {"held", "‖", "=", Colour::yellow},
    {"pulling", "↓", "v", Colour::blue},
    {"starting", "▸", ">", Colour::blue},
    {"running", "▶", ">", Colour::blue},
    {"collecting", "▸", ">", Colour::blue},
    {"retry_wait", "↻", "~", Colour::yellow},
    {"succeeded", "✓", "+", Colour::green},
    {"failed", "✗", "x", Colour::red},
    {"rejected", "✗", "x", Colour::red},
    {"timed_out", "✗", "x", Colour::red},
    {"interrupted", "✗", "x", Colour::red},
    {"cancelled", "■", "-", Colour::faint},
    {"outdated", "–", "-", Colour::faint},
    {"skipped", "–", "-", Colour::faint},
    // of pipelines and sources
    {"live", "✓", "+", Colour::green},
    {"watching", "✓", "+", Colour::green},
    {"scanning", "▶", ">", Colour::blue},
    {"invalid", "✗", "x", Colour::red},
    {"offline", "✗", "x", Colour::red},
    {"degraded", "‖", "=", Colour::yellow},
    {"paused", "‖", "=", Colour::yellow},
    {"disabled", "‖", "=", Colour::faint},
    {"retired", "–", "-", Colour::faint},
});

}  // namespace

Cell state_cell(std::string_view state, Terminal const& terminal) {
  for (auto const& look : looks)
    if (look.state == state)
      return {std::string(terminal.utf8 ? look.symbol : look.ascii) + " " + std::string(state), look.colour};
  return {"? " + core::to_display(state), Colour::none};
}

std::string state_text(std::string_view state, Terminal const& terminal) {
  auto const cell = state_cell(state, terminal);
  return terminal.paint(cell.text, cell.colour);
}

std::string pause_text(boost::json::object const& pipeline) {
  auto const& paused = object_at(pipeline, "paused");
  auto const name = text(pipeline, "name");
  return name + " is paused by " + text(paused, "by") + " since " + short_time(text(paused, "at")) +
         ": nothing new of it starts until `tidewheel resume " + name + "`";
}

bool has_ended(std::string_view state) {
  auto const known = domain::parse_run_state(state);
  return known && domain::is_end(*known);
}

}  // namespace cli
