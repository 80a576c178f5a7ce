#include "log_output.hpp"

#include <boost/json/serialize.hpp>
#include <iostream>

#include "core/utf8.hpp"
#include "domain/cri_log.hpp"

namespace cli {

struct LogOutput::Converter {
  virtual ~Converter() = default;
  virtual std::string convert(std::string_view cri) = 0;
};

struct LogOutput::TextConverter final : Converter {
  explicit TextConverter(LogStyle style)
      : text(style == LogStyle::stamped ? domain::CriText::Style::stamped : domain::CriText::Style::plain) {}
  std::string convert(std::string_view cri) override { return text.convert(cri); }
  domain::CriText text;
};

struct LogOutput::JsonConverter final : Converter, private domain::CriReader::Sink {
  JsonConverter() : reader(*this) {}
  std::string convert(std::string_view cri) override {
    out.clear();
    reader.feed(cri);
    return std::move(out);
  }
  void begin(std::string_view timestamp, std::string_view stream) override {
    record.clear();
    record["at"] = timestamp;
    record["stream"] = stream;
    line.clear();
  }
  void text(std::string_view piece) override {
    constexpr std::size_t longest = std::size_t{64} << 10;
    line += piece.substr(0, longest - std::min(longest, line.size()));
  }
  void end(bool whole) override {
    record["text"] = core::is_utf8(line) ? line : core::to_display(line);
    if (!whole) record["partial"] = true;
    out += json::serialize(record) + "\n";
  }
  domain::CriReader reader;
  json::object record;
  std::string line, out;
};

LogOutput::LogOutput(Terminal const& terminal, LogStyle style) : guarded_(terminal.width.has_value()) {
  if (style == LogStyle::json_lines)
    converter_ = std::make_unique<JsonConverter>();
  else
    converter_ = std::make_unique<TextConverter>(style);
}

LogOutput::~LogOutput() = default;

void LogOutput::print(std::string_view cri) {
  auto const text = converter_->convert(cri);
  std::cout << (guarded_ ? without_control(text) : text) << std::flush;
}

std::string without_control(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    if (text.starts_with("\x1b[")) {
      auto const end = text.find_first_not_of("0123456789;", 2);
      if (end != std::string_view::npos && text[end] == 'm') {
        safe += text.substr(0, end + 1);
        text.remove_prefix(end + 1);
        continue;
      }
    }
    auto const byte = static_cast<unsigned char>(text.front());
    if ((byte >= 0x20 && byte != 0x7F) || byte == '\n' || byte == '\t') safe += text.front();
    text.remove_prefix(1);
  }
  return safe;
}

}  // namespace cli
