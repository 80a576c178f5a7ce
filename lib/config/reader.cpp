#include "config/reader.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/glob.hpp"
#include "core/units.hpp"
#include "core/utf8.hpp"
#include "domain/nearest.hpp"
#include "domain/scalar.hpp"

namespace config {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// [-+]?[0-9]+ without a leading zero (which YAML 1.1 readers take for octal), 0o[0-7]+, 0x[0-9a-fA-F]+.
std::optional<std::int64_t> core_integer(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    base = text[1] == 'x' ? 16 : 8;
    text.remove_prefix(2);
    if (text.starts_with('-')) return std::nullopt;
  } else {
    if (text.starts_with('+')) text.remove_prefix(1);
    auto const digits = text.starts_with('-') ? text.substr(1) : text;
    if (digits.size() > 1 && digits[0] == '0') return std::nullopt;
    if (digits.empty() || !is_digit(digits[0])) return std::nullopt;
  }
  std::int64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool is_core_real(std::string_view text) {
  auto const digits = [&text] {
    auto const count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  auto const whole = digits();
  std::size_t fraction = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = digits();
  }
  if (whole + fraction == 0) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (digits() == 0) return false;
  }
  return text.empty();
}

bool has_leading_zero(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && is_digit(text[1]);
}

/// A YAML value as JSON text, for parameters of type json.
std::string as_json(Node const& node) {
  auto const quoted = [](std::string const& text) {
    return domain::to_json(domain::Value{text}, domain::ValueType::string);
  };
  std::string text;
  switch (node.kind) {
    case Node::Kind::null:
      return "null";
    case Node::Kind::scalar:
      switch (scalar_type(node)) {
        case ScalarType::text:
          return quoted(node.text);
        case ScalarType::boolean:
          return node.text == "true" || node.text == "True" || node.text == "TRUE" ? "true" : "false";
        case ScalarType::integer:
          return std::to_string(core_integer(node.text).value_or(0));
        case ScalarType::real: {
          auto const real = domain::parse_value(domain::ValueType::real, node.text);
          return real ? domain::to_argument(*real) : quoted(node.text);
        }
      }
      return "null";
    case Node::Kind::list:
      for (auto const& item : node.items) text += (text.empty() ? "" : ", ") + as_json(item);
      return "[" + text + "]";
    case Node::Kind::map:
      for (auto const& entry : node.entries)
        text += (text.empty() ? "" : ", ") + quoted(entry.key) + ": " + as_json(entry.value);
      return "{" + text + "}";
  }
  return "null";
}

}  // namespace

ScalarType scalar_type(Node const& scalar) {
  if (!scalar.plain) return ScalarType::text;
  auto const& text = scalar.text;
  for (auto const* word : {"true", "True", "TRUE", "false", "False", "FALSE"})
    if (text == word) return ScalarType::boolean;
  if (core_integer(text)) return ScalarType::integer;
  if (is_core_real(text) && !has_leading_zero(text)) return ScalarType::real;
  return ScalarType::text;
}

void Reader::mismatch(Node const& node, std::string_view what, std::string hint) const {
  if (node.faulty) return;
  source_.error(node.span, "expected " + std::string(what) + ", found " + describe(node), std::move(hint));
}

bool Reader::expect(Node const& node, Node::Kind kind, std::string_view what, std::string hint) const {
  if (node.kind == kind) return true;
  mismatch(node, what, std::move(hint));
  return false;
}

std::optional<std::string> Reader::text(Node const& node) const {
  if (node.kind != Node::Kind::scalar) {
    mismatch(node, "a text");
    return std::nullopt;
  }
  if (scalar_type(node) != ScalarType::text) {
    mismatch(node, "a text", "put it into quotes: \"" + node.text + "\"");
    return std::nullopt;
  }
  return node.text;
}

std::optional<std::string> Reader::loose_text(Node const& node) const {
  if (!expect(node, Node::Kind::scalar, "a text or a number")) return std::nullopt;
  return node.text;
}

std::optional<bool> Reader::boolean(Node const& node) const {
  if (node.kind == Node::Kind::scalar && scalar_type(node) == ScalarType::boolean)
    return node.text[0] == 't' || node.text[0] == 'T';
  auto const is = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, node.text) != words.end();
  };
  std::string hint;
  if (node.kind == Node::Kind::scalar && is({"yes", "Yes", "YES", "on", "On", "ON"})) hint = "write true";
  if (node.kind == Node::Kind::scalar && is({"no", "No", "NO", "off", "Off", "OFF"})) hint = "write false";
  mismatch(node, "true or false", hint);
  return std::nullopt;
}

std::optional<std::int64_t> Reader::integer(Node const& node, std::int64_t least, std::int64_t most) const {
  if (node.kind != Node::Kind::scalar || scalar_type(node) != ScalarType::integer) {
    auto const zero = node.kind == Node::Kind::scalar && has_leading_zero(node.text);
    auto const quoted = node.kind == Node::Kind::scalar && !node.plain && core_integer(node.text);
    mismatch(node, "a whole number",
             zero     ? "write it without the leading zero"
             : quoted ? "write it without quotes"
                      : "");
    return std::nullopt;
  }
  auto const number = core_integer(node.text);
  if (number && *number >= least && *number <= most) return number;
  source_.error(node.span, node.text + " is out of range",
                "it may be " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<double> Reader::real(Node const& node) const {
  auto const type = node.kind == Node::Kind::scalar ? scalar_type(node) : ScalarType::text;
  if (type == ScalarType::integer) return static_cast<double>(*core_integer(node.text));
  if (type != ScalarType::real) {
    mismatch(node, "a number");
    return std::nullopt;
  }
  auto const parsed = domain::parse_value(domain::ValueType::real, node.text);
  if (parsed) return std::get<double>(*parsed);
  source_.error(node.span, parsed.error().operation);
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> Reader::duration(Node const& node, std::chrono::milliseconds least,
                                                          std::chrono::milliseconds most) const {
  auto const parsed = node.kind == Node::Kind::scalar ? core::parse_duration(node.text) : std::nullopt;
  if (!parsed) {
    auto const number = node.kind == Node::Kind::scalar && scalar_type(node) == ScalarType::integer;
    mismatch(node, "a duration such as 500ms, 2s or 1h30m",
             number ? "say the unit: did you mean " + node.text + "s?" : "units are ms, s, m, h and d, largest first");
    return std::nullopt;
  }
  if (*parsed >= least && *parsed <= most) return parsed;
  source_.error(node.span, node.text + " is out of range",
                "it may be " + core::format_duration(least) + " to " + core::format_duration(most));
  return std::nullopt;
}

std::optional<std::int64_t> Reader::bytes(Node const& node, std::int64_t least) const {
  auto const parsed = node.kind == Node::Kind::scalar ? core::parse_bytes(node.text) : std::nullopt;
  if (!parsed) {
    mismatch(node, "a size such as 512m or 2g", "units are b, k, m, g and t, powers of 1024");
    return std::nullopt;
  }
  if (*parsed >= least) return parsed;
  source_.error(node.span, node.text + " is too little", "it has to be at least " + core::format_bytes(least));
  return std::nullopt;
}

std::vector<std::string> Reader::texts(Node const& node, ListForm form) const {
  std::vector<std::string> read;
  if (form == ListForm::one_or_list && node.kind == Node::Kind::scalar) {
    if (auto one = text(node)) read.push_back(std::move(*one));
    return read;
  }
  if (!expect(node, Node::Kind::list, form == ListForm::list ? "a list" : "a text or a list")) return read;
  for (auto const& item : node.items) {
    auto one = text(item);
    if (!one) continue;
    if (std::ranges::find(read, *one) != read.end())
      source_.error(item.span, describe(item) + " is in the list twice");
    else
      read.push_back(std::move(*one));
  }
  return read;
}

bool Reader::check_glob(Node const& scalar) const {
  constexpr std::size_t longest = 1'000;
  if (scalar.text.size() > longest) {
    source_.error(scalar.span, "the glob is longer than 1000 bytes", "write several");
    return false;
  }
  auto const glob = core::Glob::compile(scalar.text);
  if (!glob) source_.error(scalar.span, glob.error().operation, glob.error().hint);
  return glob.has_value();
}

std::optional<std::size_t> Reader::word(Node const& node, std::span<std::string_view const> words) const {
  auto const found = std::ranges::find(words, std::string_view(node.text));
  if (node.kind == Node::Kind::scalar && found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string list;
  for (auto const choice : words)
    list += (list.empty() ? "" : choice == words.back() ? " or " : ", ") + std::string(choice);
  mismatch(node, list, node.kind == Node::Kind::scalar ? domain::did_you_mean(node.text, words) : "");
  return std::nullopt;
}

std::optional<domain::Value> Reader::value(Node const& node, domain::ValueType type) const {
  using domain::ValueType;
  constexpr auto any = std::numeric_limits<std::int64_t>::max();
  if (type == ValueType::json) return domain::Value{as_json(node)};
  if (type == ValueType::integer) {
    if (auto const number = integer(node, -any - 1, any)) return domain::Value{*number};
  } else if (type == ValueType::real) {
    if (auto const number = real(node)) return domain::Value{*number};
  } else if (type == ValueType::boolean) {
    if (auto const flag = boolean(node)) return domain::Value{*flag};
  } else if (auto read = text(node)) {
    return domain::Value{std::move(*read)};
  }
  return std::nullopt;
}

Span Reader::inside(Node const& scalar, std::size_t offset, std::size_t length) const {
  auto const source = source_.text();
  auto const fragment = std::string_view(scalar.text).substr(offset, length);
  auto const first = source.substr(scalar.span.offset, 1);
  auto const start = scalar.span.offset + (!scalar.plain && (first == "\"" || first == "'") ? 1U : 0U);
  if (source.substr(start).starts_with(std::string_view(scalar.text).substr(0, offset + length)))
    return {start + offset, length};
  // Escapes, folding, a block scalar, or properties in front of it: the same bytes a little further on.
  constexpr std::size_t reach = 2'000;
  auto const nearby = source.substr(scalar.span.offset, scalar.text.size() * 2 + reach).find(fragment);
  if (nearby != std::string_view::npos && !fragment.empty()) return {scalar.span.offset + nearby, length};
  return scalar.span;
}

}  // namespace config
