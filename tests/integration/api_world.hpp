#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aio/worker.hpp"
#include "api/api.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "http/tls_identity.hpp"
#include "support/fake_engine.hpp"
#include "support/program.hpp"
#include "support/run_coro.hpp"
#include "support/temp_dir.hpp"

namespace integration {

using boost::asio::awaitable;

/// A whole daemon in this process: real files, inotify, SQLite and unix socket; only the Docker Engine is a fake.
class ApiWorld {
 public:
  ApiWorld() : ApiWorld(std::make_shared<support::TempDir>()) {}
  /// On the files of an earlier daemon, which is gone by now.
  explicit ApiWorld(std::shared_ptr<support::TempDir> folder, config::Webhooks webhooks = {});
  ~ApiWorld();

  /// Writes a pipeline's file: watches the data folder with settle 0. `more` is YAML at the top level.
  void pipeline(std::string const& name, std::string const& more = {}, std::string const& files = "**");
  /// Puts a file into the data folder by rename; its absolute path.
  std::string put(std::string const& key, std::string const& bytes);
  /// Before run(): listens on loopback as well, in TLS where there is an identity. The port.
  std::uint16_t listen(std::shared_ptr<http::TlsIdentity> identity = nullptr);
  /// Starts everything, runs the test, stops everything.
  void run(std::function<awaitable<void>()> test);

  struct Answer {
    Answer() {}  // not an aggregate: g++ 12 would destroy a temporary one twice in a co_await
    int status = 0;
    http::Headers headers;
    boost::json::value body;
    std::string text;
  };
  [[nodiscard]] awaitable<Answer> get(std::string target);
  [[nodiscard]] awaitable<Answer> post(std::string target, std::string body, std::string type = "application/json");
  /// An answer that is read piece by piece: `take` is given all that has come so far, until it returns false.
  [[nodiscard]] awaitable<void> follow(std::string target, http::Headers headers,
                                       std::function<bool(std::string const&)> take);
  /// Until the run is in this state; its JSON.
  [[nodiscard]] awaitable<boost::json::value> run_in(std::string run, std::string state);
  [[nodiscard]] awaitable<void> idle();
  /// `why` for a path, as one text.
  [[nodiscard]] awaitable<std::string> why(std::string path);
  /// Runs the real command line against this daemon, on a thread of its own.
  [[nodiscard]] awaitable<support::Ended> tidewheel(std::vector<std::string> arguments);
  /// The container of a run that is running; waits for it.
  [[nodiscard]] awaitable<support::FakeContainer*> container();

  docker::RequestCounts engine_requests;  ///< what /metrics tells of; the fake engine makes no requests

  [[nodiscard]] http::Router const& router() const { return router_; }
  [[nodiscard]] http::Client& client() { return client_; }
  [[nodiscard]] support::FakeEngine& engine() { return engine_; }
  [[nodiscard]] config::DaemonConfig& config() { return config_; }
  [[nodiscard]] std::string data() const { return data_; }
  [[nodiscard]] store::Database& database() { return database_; }
  [[nodiscard]] http::Server& server() { return server_; }
  [[nodiscard]] orchestrator::Registry& registry() { return registry_; }

 private:
  [[nodiscard]] static config::DaemonConfig make_config(support::TempDir const& folder, config::Webhooks webhooks);

  boost::asio::io_context io_{1};
  std::shared_ptr<support::TempDir> folder_;
  config::DaemonConfig config_;
  std::string data_;
  orchestrator::StateDir state_dir_;
  store::Database database_;
  aio::Worker pool_{2, "tw-pool"};
  aio::Worker programs_{1, "tw-programs"};
  support::FakeEngine engine_;
  core::SystemClock clock_;
  orchestrator::Services services_;
  orchestrator::Scheduler scheduler_;
  orchestrator::Registry registry_;
  orchestrator::Actions actions_;
  orchestrator::Signals signals_;
  orchestrator::Retention retention_;
  api::Feed feed_;
  http::Router router_;
  http::Server server_;
  http::Client client_;
};

}  // namespace integration
