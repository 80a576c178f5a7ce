#pragma once

#include <string>
#include <vector>

#include "terminal.hpp"

namespace cli {

/// A cell; what it says is made safe for a terminal when it is put into a table.
struct Cell {
  Cell(std::string with_text) : text(std::move(with_text)) {}  // NOLINT: a cell is mostly just its text
  Cell(char const* with_text) : text(with_text) {}             // NOLINT
  Cell(std::string with_text, Colour with_colour) : text(std::move(with_text)), colour(with_colour) {}
  std::string text;
  Colour colour = Colour::none;
};

/// Rows in aligned columns, two blanks apart. Cut to the terminal's width only on a terminal: what goes into a pipe is
/// whole.
class Table {
 public:
  struct Column {
    std::string heading;
    bool right = false;  ///< numbers
    bool gives = false;  ///< is cut first where the terminal is too narrow
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> row);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  [[nodiscard]] std::string render(Terminal const& terminal) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths(Terminal const& terminal) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace cli
