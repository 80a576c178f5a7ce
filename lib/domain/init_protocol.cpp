#include "domain/init_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "domain/init_format.h"

namespace domain {

namespace {

using core::Errc;
using core::Error;

constexpr std::array kinds{InitExit::Kind::exited, InitExit::Kind::signalled, InitExit::Kind::no_command,
                           InitExit::Kind::not_executable, InitExit::Kind::not_started};

std::uint32_t crc32(std::string_view bytes) {
  return tw_crc32(reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size());
}

void put(std::string& out, std::uint64_t value, unsigned width) {
  for (unsigned i = 0; i < width; ++i) out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

void put(std::string& out, std::string_view text) {
  put(out, text.size(), 4);
  out += text;
  out += '\0';
}

std::optional<Error> refuse(std::string_view text, std::string_view what) {
  if (text.find('\0') != std::string_view::npos)
    return Error{Errc::invalid, std::string(what) + " contains a NUL byte", "command", "no process can be given one"};
  if (text.size() > TW_STRING_MAX_SIZE)
    return Error{Errc::too_large, std::string(what) + " is longer than 128 KiB", "command",
                 "the kernel's limit for one argument; hand large values over in a file"};
  return std::nullopt;
}

std::optional<Error> refuse(InitCommand const& command) {
  if (command.argv.empty())
    return Error{Errc::invalid, "there is nothing to run", "command", "give `command:`, or an image with a CMD"};
  if (command.timeout.count() < 0 || command.grace.count() < 0)
    return Error{Errc::invalid, "a negative timeout or grace period", "command", {}};
  for (auto const& argument : command.argv)
    if (auto error = refuse(argument, "an argument")) return error;
  for (auto const& entry : command.environment) {
    if (auto error = refuse(entry, "an environment entry")) return error;
    if (auto const equals = entry.find('='); equals == 0 || equals == std::string::npos)
      return Error{Errc::invalid, "an environment entry is not NAME=value", entry, {}};
  }
  return refuse(command.out_dir, "the output folder");
}

/// Takes " key=" and the number behind it off the front of `rest`.
template <class Number>
bool take(std::string_view& rest, std::string_view key, Number& value) {
  if (!rest.starts_with(' ') || !rest.substr(1).starts_with(key)) return false;
  rest.remove_prefix(1 + key.size());
  if (!rest.starts_with('=')) return false;
  rest.remove_prefix(1);
  auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc{}) return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return true;
}

bool take_prefix(std::string_view& rest, std::string_view prefix) {
  if (!rest.starts_with(prefix)) return false;
  rest.remove_prefix(prefix.size());
  return true;
}

bool take_kind(std::string_view& rest, InitExit::Kind& kind) {
  if (!take_prefix(rest, " kind=")) return false;
  auto const word = rest.substr(0, rest.find(' '));
  auto const found = std::ranges::find(kinds, word, [](InitExit::Kind one) { return to_string(one); });
  if (found == kinds.end()) return false;
  kind = *found;
  rest.remove_prefix(word.size());
  return true;
}

std::optional<InitExit> parse_exit(std::string_view rest) {
  InitExit exit;
  int timed_out = 0;
  std::int64_t user = 0, system = 0, wall = 0, duration = 0;
  bool const whole = take_prefix(rest, "exit v1") && take_kind(rest, exit.kind) && take(rest, "code", exit.code) &&
                     take(rest, "signal", exit.signal) && take(rest, "errno", exit.error_number) &&
                     take(rest, "timed_out", timed_out) && take(rest, "forwarded", exit.forwarded_signal) &&
                     take(rest, "max_rss", exit.max_rss) && take(rest, "user_us", user) &&
                     take(rest, "system_us", system) && take(rest, "oom_kills", exit.oom_kills) &&
                     take(rest, "wall_ms", wall) && take(rest, "duration_ms", duration) && rest.empty();
  if (!whole || exit.code < 0 || exit.code > 255 || exit.signal < 0 || exit.signal > 127) return std::nullopt;
  exit.timed_out = timed_out != 0;
  exit.user_cpu = std::chrono::microseconds{user};
  exit.system_cpu = std::chrono::microseconds{system};
  exit.finished_at = core::from_ms(wall);
  exit.duration = std::chrono::milliseconds{duration};
  return exit;
}

std::optional<core::Wall> parse_start(std::string_view rest) {
  std::int64_t wall = 0, mono = 0;
  if (!take_prefix(rest, "start v1") || !take(rest, "wall_ms", wall) || !take(rest, "mono_ms", mono) || !rest.empty())
    return std::nullopt;
  return core::from_ms(wall);
}

std::optional<std::int64_t> parse_bundle(std::string_view rest) {
  std::int64_t size = 0;
  if (!take_prefix(rest, "bundle v1") || !take(rest, "size", size) || !rest.empty()) return std::nullopt;
  return size >= 0 && size <= TW_BUNDLE_MAX_SIZE ? std::optional(size) : std::nullopt;
}

/// The line without its checksum, if that is right.
std::optional<std::string_view> checked(std::string_view line) {
  if (line.size() < 10 || line.size() > TW_RECORD_LINE_MAX_SIZE || line[line.size() - 9] != ' ') return std::nullopt;
  auto const body = line.substr(0, line.size() - 9);
  constexpr std::string_view digits = "0123456789abcdef";
  std::uint32_t const crc = crc32(body);
  for (unsigned i = 0; i < 8; ++i)
    if (line[line.size() - 8 + i] != digits[(crc >> (28 - 4 * i)) & 15U]) return std::nullopt;
  return body;
}

}  // namespace

core::Result<std::string> encode(InitCommand const& command) {
  if (auto error = refuse(command)) return *std::move(error);
  std::string body;
  put(body, command.argv.size(), 4);
  put(body, command.environment.size(), 4);
  put(body, static_cast<std::uint64_t>(command.timeout.count()), 8);
  put(body, static_cast<std::uint64_t>(command.grace.count()), 8);
  put(body, command.out_dir);
  for (auto const& argument : command.argv) put(body, argument);
  for (auto const& entry : command.environment) put(body, entry);
  std::string file = TW_COMMAND_MAGIC;
  put(file, crc32(body), 4);
  file += body;
  if (file.size() > TW_COMMAND_MAX_SIZE)
    return Error{Errc::too_large, "arguments and environment are larger than 4 MiB", "command",
                 "hand large values over in a file"};
  return file;
}

InitRecord decode_record(std::string_view bytes) {
  InitRecord record;
  record.torn = bytes.size() > TW_RECORD_MAX_SIZE;
  bytes = bytes.substr(0, TW_RECORD_MAX_SIZE);
  while (!bytes.empty()) {
    auto const end = bytes.find('\n');
    if (end == std::string_view::npos) {
      record.torn = true;
      break;
    }
    auto const body = checked(bytes.substr(0, end));
    bool const empty = end == 0;
    bytes.remove_prefix(end + 1);
    if (empty) continue;
    if (auto const start = body ? parse_start(*body) : std::nullopt) {
      if (!record.started_at) record.started_at = start;
      record.started = true;
    } else if (auto exit = body ? parse_exit(*body) : std::nullopt) {
      // An end without a beginning: someone cut the file. Something ran, but this is no proof of how it went.
      if (record.started_at) record.exit = std::move(exit);
      record.bundle_size.reset();  // a seal in front of the end is not the init's
      record.torn = record.torn || !record.started_at;
      record.started = true;
    } else if (auto const size = body ? parse_bundle(*body) : std::nullopt) {
      if (record.exit) record.bundle_size = size;
    } else {
      record.torn = true;
    }
  }
  return record;
}

std::string_view to_string(InitExit::Kind kind) noexcept {
  switch (kind) {
    case InitExit::Kind::exited:
      return "exited";
    case InitExit::Kind::signalled:
      return "signalled";
    case InitExit::Kind::no_command:
      return "no_command";
    case InitExit::Kind::not_executable:
      return "not_executable";
    case InitExit::Kind::not_started:
      return "not_started";
  }
  return "not_started";
}

}  // namespace domain
