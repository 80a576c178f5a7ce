#include "domain/cri_log.hpp"

#include <algorithm>

namespace domain {

namespace {

constexpr std::size_t longest_head = 64;  ///< an RFC 3339 time with nanoseconds, the stream and the flag take 44

struct Head {
  std::string_view timestamp, stream;
  bool whole = true, valid = false;
};

/// "TIMESTAMP stdout F ", the blank at its end included.
Head parse_head(std::string_view head) {
  Head parsed;
  auto const first = head.find(' ');
  auto const second = first == std::string_view::npos ? first : head.find(' ', first + 1);
  if (second == std::string_view::npos || second + 3 != head.size()) return parsed;
  parsed.timestamp = head.substr(0, first);
  parsed.stream = head.substr(first + 1, second - first - 1);
  parsed.whole = head[second + 1] == 'F';
  parsed.valid = (parsed.stream == "stdout" || parsed.stream == "stderr") && (parsed.whole || head[second + 1] == 'P');
  return parsed;
}

bool head_is_complete(std::string_view head) {
  return std::ranges::count(head, ' ') == 3;
}

}  // namespace

void CriReader::open(bool is_record) {
  auto const head = is_record ? parse_head(head_) : Head{};
  whole_ = head.whole;
  sink_.begin(head.timestamp, head.stream);
  if (!head.valid && !head_.empty()) sink_.text(head_);
  head_.clear();
  in_text_ = true;
}

void CriReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (in_text_) {
      auto const newline = bytes.find('\n');
      if (newline != 0) sink_.text(bytes.substr(0, newline));
      if (newline == std::string_view::npos) return;
      bytes.remove_prefix(newline + 1);
      in_text_ = false;
      sink_.end(whole_);
    } else if (bytes.front() == '\n') {  // a line that ends before it could be a record
      open(false);
    } else {
      head_ += bytes.front();
      bytes.remove_prefix(1);
      if (head_is_complete(head_))
        open(true);
      else if (head_.size() >= longest_head)
        open(false);
    }
  }
}

std::string CriText::convert(std::string_view cri) {
  out_.clear();
  reader_.feed(cri);
  return std::move(out_);
}

void CriText::begin(std::string_view timestamp, std::string_view stream) {
  if (line_open_ && stream == open_stream_) return;
  if (line_open_) out_ += '\n';  // the other stream broke in
  line_open_ = true;
  open_stream_ = stream;
  if (style_ == Style::stamped && !timestamp.empty())
    out_ += std::string(timestamp) + (stream == "stderr" ? " stderr " : " stdout ");
}

void CriText::end(bool whole) {
  if (!whole) return;
  out_ += '\n';
  line_open_ = false;
}

}  // namespace domain
