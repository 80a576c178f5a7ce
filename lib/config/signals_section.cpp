#include "config/signals_section.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "config/map_reader.hpp"
#include "domain/time_zone.hpp"

namespace config {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 7> day_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::int64_t most_items = 10'000;  // so many rows are looked at while it is overdue
constexpr std::size_t most_entries = 32;

std::optional<int> day_of(std::string_view name) {
  auto const at = std::ranges::find(day_names, name);
  return at == day_names.end() ? std::nullopt : std::optional(static_cast<int>(at - day_names.begin()));
}

class ExpectReader {
 public:
  ExpectReader(Reader const& reader, Node const& map) : reader_(reader), map_(map), keys_(reader, map, "expect") {}

  std::optional<domain::ExpectSpec> read() {
    auto const* every = keys_.take("at_least_every");
    auto const* by = keys_.take("by");
    if ((every == nullptr) == (by == nullptr)) {
      reader_.source().error(map_.span, "'expect' needs either 'at_least_every' or 'by'",
                             "write {at_least_every: 26h} or {by: \"07:30\", days: mon-fri}");
      good_ = false;
    }
    if (every != nullptr) read_every(*every);
    if (by != nullptr) read_by(*by);
    read_clock_keys(every != nullptr);
    keys_.finish();
    return good_ ? std::optional(std::move(spec_)) : std::nullopt;
  }

 private:
  void wrong(Node const& node, std::string message, std::string hint) {
    good_ = false;
    if (!node.faulty) reader_.source().error(node.span, std::move(message), std::move(hint));
  }

  void read_every(Node const& node) {
    auto const time = reader_.duration(node, 1min, 24h * 366);
    if (time)
      spec_.at_least_every = *time;
    else
      good_ = false;
  }

  void read_by(Node const& node) {
    auto const text = reader_.text(node);
    auto const digit = [&](std::size_t at) { return (*text)[at] >= '0' && (*text)[at] <= '9'; };
    bool const formed = text && text->size() == 5 && (*text)[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4);
    auto const hour = formed ? std::stoi(text->substr(0, 2)) : 0;
    auto const minute = formed ? std::stoi(text->substr(3)) : 0;
    if (text && (!formed || hour > 23 || minute > 59))
      wrong(node, describe(node) + " is not a time of day", "write it as \"07:30\"");
    else if (!text)
      good_ = false;
    spec_.by_minute = hour * 60 + minute;
    spec_.days = {0, 1, 2, 3, 4, 5, 6};
  }

  /// What belongs to `by` alone.
  void read_clock_keys(bool by_age) {
    for (auto const* const key : {"days", "timezone", "min"}) {
      auto const* const node = keys_.take(key);
      if (node == nullptr) continue;
      if (by_age) {
        wrong(*node, "'" + std::string(key) + "' goes with 'by'", "'at_least_every' counts from the newest data");
      } else if (std::string_view(key) == "days") {
        read_days(*node);
      } else if (std::string_view(key) == "timezone") {
        read_zone(*node);
      } else if (auto const count = reader_.integer(*node, 1, most_items)) {
        spec_.min = static_cast<int>(*count);
      } else {
        good_ = false;
      }
    }
  }

  void read_zone(Node const& node) {
    auto text = reader_.text(node);
    if (!text)
      good_ = false;
    else if (!domain::is_time_zone(*text))
      wrong(node, describe(node) + " is not a time zone", "an IANA name such as Europe/Berlin, or UTC");
    else
      spec_.timezone = std::move(*text);
  }

  void read_days(Node const& node) {
    std::set<int> days;
    for (auto const& text : reader_.texts(node, Reader::ListForm::one_or_list)) {
      auto const dash = text.find('-');
      auto const first = day_of(std::string_view(text).substr(0, dash));
      auto const last = dash == text.npos ? first : day_of(std::string_view(text).substr(dash + 1));
      if (!first || !last) {
        wrong(node, "'" + text + "' is not a day", "mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri");
        return;
      }
      for (auto day = *first;; day = (day + 1) % 7) {  // fri-mon goes over the weekend
        days.insert(day);
        if (day == *last) break;
      }
    }
    if (days.empty()) {
      good_ = false;
      if (node.kind == Node::Kind::list && node.items.empty())
        reader_.source().error(node.span, "no day at all", "leave 'days' out for every day");
    }
    spec_.days.assign(days.begin(), days.end());
  }

  Reader const& reader_;
  Node const& map_;
  MapReader keys_;
  domain::ExpectSpec spec_;
  bool good_ = true;
};

void read_events(Reader const& reader, Node const& node, domain::NotifySpec& notify) {
  if (!reader.expect(node, Node::Kind::list, "a list", "write [failed, recovered]")) return;
  if (node.items.empty()) reader.source().error(node.span, "an empty list tells of nothing");
  constexpr std::array<std::string_view, 4> words{"failed", "recovered", "overdue", "alert"};
  for (auto const& item : node.items) {
    auto const word = reader.word(item, words);
    if (!word) continue;
    auto const event = static_cast<domain::NotifyEvent>(*word);
    if (std::ranges::find(notify.events, event) != notify.events.end())
      reader.source().error(item.span, describe(item) + " is in the list twice");
    notify.events.push_back(event);
  }
}

domain::NotifySpec read_one(Reader const& reader, Node const& node, std::string const& name, Places& places) {
  domain::NotifySpec notify;
  MapReader keys(reader, node, "notify");
  if (auto const* events = keys.require("events", "write events: [failed, recovered]"))
    read_events(reader, *events, notify);
  if (auto const* webhook = keys.require("webhook", "its name stands under `webhooks:` of tidewheeld.yaml"))
    if (auto text = reader.text(*webhook)) {
      places.emplace(name + ".webhook", webhook->span);
      notify.webhook = std::move(*text);
    }
  keys.finish();
  return notify;
}

}  // namespace

std::optional<domain::ExpectSpec> read_expect(Reader const& reader, Node const& node) {
  if (!reader.expect(node, Node::Kind::map, "a map", "write {at_least_every: 26h} or {by: \"07:30\", days: mon-fri}"))
    return std::nullopt;
  return ExpectReader(reader, node).read();
}

std::vector<domain::NotifySpec> read_notify(Reader const& reader, Node const& node, Places& places) {
  std::vector<domain::NotifySpec> list;
  constexpr std::string_view form = "write {events: [failed, recovered], webhook: ops}";
  if (node.kind == Node::Kind::map) {
    list.push_back(read_one(reader, node, "notify[0]", places));
  } else if (reader.expect(node, Node::Kind::list, "a map or a list of maps", std::string(form))) {
    if (node.items.size() > most_entries)
      reader.source().error(node.span, "too many entries", "at most " + std::to_string(most_entries));
    for (auto const& item : node.items)
      if (reader.expect(item, Node::Kind::map, "a map", std::string(form)))
        list.push_back(read_one(reader, item, "notify[" + std::to_string(list.size()) + "]", places));
  }
  return list;
}

}  // namespace config
