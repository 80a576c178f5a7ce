#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <string>

#include "orchestrator/services.hpp"

namespace orchestrator {

using boost::asio::awaitable;

/// What one attempt's container printed, on its way to a file. Loop thread only; the file is written by workers.
class AttemptLog {
 public:
  AttemptLog(Services& services, std::filesystem::path file) : services_(services), file_(std::move(file)) {}

  /// While it runs: from the first line on, as it comes, until the container ends or the engine is lost. What is missed
  /// here, complete() fetches again.
  [[nodiscard]] awaitable<void> follow(std::string container_id);
  /// After the end: the whole log, in place of the live one once it is safe.
  [[nodiscard]] awaitable<core::Result<void>> complete(std::string container_id);

 private:
  Services& services_;
  std::filesystem::path file_;
};

}  // namespace orchestrator
