#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aio/task_group.hpp"
#include "aio/worker.hpp"
#include "http/server.hpp"
#include "orchestrator/signals.hpp"
#include "orchestrator/state_dir.hpp"
#include "store/intake.hpp"
#include "support/fake_engine.hpp"
#include "support/temp_dir.hpp"

namespace integration {

using boost::asio::awaitable;

/// One POST as the receiver got it.
struct Received {
  std::string path, id, type;
  bool signature_is_good = false;
  boost::json::object event;
};

/// A receiver of webhooks on a real socket, that checks signatures with the secret that was written to the file.
class Receiver {
 public:
  explicit Receiver(boost::asio::io_context& io) : io_(io) {}

  /// Listens, on the port that it had before if it had one. Until stop().
  void start();
  [[nodiscard]] awaitable<void> stop();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::vector<Received> const& received() const noexcept { return received_; }
  /// Of these: with a path, or a type, each id once.
  [[nodiscard]] std::vector<std::string> distinct(std::string const& path = "/ops") const;

  /// What is answered to the `n`th POST (from 1); 204 where it is empty. It may wait as long as it likes.
  std::function<awaitable<http::Reply>(std::size_t n, Received const&)> answer;

 private:
  [[nodiscard]] awaitable<http::Reply> take(http::RequestContext request);

  boost::asio::io_context& io_;
  std::uint16_t port_ = 0;
  std::vector<Received> received_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<aio::TaskGroup> task_;
};

/// Database, pulse and webhooks of a daemon that can be ended and started again, without sources and containers: runs
/// are put into the database as the runner would.
class SignalsWorld {
 public:
  SignalsWorld();
  ~SignalsWorld();

  /// Runs the test with the receiver listening and a first life started.
  void run(std::function<awaitable<void>()> test);
  [[nodiscard]] awaitable<void> start();
  /// Ends this life wherever it stands: what it has not committed is lost.
  [[nodiscard]] awaitable<void> end();

  [[nodiscard]] awaitable<store::PipelineId> pipeline(domain::PipelineSpec spec);
  /// A new file and its run, which ends so.
  [[nodiscard]] awaitable<void> ends(store::PipelineId pipeline, domain::RunState state,
                                     std::vector<store::OutputRow> outputs = {});
  [[nodiscard]] awaitable<void> until(std::function<bool()> holds);
  /// Of one webhook, from the outbox.
  [[nodiscard]] awaitable<store::WebhookState> state(std::string webhook = "ops");
  [[nodiscard]] awaitable<store::WebhookState> until_state(std::function<bool(store::WebhookState const&)> holds,
                                                           std::string webhook = "ops");
  [[nodiscard]] awaitable<void> until_delivered(std::string webhook = "ops");

  [[nodiscard]] Receiver& receiver() noexcept { return receiver_; }
  [[nodiscard]] orchestrator::Signals& signals() noexcept { return *life_->signals; }
  [[nodiscard]] std::string secret_file() const { return (folder_ / "ops.secret").string(); }
  /// A pipeline that tells `ops` of everything.
  [[nodiscard]] static domain::PipelineSpec telling(std::string name, std::string webhook = "ops");

  orchestrator::Pulse::Pace pulse_pace;
  orchestrator::Webhooks::Pace webhooks_pace;

 private:
  struct Life {
    Life(SignalsWorld& world);
    std::unique_ptr<store::Database> database;
    orchestrator::Services services;
    std::unique_ptr<orchestrator::Signals> signals;
    aio::TaskGroup task;
  };

  boost::asio::io_context io_{1};
  support::TempDir folder_;
  config::DaemonConfig config_;
  std::unique_ptr<orchestrator::StateDir> state_dir_;
  aio::Worker pool_{2, "tw-pool"};
  support::FakeEngine engine_;
  core::SystemClock clock_;
  Receiver receiver_;
  std::unique_ptr<Life> life_;
  int files_ = 0;
};

}  // namespace integration
