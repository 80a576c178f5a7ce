#pragma once

#include <string>
#include <string_view>

namespace domain {

/// Takes log files of runs apart, piece by piece as they are read: "TIMESTAMP stdout|stderr P|F TEXT\n" (Kubernetes'
/// CRI). Needs the same small memory for lines of any length.
class CriReader {
 public:
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void begin(std::string_view timestamp, std::string_view stream) = 0;
    virtual void text(std::string_view piece) = 0;
    /// `whole`: the container's own line ends here; else it goes on in a later record of the same stream.
    virtual void end(bool whole) = 0;
  };
  explicit CriReader(Sink& sink) : sink_(sink) {}
  /// Any bytes: a line that is no CRI record comes out as a record of its own, without timestamp and stream.
  void feed(std::string_view bytes);

 private:
  void open(bool is_record);
  Sink& sink_;
  std::string head_;  ///< of a record whose text has not begun yet
  bool in_text_ = false, whole_ = true;
};

/// The log as the container wrote it, or with each line's time and stream in front of it.
class CriText final : private CriReader::Sink {
 public:
  enum class Style { plain, stamped };
  explicit CriText(Style style) : style_(style), reader_(*this) {}
  [[nodiscard]] std::string convert(std::string_view cri);

 private:
  void begin(std::string_view timestamp, std::string_view stream) override;
  void text(std::string_view piece) override { out_ += piece; }
  void end(bool whole) override;

  Style style_;
  CriReader reader_;
  std::string out_;
  std::string open_stream_;  ///< of a line that has not ended yet
  bool line_open_ = false;
};

}  // namespace domain
