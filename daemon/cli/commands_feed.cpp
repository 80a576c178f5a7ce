#include <boost/json/serialize.hpp>
#include <memory>

#include "aio/sleep.hpp"
#include "command_error.hpp"
#include "commands.hpp"
#include "fields.hpp"
#include "state_text.hpp"

namespace cli {

namespace {

constexpr int page = 1000;
constexpr int wait_s = 20;  ///< for the next entry; less than what a request may take
constexpr std::chrono::seconds try_again{1};

struct Options {
  std::int64_t after = -1;
  bool follow = false;
};

/// Where a reader of the feed is.
struct Place {
  std::string feed_id;
  std::int64_t after = -1;  ///< -1: before the oldest entry that is kept

  [[nodiscard]] std::string target(bool wait) const {
    auto target = "/api/v1/feed?limit=" + std::to_string(page);
    if (after >= 0) target += "&after=" + std::to_string(after);
    if (!feed_id.empty()) target += "&feed_id=" + feed_id;
    if (wait) target += "&wait=" + std::to_string(wait_s);
    return target;
  }
};

void print_entry(Session& session, json::object const& entry) {
  if (session.options.json) {
    session.print(json::serialize(entry) + "\n");
    return;
  }
  session.print(displayed(text(entry, "seq") + "  " + short_time(text(entry, "at")) + "  run " + text(entry, "run_no") +
                          "  " + text(entry, "pipeline")) +
                "  " + state_text(text(entry, "state"), session.terminal) + "\n");
}

/// A daemon that is restarted goes on where it was, and so does who follows it.
awaitable<json::object> ask(Session& session, Place const& place, bool follow) {
  for (bool told = false;; told = true) {
    bool lost = false;
    try {
      auto const target = place.target(follow);
      co_return co_await session.daemon.get(target);
    } catch (CommandError const& error) {
      if (!follow || error.code() != unreachable || place.feed_id.empty()) throw;
      if (!told) say(std::string(error.what()) + "; trying again");
      lost = true;
    }
    if (lost) co_await aio::sleep_for(try_again);
  }
}

awaitable<int> show_feed(Session& session, Options options) {
  Place place;
  place.after = options.after;
  for (;;) {
    auto const answer = co_await ask(session, place, options.follow);
    place.feed_id = text(answer, "feed_id");
    auto const before = place.after;
    place.after = integer(answer, "next").value_or(before);
    for (auto const& entry : array_at(answer, "entries")) print_entry(session, as_object(entry));
    bool const more = place.after < integer(answer, "end").value_or(0);
    if (!options.follow && (!more || place.after == before)) co_return succeeded;
  }
}

}  // namespace

void add_feed(CLI::App& app, Invocation& invocation) {
  auto* const command = add_command(app, "feed", "List what happened to runs, in the order in which it happened",
                                    "tidewheel feed\n"
                                    "tidewheel feed --follow\n"
                                    "tidewheel feed --after 1200 --follow --json");
  auto const options = std::make_shared<Options>();
  command->add_option("--after", options->after, "Only entries behind this number")
      ->check([](std::string const& given) {
        bool const number = !given.empty() && given.size() < 19 && given.find_first_not_of("0123456789") == given.npos;
        return number ? std::string() : "'" + given + "' is not the number of an entry, such as 1200";
      })
      ->type_name("SEQ");
  command->add_flag("-f,--follow", options->follow, "Go on with what happens from now on");
  command->callback([options, &invocation] {
    invocation.command = [options](Session& session) { return show_feed(session, *options); };
  });
}

}  // namespace cli
