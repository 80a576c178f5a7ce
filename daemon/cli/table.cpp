#include "table.hpp"

#include <algorithm>
#include <numeric>

#include "core/utf8.hpp"

namespace cli {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;  ///< a column that gives is not cut below this

void trim_end(std::string& line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  row.resize(columns_.size(), Cell(""));
  for (auto& cell : row) cell.text = core::to_display(cell.text);
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths(Terminal const& terminal) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto width = columns_of(columns_[i].heading);
    for (auto const& row : rows_) width = std::max(width, columns_of(row[i].text));
    widths.push_back(width);
  }
  if (!terminal.width || columns_.empty()) return widths;
  auto total = std::accumulate(widths.begin(), widths.end(), (columns_.size() - 1) * gap);
  while (total > *terminal.width) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].gives && widths[i] > narrowest && (widest == columns_.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == columns_.size()) break;
    --widths[widest];
    --total;
  }
  return widths;
}

std::string Table::render(Terminal const& terminal) const {
  auto const width = widths(terminal);
  std::string text;
  auto const add_line = [&](auto const& cell_at) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      Cell const cell = cell_at(i);
      auto const shown = cut(cell.text, width[i], terminal.utf8);
      std::string const blanks(width[i] - columns_of(shown), ' ');
      if (i > 0) line += std::string(gap, ' ');
      auto const painted = terminal.paint(shown, cell.colour);
      line += columns_[i].right ? blanks + painted : painted + (i + 1 < columns_.size() ? blanks : "");
    }
    trim_end(line);
    text += line + "\n";
  };
  add_line([&](std::size_t i) { return Cell(columns_[i].heading, Colour::faint); });
  for (auto const& row : rows_) add_line([&](std::size_t i) { return row[i]; });
  return text;
}

}  // namespace cli
