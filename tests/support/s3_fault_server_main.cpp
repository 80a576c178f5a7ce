// s3-fault-server: an S3 endpoint in memory that can be told to fail, for tests in other languages and for benchmarks.
// Prints its port as the one line of its output, stops on SIGTERM or SIGINT.

#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "core/units.hpp"
#include "support/s3_fault_server.hpp"

namespace {

/// Before the server's thread starts, so that it inherits the mask and only sigwait() sees them.
sigset_t block_stop_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int serve(support::S3FaultServer::Settings settings, std::vector<std::string> const& buckets) {
  auto const signals = block_stop_signals();
  support::S3FaultServer server(std::move(settings));
  for (auto const& bucket : buckets) server.make_bucket(bucket);
  server.start();
  std::printf("%u\n", server.port());
  std::fflush(stdout);
  int received = 0;
  ::sigwait(&signals, &received);
  server.stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  support::S3FaultServer::Settings settings;
  std::vector<std::string> buckets;
  std::string latency = "0ms";
  CLI::App app{
      "An S3 endpoint in memory that can be told to fail. POST /-/faults says how; see tests/support/s3/fault.hpp."};
  app.add_option("--port", settings.port, "On 127.0.0.1; 0 lets the kernel choose")->capture_default_str();
  app.add_option("--make-bucket", buckets, "A bucket to begin with; may be given again");
  app.add_option("--synthetic", settings.synthetic, "So many keys, computed from the seed, in the bucket of --bucket");
  app.add_option("--bucket", settings.bucket, "Of the synthetic keys")->capture_default_str();
  app.add_option("--seed", settings.seed, "Of synthetic keys and of probabilities")->capture_default_str();
  app.add_option("--latency", latency, "Before each answer: 30ms")->capture_default_str();
  app.add_option("--region", settings.region)->capture_default_str();
  app.add_option("--domain", settings.domain, "BUCKET.DOMAIN as Host is virtual-host addressing");
  app.add_option("--log-size", settings.log_size, "Requests that GET /-/requests shows")->capture_default_str();
  app.add_flag("--check-access", settings.check_access,
               "Requests must carry SigV4 of the right form (it is not computed)");
  app.add_option("--access-key", settings.access_key, "The one that --check-access lets in")->capture_default_str();
  app.add_option("--session-token", settings.session_token, "The one that --check-access wants");
  app.add_option("--expired-token", settings.expired_tokens, "A token that gives ExpiredToken; may be given again");
  app.add_flag("--like-rgw", settings.like_rgw, "Listings as Ceph RGW writes them");
  try {
    app.parse(argc, argv);
    auto const wait = core::parse_duration(latency);
    if (!wait) throw CLI::ValidationError("--latency", "write a duration such as 30ms");
    settings.latency_ms = static_cast<std::uint32_t>(wait->count());
  } catch (CLI::ParseError const& error) {
    return app.exit(error);
  }
  try {
    return serve(std::move(settings), buckets);
  } catch (std::exception const& error) {
    std::cerr << "s3-fault-server: " << error.what() << "\n";
    return 1;
  }
}
