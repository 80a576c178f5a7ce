#include "docker/event_stream.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>

#include "docker/detail/json.hpp"

namespace docker {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_record = std::size_t{1} << 20;

core::Error broken(std::string const& why) {
  return core::Error{core::Errc::protocol, "read the engine's events: " + why, "GET /events", ""};
}

/// As the init counts them: signals that no program takes for a wish that it should end.
bool is_harmless(std::string const& text) {
  constexpr std::array harmless{SIGCONT, SIGWINCH, SIGURG, SIGTSTP, SIGTTIN, SIGTTOU};
  int number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && std::ranges::find(harmless, number) != harmless.end();
}

}  // namespace

Result<void> EventStream::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (record_size_ == 0) {
      bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
      if (bytes.empty()) break;
    }
    boost::system::error_code error;
    auto const used = parser_.write_some(bytes.data(), bytes.size(), error);
    if (error) return broken(error.message());
    record_size_ += used;
    bytes.remove_prefix(used);
    if (record_size_ > longest_record) return broken("a record over 1 MiB");
    if (!parser_.done()) continue;
    take(parser_.release());
    parser_.reset();
    record_size_ = 0;
  }
  return {};
}

void EventStream::take(json::value const& record) {
  if (!record.is_object()) return;
  json::object const& event = record.get_object();
  auto const action = detail::string_at(event, "Action");
  auto const& attributes = detail::object_at(detail::object_at(event, "Actor"), "Attributes");
  if (action == "start") ++history_.starts;
  if (action == "kill" && !is_harmless(detail::string_at(attributes, "signal"))) ++history_.kills;
  if (action != "die") return;
  ++history_.deaths;
  complete_ = complete_ || core::from_ms(detail::int_at(event, "timeNano") / 1'000'000) >= finished_;
}

}  // namespace docker
