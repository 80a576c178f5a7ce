#include "api/export.hpp"

#include <boost/json/serialize.hpp>

#include "api/csv.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"

namespace api {

namespace {

constexpr int most_exports = 4;

/// One of the few exports that may go on at one time.
class Seat {
 public:
  explicit Seat(std::shared_ptr<Room> room) : room_(std::move(room)) { ++room_->exports; }
  ~Seat() { --room_->exports; }
  Seat(Seat const&) = delete;
  Seat& operator=(Seat const&) = delete;

 private:
  std::shared_ptr<Room> room_;
};

std::string csv_of(json::array const& rows, std::vector<std::string> const& columns, bool guard) {
  std::string text;
  for (auto const& row : rows) {
    std::vector<std::string> fields;
    for (auto const& column : columns) {
      auto const* const value = row.get_object().if_contains(column);
      fields.push_back(value == nullptr ? std::string() : csv_field(*value));
    }
    text += csv_record(fields, guard);
  }
  return text;
}

std::string ndjson_of(json::array const& rows) {
  std::string text;
  for (auto const& row : rows) text += json::serialize(row) + "\n";
  return text;
}

awaitable<void> write_pages(std::shared_ptr<ExportPages> pages, ExportFormat format, bool guard,
                            http::BodyWriter& writer) {
  bool begun = false;
  for (bool more = true; more;) {
    auto const page = co_await pages->next();
    if (!page) throw core::Failure(page.error());
    std::string text;
    if (format == ExportFormat::csv && !begun) text = csv_record(pages->columns(), false);
    begun = true;
    text += format == ExportFormat::csv ? csv_of(page->rows, pages->columns(), guard) : ndjson_of(page->rows);
    more = !page->last;
    if (text.empty()) continue;
    auto const taken = co_await writer.write(text);
    if (!taken) co_return;
  }
}

}  // namespace

ExportFormat format_of(Call const& request) {
  auto const format = request.query_value("format").value_or("json");
  if (format == "json") return ExportFormat::json;
  if (format == "csv") return ExportFormat::csv;
  if (format == "ndjson") return ExportFormat::ndjson;
  refuse("is neither json, csv nor ndjson: '" + format + "'", "format");
}

http::Reply export_reply(std::shared_ptr<Room> const& room, Call const& request, ExportFormat format,
                         std::string const& name, std::shared_ptr<ExportPages> pages) {
  if (room->exports >= most_exports) {
    auto reply = problem(core::Error{core::Errc::unavailable, "four exports are going on", name, "try again later"});
    reply.headers.set("Retry-After", "5");
    return reply;
  }
  auto const guard = flag_of(request, "guard");
  auto producer = [seat = std::make_shared<Seat>(room), pages = std::move(pages), format,
                   guard](http::BodyWriter& writer) { return write_pages(pages, format, guard, writer); };
  bool const csv = format == ExportFormat::csv;
  auto reply = http::Reply::stream(200, csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson",
                                   std::move(producer));
  reply.headers.set("Content-Disposition", "attachment; filename=\"" + name + (csv ? ".csv\"" : ".ndjson\""));
  reply.headers.set("Cache-Control", "no-store");
  reply.headers.set("X-Content-Type-Options", "nosniff");
  return reply;
}

}  // namespace api
