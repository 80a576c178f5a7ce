#pragma once

#include <boost/asio/awaitable.hpp>
#include <utility>

#include "core/result.hpp"
#include "s3/secret.hpp"

namespace s3 {

using boost::asio::awaitable;
using core::Result;

/// Gives the credentials that the next request is signed with. Loop thread only; shared by clients, outlives them.
class CredentialProvider {
 public:
  virtual ~CredentialProvider() = default;
  /// Cheap while what it has is good. Errors say which sources were asked and what to do.
  [[nodiscard]] virtual awaitable<Result<Credentials>> get() = 0;
  /// A server calls these expired: the next get() looks for newer ones. Unknown ones are none of its business.
  virtual void reject(Credentials const& credentials) = 0;
};

/// Credentials that never change.
class FixedCredentials final : public CredentialProvider {
 public:
  explicit FixedCredentials(Credentials credentials) : credentials_(std::move(credentials)) {}
  awaitable<Result<Credentials>> get() override { co_return credentials_; }
  void reject(Credentials const&) override {}

 private:
  Credentials credentials_;
};

}  // namespace s3
