#include "orchestrator/finished_log.hpp"

#include <algorithm>
#include <utility>

#include "core/units.hpp"
#include "orchestrator/log_file.hpp"

namespace orchestrator {

namespace {

constexpr std::int64_t longest_tail = std::int64_t{32} << 20;
constexpr std::int64_t pieces_in_tail = 8;

std::string_view timestamp_of(std::string_view text) {
  return text.substr(0, text.find(' '));
}

}  // namespace

std::int64_t log_head(std::int64_t limit) noexcept {
  return limit - std::min(limit / 2, longest_tail);
}

FinishedLog::FinishedLog(std::filesystem::path file, std::int64_t limit)
    : file_(std::move(file)),
      temporary_(file_),
      head_(log_head(limit)),
      tail_(limit - head_),
      piece_(std::clamp<std::size_t>(static_cast<std::size_t>(tail_ / pieces_in_tail), least_compressed,
                                     archive::seekable_frame)) {
  temporary_ += ".complete";
}

core::Result<void> FinishedLog::write(std::string const& bytes) {
  return append_log(temporary_, bytes, std::exchange(fresh_, false));
}

core::Result<FinishedLog::Piece> FinishedLog::compress(std::string_view text) {
  auto stored = archive::compress_frame(text);
  if (!stored) return stored.error();
  Piece piece;
  piece.stored = std::move(*stored);
  piece.timestamp = timestamp_of(text);
  piece.size = static_cast<std::int64_t>(text.size());
  piece.lines = std::ranges::count(text, '\n');
  return piece;
}

core::Result<void> FinishedLog::write_piece(Piece const& piece) {
  frames_.push_back({static_cast<std::uint32_t>(piece.stored.size()), static_cast<std::uint32_t>(piece.size)});
  written_ += piece.size;
  return write(piece.stored);
}

core::Result<void> FinishedLog::take_piece(std::string_view text) {
  auto piece = compress(text);
  if (!piece) return piece.error();
  head_is_full_ = head_is_full_ || written_ + piece->size > head_;
  if (!head_is_full_) return write_piece(*piece);
  last_size_ += piece->size;
  last_.push_back(std::move(*piece));
  while (last_size_ - last_.front().size >= tail_) {
    last_size_ -= last_.front().size;
    left_out_ += last_.front().size;
    lines_left_out_ += last_.front().lines;
    last_.pop_front();
  }
  return {};
}

core::Result<void> FinishedLog::add(std::string_view text) {
  while (!text.empty()) {
    auto const part = text.substr(0, piece_ - pending_.size());
    pending_ += part;
    text.remove_prefix(part.size());
    if (pending_.size() < piece_) break;
    // Pieces end with a record, so that leaving one out leaves no half ones.
    auto const newline = pending_.rfind('\n');
    auto const whole = newline == std::string::npos ? pending_.size() : newline + 1;
    if (auto taken = take_piece(std::string_view(pending_).substr(0, whole)); !taken) return taken;
    pending_.erase(0, whole);
  }
  return {};
}

core::Result<void> FinishedLog::gap(std::string_view timestamp) {
  return add(std::string(timestamp) +
             " stderr F [tidewheel] some of the log is missing here: the engine keeps only its end\n");
}

core::Result<void> FinishedLog::finish() {
  auto last = core::Result<void>();
  if (frames_.empty() && last_.empty() && pending_.size() < least_compressed) {
    last = write(pending_);
  } else {
    if (!pending_.empty()) last = take_piece(pending_);
    if (last && left_out_ > 0) {
      auto const line =
          compress(last_.front().timestamp + " stderr F [tidewheel] " + std::to_string(lines_left_out_) + " lines (" +
                   core::format_bytes(left_out_) + ") are left out here: the log is longer than log_limit\n");
      last = line ? write_piece(*line) : core::Result<void>(line.error());
    }
    for (; last && !last_.empty(); last_.pop_front()) last = write_piece(last_.front());
    if (last) last = write(archive::seekable_table(frames_));
  }
  if (!last) return last;
  return replace_log(file_, temporary_);
}

}  // namespace orchestrator
