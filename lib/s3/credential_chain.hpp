#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "core/time.hpp"
#include "s3/credential_provider.hpp"
#include "s3/credential_source.hpp"

namespace s3 {

/// Asks sources in turn and keeps what the first of them gave. Renews it 5 minutes before it expires, and every 5
/// minutes where no end is known, as files change; one renewal at a time, for all who wait. If a renewal fails, what is
/// there is kept, past its time too (the server decides), and 10 seconds pass until the next try.
/// Loop thread only. Nobody may be inside get() when it is destroyed.
class CredentialChain final : public CredentialProvider {
 public:
  using Sources = std::vector<std::unique_ptr<CredentialSource>>;

  CredentialChain(boost::asio::any_io_executor executor, core::Clock const& clock, Sources sources);

  /// Errors: permission if no source is set up or if one is and does not work; it names all that were asked.
  awaitable<Result<Credentials>> get() override;
  void reject(Credentials const& credentials) override;

  /// Why the latest renewal failed; nullopt if it did not. For a health report: get() hides it while it can.
  [[nodiscard]] std::optional<core::Error> const& last_failure() const noexcept { return last_failure_; }

 private:
  [[nodiscard]] bool is_due() const;
  [[nodiscard]] awaitable<void> renew();
  [[nodiscard]] awaitable<Result<Credentials>> ask_sources();

  core::Clock const& clock_;
  Sources sources_;
  std::optional<Credentials> held_;
  std::optional<core::Error> last_failure_;
  core::Steady fetched_at_, not_before_;
  bool rejected_ = false;
  bool renewing_ = false;
  boost::asio::steady_timer renewed_;  ///< cancelled to wake all who wait
};

/// The usual order: environment, web identity, profile, container, instance.
[[nodiscard]] CredentialChain::Sources usual_sources(SourceContext const& context);

}  // namespace s3
