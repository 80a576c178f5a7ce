#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/json.hpp"
#include "api/routes.hpp"

namespace api {

enum class ExportFormat : std::uint8_t { json, csv, ndjson };
/// What `format=` asks for.
[[nodiscard]] ExportFormat format_of(Call const& request);

/// Rows that are exported, page by page.
class ExportPages {
 public:
  virtual ~ExportPages() = default;
  /// Columns of the CSV; may be asked for once the first page has been read.
  [[nodiscard]] virtual std::vector<std::string> columns() const = 0;
  /// The next rows, each an object; empty: there are no more. A page may be empty of matches and not be the last.
  struct Page {
    json::array rows;
    bool last = false;
  };
  [[nodiscard]] virtual awaitable<core::Result<Page>> next() = 0;
};

/// All pages as one file, streamed. At most four exports go on at one time (503); one that fails is cut, so that
/// nobody takes a part for the whole.
[[nodiscard]] http::Reply export_reply(std::shared_ptr<Room> const& room, Call const& request, ExportFormat format,
                                       std::string const& name, std::shared_ptr<ExportPages> pages);

}  // namespace api
