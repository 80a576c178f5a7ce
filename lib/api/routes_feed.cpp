#include <boost/json/serialize.hpp>

#include "api/event_stream.hpp"
#include "api/json.hpp"
#include "api/problem.hpp"
#include "api/query.hpp"

namespace api {

namespace {

using Moment = std::chrono::steady_clock;

constexpr std::int64_t longest_wait = 60;  ///< seconds

struct FeedRequest {
  std::int64_t after = 0;
  std::size_t limit = 100;
  std::chrono::seconds wait{0};
};

/// What a reader who cannot go on has to know: a fresh start is at `floor` of `feed_id`.
http::Reply gone(store::FeedBounds const& bounds, std::string_view why) {
  json::object body;
  body["type"] = "urn:tidewheel:problem:feed_gone";
  body["title"] = "The feed cannot be followed from there";
  body["status"] = 410;
  body["detail"] = why;
  body["hint"] = "read the present state, then follow from `end`";
  body["feed_id"] = bounds.id;
  body["floor"] = bounds.floor;
  body["end"] = bounds.end;
  auto reply = http::Reply::json(410, json::serialize(body));
  reply.headers.set("Content-Type", "application/problem+json");
  return reply;
}

struct Page {
  std::string entries;  ///< JSON, without the brackets
  std::int64_t next = 0;
};

awaitable<Page> read_page(Feed& feed, Principal const& who, FeedRequest const& wanted) {
  Page page;
  page.next = wanted.after;
  auto const entries = co_await feed.after(page.next, wanted.limit);
  for (auto const& entry : entries) {
    page.next = entry->seq;
    if (who.may_see(entry->pipeline)) page.entries += (page.entries.empty() ? "" : ",") + entry->json;
  }
  co_return page;
}

std::string body_of(Page const& page, store::FeedBounds const& bounds) {
  return R"({"feed_id":")" + bounds.id + R"(","floor":)" + std::to_string(bounds.floor) + R"(,"end":)" +
         std::to_string(std::max(bounds.end, page.next)) + R"(,"next":)" + std::to_string(page.next) +
         R"(,"entries":[)" + page.entries + "]}";
}

/// Writes the answer once there is an entry, or the time is over.
awaitable<void> wait_for_page(std::shared_ptr<Room> room, Principal who, FeedRequest wanted, store::FeedBounds bounds,
                              http::BodyWriter& writer) {
  Feed::Follower follower(room->parts.feed);
  auto const deadline = Moment::now() + wanted.wait;
  Page page;
  for (bool in_time = true; in_time;) {
    page = co_await read_page(room->parts.feed, who, wanted);
    if (!page.entries.empty()) break;
    bool const passed = page.next > wanted.after;  // entries of pipelines that are not the caller's
    wanted.after = page.next;
    if (!passed) in_time = co_await follower.wait_until(deadline);
  }
  auto const text = body_of(page, bounds);
  (void)co_await writer.write(text);
}

void make_live(http::Reply& reply) {
  reply.headers.set("Cache-Control", "no-store");
  reply.headers.set("X-Accel-Buffering", "no");
  reply.endless = true;
}

awaitable<http::Reply> show_feed(std::shared_ptr<Room> room, Call request) {
  FeedRequest wanted;
  auto const after = number_of(request, "after");
  wanted.limit = limit_of(request, 100);
  auto const wait = number_of(request, "wait").value_or(0);
  if (wait > longest_wait) refuse("must be 0 to 60 seconds", "wait");
  wanted.wait = std::chrono::seconds(wait);
  auto const bounds = co_await room->parts.feed.bounds();
  wanted.after = after.value_or(bounds.floor - 1);
  auto const feed_id = request.query_value("feed_id");
  if (feed_id && *feed_id != bounds.id) co_return gone(bounds, "this is another feed, its numbers mean other entries");
  if (!bounds.can_follow(wanted.after))
    co_return gone(bounds, wanted.after > bounds.end ? "the feed has not come as far as `after`"
                                                     : "entries behind `after` are not kept any more");
  auto page = co_await read_page(room->parts.feed, request.who, wanted);
  auto const nothing_new = page.entries.empty() && page.next >= bounds.end;
  if (!nothing_new || wait == 0) {
    auto reply = http::Reply::json(200, body_of(page, bounds));
    reply.headers.set("Cache-Control", "no-store");
    co_return reply;
  }
  auto producer = [room, who = request.who, wanted, bounds](http::BodyWriter& writer) {
    return wait_for_page(room, who, wanted, bounds, writer);
  };
  auto reply = http::Reply::stream(200, "application/json", std::move(producer));
  make_live(reply);
  co_return reply;
}

/// Last-Event-ID is what the browser has, so it goes before what the address said at first.
EventCursor cursor_of(Call const& request) {
  EventCursor cursor;
  cursor.seq = number_of(request, "after").value_or(-1);
  if (auto const log = request.query_value("log")) {
    cursor.log = parse_log_cursor(*log);
    if (!cursor.log) refuse("is not RUN.ATTEMPT:LINE: '" + *log + "'", "log");
  }
  auto const last = request.headers.find("Last-Event-ID");
  if (!last || last->empty()) return cursor;
  auto const parsed = parse_event_cursor(*last);
  if (!parsed) refuse("is no id of an event", "Last-Event-ID");
  return *parsed;
}

awaitable<void> stream_events(std::shared_ptr<Room> room, Principal who, EventCursor cursor,
                              std::optional<store::RunRow> run, http::BodyWriter& writer) {
  EventStream stream(std::move(room), std::move(who), std::move(cursor), std::move(run), writer);
  co_await stream.run();
}

awaitable<http::Reply> show_events(std::shared_ptr<Room> room, Call request) {
  auto const cursor = cursor_of(request);
  std::optional<store::RunRow> run;
  if (cursor.log) {
    auto query = [who = request.who, name = cursor.log->run](sql::Connection& db) {
      return visible_run(db, who, name);
    };
    auto const found = co_await room->parts.services.database.read(std::move(query));
    if (!found) co_return problem(found.error());
    run = *found;
  }
  auto producer = [room, who = request.who, cursor, run](http::BodyWriter& writer) {
    return stream_events(room, who, cursor, run, writer);
  };
  auto reply = http::Reply::stream(200, "text/event-stream", std::move(producer));
  make_live(reply);
  co_return reply;
}

}  // namespace

void add_feed_routes(http::Router& router, std::shared_ptr<Room> const& room) {
  add(router, room, config::Access::read, Reach::own, "GET", "/api/v1/feed", show_feed);
  add(router, room, config::Access::read, Reach::own, "GET", "/api/v1/events", show_events);
}

}  // namespace api
