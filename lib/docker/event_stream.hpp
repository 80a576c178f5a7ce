#pragma once

#include <boost/json/stream_parser.hpp>
#include <string_view>

#include "docker/engine.hpp"

namespace docker {

/// Reads the answer of GET /events about one container: JSON records one after another, cut anywhere. No I/O.
class EventStream {
 public:
  /// `finished`: the death that is waited for is not older than this.
  explicit EventStream(core::Wall finished) : finished_(finished) {}

  /// protocol for what is not JSON, or a record over 1 MiB.
  [[nodiscard]] Result<void> feed(std::string_view bytes);
  /// The death was there, so all that came before it was told.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] ContainerHistory const& history() const noexcept { return history_; }

 private:
  void take(boost::json::value const& record);

  core::Wall finished_;
  ContainerHistory history_;
  boost::json::stream_parser parser_;
  std::size_t record_size_ = 0;
  bool complete_ = false;
};

}  // namespace docker
