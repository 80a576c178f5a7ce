#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "aio/worker.hpp"
#include "core/result.hpp"
#include "http/tls_trust.hpp"
#include "s3/secret.hpp"

namespace s3 {

using boost::asio::awaitable;
using core::Result;

/// Looks up one environment variable; empty counts as not set.
using Environment = std::function<std::optional<std::string>(std::string_view)>;
[[nodiscard]] Environment process_environment();

/// One place that credentials may come from. Loop thread only.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  /// nullopt: this place is not set up here, ask the next one. An error: it is, and does not work; says what to do.
  [[nodiscard]] virtual awaitable<Result<std::optional<Credentials>>> fetch() = 0;
  /// For a person: "the environment".
  [[nodiscard]] virtual std::string name() const = 0;
};

/// What the sources share. Files are read on `worker`, which outlives them.
struct SourceContext {
  Environment environment;
  aio::Worker& worker;
  std::string region;                   ///< for STS
  std::optional<http::TlsTrust> trust;  ///< for STS and https container endpoints
};

}  // namespace s3
