#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "domain/secret_mask.hpp"
#include "orchestrator/services.hpp"

namespace orchestrator {

using boost::asio::awaitable;

/// What one attempt's container printed, on its way to a file; the secrets that the attempt was given are masked in it.
/// Loop thread only; the file is written by workers.
class AttemptLog {
 public:
  /// `secrets`: names; their values are read from the attempt's own copies.
  /// `limit`: the pipeline's log_limit.
  AttemptLog(Services& services, std::string const& run_id, std::int64_t attempt, std::vector<std::string> secrets,
             std::int64_t limit)
      : services_(services),
        limit_(limit),
        file_(services.state_dir.log(run_id, attempt)),
        attempt_dir_(services.state_dir.attempt(run_id, attempt)),
        secrets_(std::move(secrets)) {}

  /// While it runs: from the first line on, as it comes, until the container ends or the engine is lost, or the head of
  /// the log is full. What is missed here, complete() fetches again.
  [[nodiscard]] awaitable<void> follow(std::string container_id);
  /// After the end: the whole log, in place of the live one once it is safe. An error where it cannot be masked: then
  /// it is not stored.
  [[nodiscard]] awaitable<core::Result<void>> complete(std::string container_id);

 private:
  using Mask = std::shared_ptr<domain::SecretMask const>;
  [[nodiscard]] awaitable<core::Result<Mask>> mask();

  Services& services_;
  std::int64_t limit_;  ///< bytes
  std::filesystem::path file_, attempt_dir_;
  std::vector<std::string> secrets_;
};

}  // namespace orchestrator
