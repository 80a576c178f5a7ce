#include "orchestrator/buckets.hpp"

#include "domain/nearest.hpp"
#include "http/tls_trust.hpp"
#include "s3/credential_chain.hpp"
#include "s3/credential_sources.hpp"

namespace orchestrator {

namespace {

using Trust = std::optional<http::TlsTrust>;

core::Result<Trust> read_trust(config::S3Connection const& settings) {
  if (!settings.endpoint.starts_with("https://")) return Trust();
  if (settings.ca_file.empty()) return Trust(http::TlsTrust::system());
  auto trust = http::TlsTrust::with_file(settings.ca_file, http::TlsTrust::SystemStore::used);
  if (!trust) return trust.error();
  return Trust(std::move(*trust));
}

/// The process's environment, with one profile in place of what AWS_PROFILE says.
s3::Environment with_profile(std::string profile) {
  return [profile = std::move(profile),
          inner = s3::process_environment()](std::string_view name) -> std::optional<std::string> {
    if (name == "AWS_PROFILE") return profile;
    return inner(name);
  };
}

s3::CredentialChain::Sources sources_of(config::S3Credentials const& wanted, s3::SourceContext context) {
  using Kind = config::S3Credentials::Kind;
  s3::CredentialChain::Sources sources;
  switch (wanted.kind) {
    case Kind::automatic:
      return s3::usual_sources(context);
    case Kind::file:
      sources.push_back(std::make_unique<s3::FileCredentials>(std::move(context), wanted.value));
      break;
    case Kind::environment:
      sources.push_back(std::make_unique<s3::EnvironmentCredentials>(std::move(context)));
      break;
    case Kind::profile:
      context.environment = with_profile(wanted.value);
      sources.push_back(std::make_unique<s3::ProfileCredentials>(std::move(context)));
      break;
  }
  return sources;
}

}  // namespace

Buckets::Buckets(boost::asio::any_io_executor executor, config::S3Connections const& connections,
                 core::Clock const& clock, aio::Worker& pool)
    : clock_(clock) {
  for (auto const& [name, settings] : connections) {
    auto trust = read_trust(settings);
    // Without one, who asks for credentials by https makes its own then: most connections never do.
    bool const is_system = trust && settings.ca_file.empty();
    s3::SourceContext context{s3::process_environment(), pool, settings.region, is_system ? *trust : Trust()};
    auto sources = sources_of(settings.credentials, std::move(context));
    auto chain = std::make_unique<s3::CredentialChain>(executor, clock, std::move(sources));
    auto pacer = std::make_unique<s3::Pacer>(s3::Pace(settings.lists_per_minute, clock.steady()));
    connections_.emplace(name, Connection{&settings, std::move(trust), std::move(chain), std::move(pacer)});
  }
}

core::Result<s3::Client*> Buckets::client(std::string const& connection, std::string const& bucket) {
  auto const at = connections_.find(connection);
  if (at == connections_.end()) {
    std::vector<std::string> names;
    for (auto const& entry : connections_) names.push_back(entry.first);
    auto hint = domain::did_you_mean(connection, names);
    if (hint.empty()) hint = "the daemon's configuration has it no more under `s3:`";
    return core::Error{core::Errc::invalid, "there is no S3 connection of that name", connection, hint};
  }
  auto& client = clients_[{connection, bucket}];
  if (!client) {
    auto made = make(at->second, bucket);
    if (!made) return made.error();
    client = std::move(*made);
  }
  return client.get();
}

core::Result<std::unique_ptr<s3::Client>> Buckets::make(Connection& connection, std::string const& bucket) {
  auto const& settings = *connection.settings;
  if (!connection.trust) return connection.trust.error();
  auto endpoint = http::Endpoint::parse(settings.endpoint);
  if (!endpoint) return endpoint.error();
  s3::ClientSettings wanted(std::move(*endpoint), bucket, settings.region);
  wanted.addressing =
      settings.addressing == config::S3Addressing::path ? s3::Addressing::path : s3::Addressing::virtual_host;
  wanted.trust = *connection.trust;
  wanted.pacer = connection.pacer.get();
  // Sources and runs try again by themselves, with longer pauses; a server that is silent should show as that soon.
  wanted.retry.attempts = 4;
  wanted.deadline = std::chrono::seconds(20);
  return s3::Client::make(std::move(wanted), *connection.credentials, clock_);
}

}  // namespace orchestrator
