#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "invocation.hpp"

namespace cli {

enum class LogStyle : std::uint8_t { plain, stamped, json_lines };

/// Prints a run's log as it comes in. On a terminal only colours get through of what could steer it; into a pipe go the
/// bytes as the container wrote them. json_lines: one object a line, {"at","stream","text"}, text of at most 64 KiB.
class LogOutput {
 public:
  LogOutput(Terminal const& terminal, LogStyle style);
  ~LogOutput();
  /// `cri` is the next piece of the log file, cut anywhere.
  void print(std::string_view cri);

 private:
  struct Converter;
  struct TextConverter;
  struct JsonConverter;
  bool guarded_;
  std::unique_ptr<Converter> converter_;
};

/// Text that a terminal may be given: control characters but newline, tab and colour sequences (ESC [ ... m) are taken
/// out.
[[nodiscard]] std::string without_control(std::string_view text);

}  // namespace cli
