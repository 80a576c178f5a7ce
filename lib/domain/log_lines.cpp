#include "domain/log_lines.hpp"

namespace domain {

namespace {

constexpr std::size_t longest_head = 64;

struct Record {
  std::string_view at, text;
  bool is_stderr = false, whole = true;
};

/// "TIMESTAMP stdout|stderr P|F TEXT"; anything else is text.
Record parse(std::string_view record) {
  Record const unknown{{}, record, false, true};
  auto const head = record.substr(0, longest_head);
  auto const first = head.find(' ');
  if (first == std::string_view::npos) return unknown;
  auto const rest = head.substr(first + 1);
  bool const is_stderr = rest.starts_with("stderr ");
  if (!is_stderr && !rest.starts_with("stdout ")) return unknown;
  auto const flag = first + 8;
  if (flag >= head.size() || (head[flag] != 'P' && head[flag] != 'F')) return unknown;
  if (record.size() > flag + 1 && record[flag + 1] != ' ') return unknown;
  auto const text = record.size() > flag + 2 ? record.substr(flag + 2) : std::string_view();
  return {record.substr(0, first), text, is_stderr, head[flag] == 'F'};
}

}  // namespace

std::optional<std::int64_t> LogLines::boundary() const noexcept {
  return line_ ? std::nullopt : std::optional(next_);
}

void LogLines::feed(std::string_view bytes, std::int64_t from, Sink const& sink) {
  while (!bytes.empty()) {
    auto const newline = bytes.find('\n');
    auto const part = bytes.substr(0, newline);
    bool const ends = newline != std::string_view::npos;
    if (ends && record_.empty() && skipped_ == 0) {
      auto const kept = part.substr(0, longest + longest_head);
      take(kept, kept.size() < part.size(), from, sink);
      offset_ += static_cast<std::int64_t>(part.size()) + 1;
    } else {
      auto const room = longest + longest_head - record_.size();
      record_ += part.substr(0, room);
      skipped_ += static_cast<std::int64_t>(part.size() - std::min(part.size(), room));
      if (!ends) return;
      take(record_, skipped_ > 0, from, sink);
      offset_ += static_cast<std::int64_t>(record_.size()) + skipped_ + 1;
      record_.clear();
      skipped_ = 0;
    }
    bytes.remove_prefix(newline + 1);
  }
}

void LogLines::take(std::string_view bytes, bool cut, std::int64_t from, Sink const& sink) {
  auto const record = parse(bytes);
  if (line_ && (line_->is_stderr != record.is_stderr || record.at.empty())) end_line(from, sink);
  if (!line_) {
    line_.emplace();
    line_->n = next_++;
    line_->is_stderr = record.is_stderr;
    if (line_->n >= from) line_->at = record.at;
  }
  if (line_->n >= from) {
    auto const room = longest - line_->text.size();
    line_->text += record.text.substr(0, room);
    line_->cut = line_->cut || cut || record.text.size() > room;
  }
  if (record.whole) end_line(from, sink);
}

void LogLines::end_line(std::int64_t from, Sink const& sink) {
  if (line_->n >= from) sink(*line_);
  line_.reset();
}

void LogLines::finish(std::int64_t from, Sink const& sink) {
  if (!record_.empty()) {
    take(record_, skipped_ > 0, from, sink);
    offset_ += static_cast<std::int64_t>(record_.size()) + skipped_;
    record_.clear();
    skipped_ = 0;
  }
  if (line_) end_line(from, sink);
}

}  // namespace domain
