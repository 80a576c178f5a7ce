#include "domain/run_query.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/ulid.hpp"
#include "core/units.hpp"
#include "core/utf8.hpp"
#include "domain/nearest.hpp"
#include "domain/run_state.hpp"

namespace domain {

namespace {

using Field = RunTerm::Field;
using Op = RunTerm::Op;

constexpr std::size_t longest_query = 2048;
constexpr std::size_t most_terms = 32;
constexpr std::size_t most_values = 32;

struct Name {
  std::string_view text;
  Field field;
};
constexpr std::array names{
    Name{"state", Field::state}, Name{"pipeline", Field::pipeline}, Name{"trigger", Field::trigger},
    Name{"key", Field::key},     Name{"reason", Field::reason},     Name{"revision", Field::revision},
    Name{"param", Field::param}, Name{"out", Field::output},        Name{"duration", Field::duration},
    Name{"since", Field::since}, Name{"until", Field::until},       Name{"run", Field::run}};

struct Sign {
  std::string_view text;
  Op op;
};
// The longer one first, since it begins with the shorter one.
constexpr std::array signs{Sign{"!=", Op::not_equal}, Sign{">=", Op::greater_equal}, Sign{"<=", Op::less_equal},
                           Sign{"=", Op::equal},      Sign{">", Op::greater},        Sign{"<", Op::less},
                           Sign{":", Op::equal}};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

template <class Enum>
std::vector<std::string> all_names() {
  std::vector<std::string> list;
  for (std::uint8_t i = 0; to_string(static_cast<Enum>(i)) != "?"; ++i)
    list.emplace_back(to_string(static_cast<Enum>(i)));
  return list;
}

std::vector<std::string> field_names() {
  std::vector<std::string> list;
  for (auto const& name : names) list.emplace_back(name.text);
  return list;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::string joined(std::vector<std::string> const& list) {
  std::string all;
  for (auto const& text : list) all += (all.empty() ? "" : ", ") + text;
  return all;
}

/// Reads terms from left to right; the first thing that is wrong is thrown as core::Failure.
class Parser {
 public:
  Parser(std::string_view text, core::Wall now) : text_(text), now_(now) {}

  RunQuery parse() {
    RunQuery query;
    for (skip_blanks(); at_ < text_.size(); skip_blanks()) {
      term_ = at_;
      if (query.terms.size() == most_terms) fail("there are more than 32 terms");
      query.terms.push_back(parse_term());
    }
    return query;
  }

 private:
  [[noreturn]] void fail(std::string const& what, std::string hint = {}) const {
    auto end = term_;
    while (end < text_.size() && !is_blank(text_[end])) ++end;
    throw core::Failure({core::Errc::invalid,
                         "'" + core::to_display(text_.substr(term_, std::min<std::size_t>(end - term_, 60))) +
                             "' at character " + std::to_string(term_ + 1) + ": " + what,
                         "q", std::move(hint)});
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  /// A value up to a blank or a comma; in quotes it may have both.
  std::string parse_value() {
    std::string value;
    if (at_ >= text_.size() || text_[at_] != '"') {
      while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != ',') value += text_[at_++];
      return value;
    }
    for (++at_;; ++at_) {
      if (at_ >= text_.size()) fail("a quote is not closed");
      if (text_[at_] == '"') break;
      if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\')) ++at_;
      value += text_[at_];
    }
    ++at_;
    if (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != ',') fail("a blank is missing behind the quote");
    return value;
  }

  RunTerm parse_term() {
    RunTerm term;
    if (text_[at_] == '-') {
      term.negated = true;
      if (++at_ >= text_.size() || is_blank(text_[at_])) fail("nothing stands behind the '-'");
    }
    auto end = at_;
    while (end < text_.size() && is_name(text_[end])) ++end;
    auto const name = text_.substr(at_, end - at_);
    for (auto const& sign : signs)
      if (!name.empty() && text_.substr(end).starts_with(sign.text)) {
        at_ = end + sign.text.size();
        return parse_condition(std::move(term), name, sign.op);
      }
    term.values.push_back(text_[at_] == '"' ? parse_value() : parse_word());
    if (term.values.front().empty()) fail("it is empty");
    return term;
  }

  std::string parse_word() {
    std::string word;
    while (at_ < text_.size() && !is_blank(text_[at_])) word += text_[at_++];
    return word;
  }

  RunTerm parse_condition(RunTerm term, std::string_view name, Op op) {
    auto const dot = name.find('.');
    auto const head = name.substr(0, dot);
    auto const known = std::ranges::find(names, head, &Name::text);
    if (known == names.end()) {
      auto hint = did_you_mean(head, field_names());
      fail("there is no filter '" + std::string(head) + "'",
           hint.empty() ? "filters: " + joined(field_names()) : std::move(hint));
    }
    term.field = known->field;
    term.op = op;
    bool const named = term.field == Field::param || term.field == Field::output;
    if (named && (dot == std::string_view::npos || dot + 1 == name.size()))
      fail("a name is missing", std::string(head) + ".NAME>2");
    if (!named && dot != std::string_view::npos) fail("'" + std::string(head) + "' has no parts");
    if (named) term.name = name.substr(dot + 1);
    parse_values(term);
    check(term);
    return term;
  }

  void parse_values(RunTerm& term) {
    for (;;) {
      term.values.push_back(parse_value());
      if (term.values.size() > most_values) fail("there are more than 32 values");
      if (term.values.back().empty()) fail("a value is missing");
      if (at_ >= text_.size() || text_[at_] != ',') return;
      if (term.op != Op::equal) fail("only one value can be compared with");
      ++at_;
    }
  }

  void check(RunTerm& term) {
    bool const ordered = term.op != Op::equal && term.op != Op::not_equal;
    switch (term.field) {
      case Field::state:
        check_names(term, all_names<RunState>(), "state");
        break;
      case Field::trigger:
        check_names(term, all_names<Trigger>(), "trigger");
        break;
      case Field::reason:
        check_names(term, all_names<Reason>(), "reason");
        break;
      case Field::duration:
        for (auto const& value : term.values) term.numbers.push_back(duration(value));
        return;
      case Field::since:
      case Field::until:
        if (term.op != Op::equal) fail("it takes a ':'");
        if (term.values.size() > 1) fail("it takes one time");
        term.numbers.push_back(moment(term.values.front()));
        return;
      case Field::revision:
        for (auto const& value : term.values) term.numbers.push_back(number(value, "a revision's number"));
        return;
      case Field::run:
        if (ordered || !std::ranges::all_of(term.values, core::is_ulid))
          for (auto const& value : term.values) term.numbers.push_back(number(value, "a run's number or id"));
        return;
      case Field::param:
      case Field::output:
        return;
      case Field::pipeline:
      case Field::key:
      case Field::word:
        break;
    }
    if (ordered) fail("it is not a number, so it takes only ':', '=' and '!='");
  }

  void check_names(RunTerm const& term, std::vector<std::string> const& known, std::string const& what) const {
    for (auto const& value : term.values) {
      if (std::ranges::find(known, value) != known.end()) continue;
      auto hint = did_you_mean(value, known);
      fail("there is no " + what + " '" + core::to_display(value) + "'",
           hint.empty() ? what + "s: " + joined(known) : std::move(hint));
    }
  }

  [[nodiscard]] std::int64_t number(std::string const& value, std::string const& what) const {
    auto const found = whole_number(value);
    if (!found) fail("'" + core::to_display(value) + "' is not " + what);
    return *found;
  }
  [[nodiscard]] std::int64_t duration(std::string const& value) const {
    auto const found = core::parse_duration(value);
    if (!found) fail("'" + core::to_display(value) + "' is not a duration", "for example 90s, 10m or 1h30m");
    return found->count();
  }
  [[nodiscard]] std::int64_t moment(std::string const& value) const {
    auto const found = parse_moment(value, now_);
    if (!found)
      fail("'" + core::to_display(value) + "' is not a time", "for example 24h, 2026-11-01 or 2026-11-01T10:00:00Z");
    return core::to_ms(*found);
  }

  std::string_view text_;
  core::Wall now_;
  std::size_t at_ = 0, term_ = 0;
};

}  // namespace

std::optional<core::Wall> parse_moment(std::string_view text, core::Wall now) {
  if (auto const ago = core::parse_duration(text)) return now - *ago;
  return core::parse_time(text);
}

core::Result<RunQuery> parse_run_query(std::string_view text, core::Wall now) {
  if (text.size() > longest_query) return core::Error{core::Errc::invalid, "it is longer than 2048 bytes", "q", {}};
  if (!core::is_utf8(text)) return core::Error{core::Errc::invalid, "it is not UTF-8", "q", {}};
  try {
    return Parser(text, now).parse();
  } catch (core::Failure const& failure) {
    return failure.error();
  }
}

}  // namespace domain
