#include "domain/template.hpp"

#include <algorithm>
#include <array>

#include "core/result.hpp"
#include "domain/nearest.hpp"

namespace domain {
namespace {

constexpr auto common_names = std::to_array<std::string_view>({
    "input.path",
    "input.key",
    "input.name",
    "input.stem",
    "input.folder",
    "input.uri",
    "input.size",
    "input.sha256",
    "input.etag",
    "input.url_file",
    "out.dir",
    "run.id",
    "pipeline.name",
});

/// Of one text: a file full of mistakes has to be told in bounded time.
constexpr std::size_t most_errors = 20;

std::string known_names(std::span<std::string const> known) {
  std::string list = "known: ";
  for (auto const& name : known) list += (list.size() > 7 ? ", " : "") + name;
  return list;
}

TemplateError unknown_name(std::size_t offset, std::string_view name, std::span<std::string const> known) {
  auto hint = did_you_mean(name, known);
  // The commonest trap: a variable of the shell in `sh -c`.
  if (hint.empty() && name.find('.') == std::string_view::npos)
    hint = "for a variable of the shell write '$${" + std::string(name) + "}'; ";
  if (hint.empty() || hint.ends_with("; ")) hint += known_names(known);
  return {offset, name.size() + 3, "'${" + std::string(name) + "}' names nothing", std::move(hint)};
}

/// `{{ a.b }}`, as other systems write templates: length of it at `offset`, 0 if it is something else (JSON, say).
std::size_t mustache_length(std::string_view text, std::size_t offset) {
  if (text.substr(offset, 2) != "{{") return 0;
  constexpr std::size_t longest = 200;  // so that a megabyte of '{' is not searched to its end from each of them
  auto const close = text.substr(0, offset + longest).find("}}", offset);
  if (close == std::string_view::npos) return 0;
  auto const inside = text.substr(offset + 2, close - offset - 2);
  auto const fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == ' ';
  };
  auto const has_letter = std::ranges::any_of(inside, [&](char c) { return c != ' ' && c != '.' && fits(c); });
  return has_letter && std::ranges::all_of(inside, fits) ? close + 2 - offset : 0;
}

}  // namespace

std::span<std::string_view const> common_template_names() noexcept {
  return common_names;
}

std::vector<std::string> template_names(std::vector<ParamSpec> const& params) {
  std::vector<std::string> names(common_names.begin(), common_names.end());
  for (auto const& param : params) names.push_back("params." + param.name);
  return names;
}

TemplateValues key_values(std::string_view key) {
  auto const slash = key.rfind('/');
  auto const name = slash == std::string_view::npos ? key : key.substr(slash + 1);
  auto const dot = name.rfind('.');
  TemplateValues values;
  values["input.key"] = key;
  values["input.name"] = name;
  values["input.stem"] = name.substr(0, dot == 0 ? std::string_view::npos : dot);
  values["input.folder"] = slash == std::string_view::npos ? std::string_view() : key.substr(0, slash);
  return values;
}

std::vector<std::string> serialize_names() {
  return {"input.key", "input.name", "input.stem", "input.folder", "pipeline.name"};
}

boost::system::result<Template, std::vector<TemplateError>> Template::compile(std::string_view text,
                                                                              std::span<std::string const> known) {
  Template compiled;
  std::vector<TemplateError> errors;
  std::string literal;
  for (std::size_t at = 0; at < text.size() && errors.size() < most_errors;) {
    auto const two = text.substr(at, 2);
    if (two == "$$") {
      literal += '$';
      at += 2;
    } else if (two == "${") {
      auto const close = text.find('}', at);
      if (close == std::string_view::npos) {
        errors.push_back({at, 2, "'${' is not closed", "write '$$' for a '$' that should stand for itself"});
        break;
      }
      auto const name = text.substr(at + 2, close - at - 2);
      if (std::ranges::find(known, name) == known.end()) errors.push_back(unknown_name(at, name, known));
      if (!literal.empty()) compiled.parts_.emplace_back(std::exchange(literal, {}));
      compiled.parts_.emplace_back(Name{std::string(name)});
      at = close + 1;
    } else {
      if (auto const length = mustache_length(text, at); length != 0)
        errors.push_back({at, length, "'{{ }}' is not used here", "write '${input.path}' and the like"});
      literal += text[at++];
    }
  }
  if (!literal.empty()) compiled.parts_.emplace_back(std::move(literal));
  if (!errors.empty()) return errors;
  return compiled;
}

std::string Template::expand(TemplateValues const& values) const {
  std::string text;
  for (auto const& part : parts_) {
    if (auto const* literal = std::get_if<std::string>(&part)) {
      text += *literal;
      continue;
    }
    auto const& name = std::get<Name>(part).text;
    auto const value = values.find(name);
    if (value == values.end())
      throw core::Failure(
          core::Error{core::Errc::internal, "expand a template: no value for ${" + name + "}", name, {}});
    text += value->second;
  }
  return text;
}

bool Template::uses(std::string_view name) const noexcept {
  return std::ranges::any_of(parts_, [name](auto const& part) {
    auto const* found = std::get_if<Name>(&part);
    return found != nullptr && found->text == name;
  });
}

void throw_exception_from_error(std::vector<TemplateError> const& errors, boost::source_location const&) {
  auto const& first = errors.front();
  throw core::Failure(core::Error{core::Errc::invalid, first.message, "template", first.hint});
}

}  // namespace domain
