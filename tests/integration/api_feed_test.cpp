#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "aio/task_group.hpp"
#include "integration/api_world.hpp"

namespace {

using boost::asio::awaitable;
using integration::ApiWorld;
using support::FakeContainer;
using support::FakeEngine;

void succeed(FakeEngine& engine, FakeContainer& container) {
  engine.write_log(container, docker::Stream::standard_output, "hello\n");
  engine.exit(container, 0);
}

struct Event {
  std::string name, id;
  boost::json::value data;
};

/// The events in what an event stream has sent so far; one that is not whole yet is left out.
std::vector<Event> events_in(std::string const& text) {
  std::vector<Event> events;
  std::size_t begin = 0;
  for (auto end = text.find("\n\n"); end != std::string::npos; end = text.find("\n\n", begin)) {
    Event event;
    for (auto line = begin; line < end;) {
      auto const stop = text.find('\n', line);
      auto const field = text.substr(line, stop - line);
      if (field.starts_with("event: ")) event.name = field.substr(7);
      if (field.starts_with("id: ")) event.id = field.substr(4);
      if (field.starts_with("data: ")) event.data = boost::json::parse(field.substr(6));
      line = stop + 1;
    }
    events.push_back(std::move(event));
    begin = end + 2;
  }
  return events;
}

/// A consumer as downstream services are: it keeps its place, and asks from there.
class Consumer {
 public:
  awaitable<void> read_all(ApiWorld& world) {
    for (;;) {
      auto target = "/api/v1/feed?limit=3&after=" + std::to_string(place_);
      if (!feed_id_.empty()) target += "&feed_id=" + feed_id_;
      auto const answer = co_await world.get(std::move(target));
      if (answer.status != 200) throw std::runtime_error("feed: " + answer.text);
      feed_id_ = answer.body.at("feed_id").as_string();
      auto const& entries = answer.body.at("entries").as_array();
      for (auto const& entry : entries) {
        EXPECT_EQ(entry.at("seq").as_int64(), ++place_) << "no gap, no double";
        events_.push_back(std::string(entry.at("event").as_string()));
      }
      if (entries.empty()) co_return;
    }
  }
  [[nodiscard]] std::vector<std::string> const& events() const { return events_; }
  [[nodiscard]] std::int64_t place() const { return place_; }

 private:
  std::string feed_id_;
  std::int64_t place_ = 0;
  std::vector<std::string> events_;
};

TEST(ApiFeed, has_no_gap_and_no_double_over_a_restart_of_the_daemon) {
  auto const folder = std::make_shared<support::TempDir>();
  Consumer consumer;
  std::int64_t before = 0;
  {
    ApiWorld world(folder);
    world.pipeline("qc");
    world.engine().on_start(succeed);
    world.run([&]() -> awaitable<void> {
      world.put("a", "a");
      (void)co_await world.run_in("1", "succeeded");
      co_await consumer.read_all(world);
      before = consumer.place();
      world.put("b", "b");
      (void)co_await world.run_in("2", "succeeded");
    });
  }
  EXPECT_GT(before, 3);
  ApiWorld world(folder);
  world.engine().on_start(succeed);
  world.run([&]() -> awaitable<void> {
    world.put("c", "c");
    (void)co_await world.run_in("3", "succeeded");
    co_await consumer.read_all(world);
  });
  EXPECT_EQ(std::ranges::count(consumer.events(), "run.succeeded"), 3);
  EXPECT_EQ(std::ranges::count(consumer.events(), "run.queued"), 3);
}

TEST(ApiFeed, holds_a_question_until_there_is_an_entry) {
  ApiWorld world;
  world.pipeline("qc");
  world.engine().on_start(succeed);
  world.run([&]() -> awaitable<void> {
    auto const nothing = co_await world.get("/api/v1/feed");
    EXPECT_TRUE(nothing.body.at("entries").as_array().empty());
    EXPECT_EQ(nothing.body.at("end").as_int64(), 0);
    ApiWorld::Answer answer;
    bool asked = false;
    auto body = [&](aio::TaskGroup& group) -> awaitable<void> {
      group.spawn([&]() -> awaitable<void> {
        asked = true;
        answer = co_await world.get("/api/v1/feed?wait=20");
      });
      EXPECT_TRUE(asked);
      world.put("a", "a");
      co_await group.join();
    };
    co_await aio::with_task_group(std::move(body));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body.at("entries").at(0).at("event").as_string(), "run.queued");
    EXPECT_EQ(answer.body.at("entries").at(0).at("run_no").as_int64(), 1);
  });
}

TEST(ApiFeed, tells_a_reader_of_another_feed_to_begin_anew) {
  ApiWorld world;
  world.run([&]() -> awaitable<void> {
    auto const other = co_await world.get("/api/v1/feed?feed_id=ffff&after=0");
    EXPECT_EQ(other.status, 410);
    EXPECT_EQ(other.body.at("floor").as_int64(), 1);
    EXPECT_EQ(other.body.at("feed_id").as_string().size(), 32U);
    EXPECT_EQ((co_await world.get("/api/v1/feed?after=7")).status, 410) << "it has not come that far";
    EXPECT_EQ((co_await world.get("/api/v1/feed?wait=61")).status, 422);
    EXPECT_EQ((co_await world.get("/api/v1/events?log=no")).status, 422);
    EXPECT_EQ((co_await world.get("/api/v1/events?log=7.1:0")).status, 404);
  });
}

TEST(ApiEvents, resume_by_last_event_id_without_a_gap_or_a_double) {
  ApiWorld world;
  world.pipeline("qc");
  world.engine().on_start(succeed);
  world.run([&]() -> awaitable<void> {
    world.put("a", "a");
    std::string last;
    std::int64_t place = 0;
    auto take = [&](std::string const& seen) {
      for (auto const& event : events_in(seen)) {
        if (event.name != "feed" || event.data.at("seq").as_int64() <= place) continue;
        EXPECT_EQ(event.data.at("seq").as_int64(), ++place);
        last = event.id;
        return false;  // cut after each new entry
      }
      return true;
    };
    while (place < 5) {
      http::Headers headers;
      if (!last.empty()) headers.set("Last-Event-ID", last);
      co_await world.follow(last.empty() ? "/api/v1/events?after=0" : "/api/v1/events", headers, take);
    }
    (void)co_await world.run_in("1", "succeeded");
  });
}

TEST(ApiEvents, say_reset_to_a_client_of_another_feed_and_go_on) {
  ApiWorld world;
  world.pipeline("qc");
  world.engine().on_start(succeed);
  world.run([&]() -> awaitable<void> {
    world.put("a", "a");
    (void)co_await world.run_in("1", "succeeded");
    http::Headers headers;
    headers.set("Last-Event-ID", "0123:4");
    bool more = false;
    std::vector<Event> events;
    auto take = [&](std::string const& seen) {
      events = events_in(seen);
      if (!more && events.size() > 1) {
        more = true;
        world.put("b", "b");
      }
      return events.empty() || events.back().name != "feed";
    };
    co_await world.follow("/api/v1/events", headers, take);
    EXPECT_EQ(events.at(1).name, "reset");
    EXPECT_EQ(events.back().data.at("run_no").as_int64(), 2);
  });
}

TEST(ApiEvents, bring_a_log_that_began_before_and_goes_on) {
  ApiWorld world;
  world.pipeline("qc");
  world.run([&]() -> awaitable<void> {
    world.put("a", "a");
    auto* const container = co_await world.container();
    world.engine().write_log(*container, docker::Stream::standard_output, "first\nsecond\n");
    std::vector<std::string> lines;
    bool ended = false;
    std::size_t handled = 0;
    auto take = [&](std::string const& seen) {
      auto const events = events_in(seen);
      for (; handled < events.size(); ++handled) {
        if (events[handled].name != "log") continue;
        for (auto const& line : events[handled].data.at("lines").as_array()) {
          EXPECT_EQ(line.at("n").as_int64(), static_cast<std::int64_t>(lines.size()) + 1);
          lines.push_back(std::string(line.at("text").as_string()));
          if (lines.size() == 2) world.engine().write_log(*container, docker::Stream::standard_error, "third\n");
          if (lines.size() == 3) world.engine().exit(*container, 0);
        }
        ended = events[handled].data.at("ended").as_bool();
      }
      return !ended;
    };
    http::Headers const none;
    co_await world.follow("/api/v1/events?log=1.1:0", none, take);
    EXPECT_EQ(lines, (std::vector<std::string>{"first", "second", "third"}));
    auto const page = co_await world.get("/api/v1/runs/1/log/lines?from=-2");
    EXPECT_EQ(page.body.at("lines").at(0).at("text").as_string(), "second");
    EXPECT_EQ(page.body.at("lines").at(1).at("stream").as_string(), "stderr");
    EXPECT_EQ(page.body.at("total").as_int64(), 3);
    EXPECT_TRUE(page.body.at("ended").as_bool());
    auto const found = co_await world.get("/api/v1/runs/1/log/search?q=IRD");
    EXPECT_EQ(found.body.at("matches").at(0).at("n").as_int64(), 3);
    EXPECT_TRUE(found.body.at("complete").as_bool());
    EXPECT_EQ((co_await world.get("/api/v1/runs/1/log/lines?from=0")).status, 422);
    EXPECT_EQ((co_await world.get("/api/v1/runs/1/log/lines?attempt=2")).status, 404);
    EXPECT_EQ((co_await world.get("/api/v1/runs/1/log/search?q=")).status, 422);
  });
}

TEST(ApiEvents, are_read_once_for_all_who_follow) {
  ApiWorld world;
  world.pipeline("qc");
  world.engine().on_start(succeed);
  world.run([&]() -> awaitable<void> {
    int done = 0;
    auto body = [&](aio::TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 40; ++i)
        group.spawn([&]() -> awaitable<void> {
          std::string all;
          auto take = [&all](std::string const& seen) {
            all = seen;
            return seen.find("run.succeeded") == std::string::npos;
          };
          http::Headers const none;
          co_await world.follow("/api/v1/events?after=0", none, take);
          std::int64_t place = 0;
          for (auto const& event : events_in(all)) {
            if (event.name != "feed") continue;
            EXPECT_EQ(event.data.at("seq").as_int64(), ++place);
          }
          ++done;
        });
      world.put("a", "a");
      co_await group.join();
    };
    co_await aio::with_task_group(std::move(body));
    EXPECT_EQ(done, 40);
  });
}

}  // namespace
