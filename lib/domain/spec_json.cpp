#include "domain/spec_json.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <concepts>
#include <cstdlib>
#include <limits>

namespace domain {
namespace {

namespace json = boost::json;

// Each struct lists its fields once; encoding and decoding both walk the list, so they cannot drift apart.
// `Self` is the struct, const when it is encoded.
template <class T, class Self>
concept Is = std::same_as<std::remove_const_t<Self>, T>;

template <class Visit, class Self>
requires Is<Existing, Self>
void fields(Visit&& visit, Self& x) {
  visit("kind", x.kind), visit("since", x.since);
}
template <class Visit, class Self>
requires Is<S3Watch, Self>
void fields(Visit&& visit, Self& x) {
  visit("connection", x.connection), visit("bucket", x.bucket), visit("prefix", x.prefix);
  visit("every_ms", x.every), visit("full_every_ms", x.full_every), visit("append", x.append);
  visit("fetch", x.fetch);
}
template <class Visit, class Self>
requires Is<WatchSpec, Self>
void fields(Visit&& visit, Self& x) {
  visit("path", x.path), visit("files", x.files), visit("ignore", x.ignore), visit("on_created", x.on_created);
  visit("on_modified", x.on_modified), visit("existing", x.existing), visit("settle_ms", x.settle);
  visit("mount", x.mount), visit("snapshot", x.snapshot), visit("skip_same_content", x.skip_same_content),
      visit("s3", x.s3);
}
template <class Visit, class Self>
requires Is<ParamSpec, Self>
void fields(Visit&& visit, Self& x) {
  visit("name", x.name), visit("type", x.type), visit("default", x.default_value), visit("min", x.min);
  visit("max", x.max), visit("enum", x.choices), visit("help", x.help);
}
template <class Visit, class Self>
requires Is<OutputSpec, Self>
void fields(Visit&& visit, Self& x) {
  visit("name", x.name), visit("type", x.type), visit("unit", x.unit), visit("help", x.help);
  visit("required", x.required), visit("alert_above", x.alert_above), visit("alert_below", x.alert_below);
}
template <class Visit, class Self>
requires Is<ArtifactSpec, Self>
void fields(Visit&& visit, Self& x) {
  visit("name", x.name), visit("role", x.role), visit("title", x.title), visit("required", x.required);
  visit("scripts", x.scripts);
}
template <class Visit, class Self>
requires Is<RetrySpec, Self>
void fields(Visit&& visit, Self& x) {
  visit("max", x.max), visit("backoff_ms", x.backoff), visit("exit_codes", x.exit_codes);
  visit("interrupted", x.interrupted), visit("oom", x.oom), visit("timeout", x.timeout);
}
template <class Visit, class Self>
requires Is<VolumeSpec, Self>
void fields(Visit&& visit, Self& x) {
  visit("source", x.source), visit("target", x.target);
}
template <class Visit, class Self>
requires Is<ExpectSpec, Self>
void fields(Visit&& visit, Self& x) {
  visit("at_least_every_ms", x.at_least_every), visit("by_minute", x.by_minute), visit("days", x.days);
  visit("timezone", x.timezone), visit("min", x.min);
}
template <class Visit, class Self>
requires Is<NotifySpec, Self>
void fields(Visit&& visit, Self& x) {
  visit("events", x.events), visit("webhook", x.webhook);
}
template <class Visit, class Self>
requires Is<GpuSpec, Self>
void fields(Visit&& visit, Self& x) {
  visit("count", x.count), visit("devices", x.devices);
}

template <class Visit, class Self>
requires Is<PipelineSpec, Self>
void fields(Visit&& visit, Self& x) {
  visit("name", x.name), visit("title", x.title), visit("description", x.description), visit("owner", x.owner);
  visit("tags", x.tags), visit("enabled", x.enabled), visit("watch", x.watch), visit("image", x.image);
  visit("entrypoint", x.entrypoint), visit("init", x.init), visit("pull_policy", x.pull_policy),
      visit("command", x.command);
  visit("environment", x.environment), visit("volumes", x.volumes), visit("secrets", x.secrets);
  visit("mem_limit", x.mem_limit);
  visit("cpus", x.cpus), visit("gpus", x.gpus), visit("pids_limit", x.pids_limit), visit("user", x.user),
      visit("group_add", x.group_add);
  visit("network_mode", x.network_mode), visit("timeout_ms", x.timeout), visit("retries", x.retries);
  visit("stop_grace_period_ms", x.stop_grace_period), visit("max_running", x.max_running);
  visit("priority", x.priority), visit("serialize_by", x.serialize_by), visit("overlap", x.overlap);
  visit("out_limit", x.out_limit), visit("log_limit", x.log_limit);
  visit("params", x.params), visit("outputs", x.outputs), visit("artifacts", x.artifacts);
  visit("expect", x.expect), visit("notify", x.notify);
}

std::string_view to_string(Existing::Kind kind) noexcept {
  constexpr std::array<std::string_view, 3> names{"skip", "run", "since"};
  return names[static_cast<std::size_t>(kind)];
}

// ---- encoding ----

json::string text_of(std::string_view text) {
  return json::string(text.data(), text.size());
}

json::value encode(std::string const& x) {
  return text_of(x);
}
json::value encode(bool x) {
  return x;
}
json::value encode(std::integral auto x) {
  return std::int64_t{x};
}
json::value encode(double x) {
  return text_of(to_argument(Value{x}));
}
json::value encode(std::chrono::milliseconds x) {
  return std::int64_t{x.count()};
}
json::value encode(core::Wall x) {
  return core::to_ms(x);
}
template <class Enum>
requires std::is_enum_v<Enum> json::value encode(Enum x) {
  return text_of(to_string(x));
}
/// A float is {"float": "2.5"}, so that it is told from the text "2.5" and from the int.
json::value encode(Value const& x) {
  if (auto const* real = std::get_if<double>(&x)) return json::object{{"float", encode(*real)}};
  if (auto const* text = std::get_if<std::string>(&x)) return encode(*text);
  if (auto const* integer = std::get_if<std::int64_t>(&x)) return *integer;
  if (auto const* boolean = std::get_if<bool>(&x)) return *boolean;
  return nullptr;
}
json::value encode(std::map<std::string, std::string> const& x) {
  json::object object;
  for (auto const& [name, text] : x) object[name] = encode(text);
  return object;
}
template <class T>
json::value encode(std::optional<T> const& x);
template <class Struct>
requires std::is_class_v<Struct> json::value encode(Struct const& x);
template <class T>
json::value encode(std::vector<T> const& x) {
  json::array array;
  for (auto const& element : x) array.push_back(encode(element));
  return array;
}
template <class T>
json::value encode(std::optional<T> const& x) {
  if (!x) return nullptr;
  return encode(*x);
}
template <class Struct>
requires std::is_class_v<Struct> json::value encode(Struct const& x) {
  std::map<std::string_view, json::value> sorted;
  fields([&](char const* key, auto const& field) { sorted.emplace(key, encode(field)); }, x);
  json::object object;
  for (auto& [key, value] : sorted) object[json::string_view(key.data(), key.size())] = std::move(value);
  return object;
}

// ---- decoding ----

/// Thrown on the way up to the field whose name is missing in `path` yet.
struct Corrupt {
  std::string path;
  std::string what;
};

[[noreturn]] void expected(char const* what) {
  throw Corrupt{{}, std::string("expected ") + what};
}

void decode(json::value const& from, std::string& x) {
  if (!from.is_string()) expected("a text");
  x.assign(from.get_string().data(), from.get_string().size());
}
void decode(json::value const& from, bool& x) {
  if (!from.is_bool()) expected("true or false");
  x = from.get_bool();
}
template <std::signed_integral Integer>
void decode(json::value const& from, Integer& x) {
  if (!from.is_int64()) expected("a whole number");
  auto const number = from.get_int64();
  if (number < std::numeric_limits<Integer>::min() || number > std::numeric_limits<Integer>::max())
    expected("a smaller number");
  x = static_cast<Integer>(number);
}
void decode(json::value const& from, double& x) {
  if (!from.is_string()) expected("a float as a text");
  auto const& text = from.get_string();
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc{} || end != text.data() + text.size()) expected("a float as a text");
}
void decode(json::value const& from, std::chrono::milliseconds& x) {
  std::int64_t count = 0;
  decode(from, count);
  x = std::chrono::milliseconds{count};
}
void decode(json::value const& from, core::Wall& x) {
  std::int64_t ms = 0;
  decode(from, ms);
  x = core::from_ms(ms);
}
template <class Enum>
requires std::is_enum_v<Enum>
void decode(json::value const& from, Enum& x) {
  std::string text;
  decode(from, text);
  // No enumeration here has as many as 16 values; a name past the last one is "?" or was checked before.
  constexpr int most = std::same_as<Enum, Existing::Kind> ? 3
                       : std::same_as<Enum, ValueType>    ? 5
                       : std::same_as<Enum, ArtifactRole> ? 5
                       : std::same_as<Enum, NotifyEvent>  ? 4
                       : std::same_as<Enum, Snapshot>     ? 4
                                                          : 3;
  for (int i = 0; i < most; ++i)
    if (text == to_string(static_cast<Enum>(i))) {
      x = static_cast<Enum>(i);
      return;
    }
  expected("a known word");
}
void decode(json::value const& from, Value& x) {
  if (from.is_null())
    x = std::monostate{};
  else if (from.is_bool())
    x = from.get_bool();
  else if (from.is_int64())
    x = from.get_int64();
  else if (from.is_string())
    decode(from, x.emplace<std::string>());
  else if (from.is_object() && from.get_object().contains("float"))
    decode(from.get_object().at("float"), x.emplace<double>());
  else
    expected("a value");
}
void decode(json::value const& from, std::map<std::string, std::string>& x) {
  if (!from.is_object()) expected("an object");
  x.clear();
  for (auto const& [key, value] : from.get_object()) decode(value, x[std::string(key.data(), key.size())]);
}
template <class T>
void decode(json::value const& from, std::optional<T>& x);
template <class Struct>
requires std::is_class_v<Struct>
void decode(json::value const& from, Struct& x);
template <class T>
void decode(json::value const& from, std::vector<T>& x) {
  if (!from.is_array()) expected("a list");
  x.clear();
  for (auto const& element : from.get_array()) decode(element, x.emplace_back());
}
template <class T>
void decode(json::value const& from, std::optional<T>& x) {
  if (from.is_null())
    x.reset();
  else
    decode(from, x.emplace());
}
template <class Struct>
requires std::is_class_v<Struct>
void decode(json::value const& from, Struct& x) {
  if (!from.is_object()) expected("an object");
  auto const& object = from.get_object();
  fields(
      [&](char const* key, auto& field) {
        auto const* found = object.if_contains(key);
        if (found == nullptr) return;
        try {
          decode(*found, field);
        } catch (Corrupt& corrupt) {
          corrupt.path = corrupt.path.empty() ? key : std::string(key) + "." + corrupt.path;
          throw;
        }
      },
      x);
}

}  // namespace

std::string spec_to_json(PipelineSpec const& spec) {
  return json::serialize(encode(spec));
}

core::Result<PipelineSpec> spec_from_json(std::string_view text) {
  json::error_code error;
  auto const parsed = json::parse(json::string_view(text.data(), text.size()), error);
  if (error)
    return core::Error{core::Errc::corrupt, "read a stored specification: " + error.message(), "specification", {}};
  try {
    PipelineSpec spec;
    decode(parsed, spec);
    return spec;
  } catch (Corrupt const& corrupt) {
    return core::Error{core::Errc::corrupt, "read a stored specification: " + corrupt.what, corrupt.path, {}};
  }
}

}  // namespace domain
