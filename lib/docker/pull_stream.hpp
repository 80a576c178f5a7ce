#pragma once

#include <boost/json/stream_parser.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "docker/engine.hpp"

namespace docker {

/// Reads the answer of POST /images/create: JSON records one after another, cut anywhere. No I/O.
class PullStream {
 public:
  explicit PullStream(std::string reference) : reference_(std::move(reference)) {}

  /// Appends the records that became complete. An errorDetail record is the pull's error (even in HTTP 200);
  /// protocol for what is not JSON or a record over 1 MiB. After an error the object is spent.
  [[nodiscard]] Result<void> feed(std::string_view bytes, std::vector<PullProgress>& progress);
  /// protocol if the stream ended inside a record.
  [[nodiscard]] Result<void> finish() const;

 private:
  [[nodiscard]] Result<void> take(boost::json::value const& record, std::vector<PullProgress>& progress) const;
  [[nodiscard]] core::Error broken(std::string_view why) const;

  std::string reference_;
  boost::json::stream_parser parser_;
  std::size_t record_size_ = 0;  ///< bytes of the record begun
};

}  // namespace docker
