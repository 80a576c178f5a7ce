#include "s3/credential_chain.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>

#include "s3/credential_sources.hpp"

namespace s3 {

namespace asio = boost::asio;
using core::Errc;
using core::Error;

namespace {

constexpr auto renewed_before_end = std::chrono::minutes(5);
constexpr auto renewed_without_end = std::chrono::minutes(5);
constexpr auto pause_after_failure = std::chrono::seconds(10);

}  // namespace

CredentialChain::CredentialChain(asio::any_io_executor executor, core::Clock const& clock, Sources sources)
    : clock_(clock), sources_(std::move(sources)), renewed_(std::move(executor), core::Steady::max()) {}

bool CredentialChain::is_due() const {
  if (clock_.steady() < not_before_) return false;
  if (!held_ || rejected_) return true;
  if (held_->expires) return clock_.wall() + renewed_before_end >= *held_->expires;
  return clock_.steady() - fetched_at_ >= renewed_without_end;
}

awaitable<Result<Credentials>> CredentialChain::get() {
  while (renewing_) {
    co_await renewed_.async_wait(asio::as_tuple(asio::use_awaitable));
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
  if (is_due()) co_await renew();
  if (held_) co_return *held_;
  co_return *last_failure_;
}

void CredentialChain::reject(Credentials const& credentials) {
  // Several requests may be told so at once; those signed with older ones say nothing about what is held now.
  if (held_ && held_->access_key_id == credentials.access_key_id && held_->session_token == credentials.session_token)
    rejected_ = true;
}

awaitable<void> CredentialChain::renew() {
  struct Turn {
    CredentialChain& chain;
    ~Turn() {
      chain.renewing_ = false;
      chain.renewed_.cancel();
    }
  };
  renewing_ = true;
  Turn const turn{*this};
  auto fresh = co_await ask_sources();
  rejected_ = false;
  fetched_at_ = clock_.steady();
  if (fresh) {
    held_ = std::move(*fresh);
    last_failure_.reset();
    // A source may hand out again what is about to expire; asking it for each request would be a storm.
    if (held_->expires && *held_->expires - clock_.wall() <= renewed_before_end)
      not_before_ = fetched_at_ + pause_after_failure;
  } else {
    last_failure_ = fresh.error();
    not_before_ = fetched_at_ + pause_after_failure;
  }
}

awaitable<Result<Credentials>> CredentialChain::ask_sources() {
  std::string asked;
  for (auto const& source : sources_) {
    auto found = co_await source->fetch();
    if (!found) co_return found.error();
    if (*found) co_return std::move(**found);
    asked += (asked.empty() ? "" : ", ") + source->name();
  }
  co_return Error{Errc::permission, "find S3 credentials: there are none", asked,
                  "give the connection a file with credentials, or set up one of these"};
}

CredentialChain::Sources usual_sources(SourceContext const& context) {
  CredentialChain::Sources sources;
  sources.push_back(std::make_unique<EnvironmentCredentials>(context));
  sources.push_back(std::make_unique<WebIdentityCredentials>(context));
  sources.push_back(std::make_unique<ProfileCredentials>(context));
  sources.push_back(std::make_unique<ContainerCredentials>(context));
  sources.push_back(std::make_unique<InstanceCredentials>(context));
  return sources;
}

}  // namespace s3
