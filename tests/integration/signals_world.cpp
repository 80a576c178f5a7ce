#include "integration/signals_world.hpp"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <fstream>

#include "aio/sleep.hpp"
#include "domain/spec_json.hpp"
#include "http/listener.hpp"
#include "orchestrator/webhook_signature.hpp"
#include "store/pipelines.hpp"
#include "store/runs.hpp"
#include "support/run_coro.hpp"

namespace integration {

using namespace std::chrono_literals;
using domain::RunState;
using store::Lane;

namespace {

constexpr auto patience = 20s;  ///< for what is sure to come; only a failing test waits for it
constexpr auto ask_again = 5ms;
constexpr char const* secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::string header(http::RequestContext const& request, std::string_view name) {
  return std::string(request.headers.find(name).value_or(""));
}

}  // namespace

void Receiver::start() {
  auto listener = http::Listener::tcp("127.0.0.1", port_).value();
  port_ = listener.port();
  http::ServerLimits limits;
  limits.drain = 10ms;
  server_ = std::make_unique<http::Server>(
      io_.get_executor(), [this](http::RequestContext request) { return take(std::move(request)); },
      [](std::string_view) {}, limits);
  server_->add(std::move(listener));
  task_ = std::make_unique<aio::TaskGroup>(io_.get_executor());
  task_->spawn([this] { return server_->run(); });
}

awaitable<void> Receiver::stop() {
  if (!task_) co_return;
  task_->stop();
  co_await task_->join();
  task_.reset();
  server_.reset();
}

awaitable<http::Reply> Receiver::take(http::RequestContext request) {
  Received got;
  got.path = request.path;
  got.id = header(request, "webhook-id");
  auto const key = orchestrator::webhook_key(s3::Secret(secret)).value();
  got.signature_is_good =
      header(request, "content-type") == "application/cloudevents+json" &&
      header(request, "webhook-signature") ==
          orchestrator::webhook_signature(key, got.id, header(request, "webhook-timestamp"), request.body);
  got.event = boost::json::parse(request.body).as_object();
  got.type = std::string(got.event.at("type").as_string());
  received_.push_back(got);
  if (!answer) co_return http::Reply(204);
  auto const number = received_.size();
  co_return co_await answer(number, got);
}

std::vector<std::string> Receiver::distinct(std::string const& path) const {
  std::vector<std::string> types, ids;
  for (auto const& got : received_) {
    if (got.path != path || std::ranges::find(ids, got.id) != ids.end()) continue;
    ids.push_back(got.id);
    types.push_back(got.type.substr(std::string_view("io.tidewheel.").size()));
  }
  return types;
}

SignalsWorld::Life::Life(SignalsWorld& world)
    : database(std::make_unique<store::Database>(world.state_dir_->database())),
      services{*database, world.engine_, world.pool_, world.clock_, world.config_, *world.state_dir_, "test"},
      signals(std::make_unique<orchestrator::Signals>(
          world.io_.get_executor(), services, orchestrator::Teller{"test", {}}, world.pulse_pace, world.webhooks_pace)),
      task(world.io_.get_executor()) {}

SignalsWorld::SignalsWorld() : engine_(io_.get_executor()), receiver_(io_) {
  spdlog::set_level(spdlog::level::off);
  pulse_pace.gather = 1ms;
  pulse_pace.start_hold = 0ms;
  webhooks_pace.first_pause = 20ms;
  config_.state_dir = (folder_ / "state").string();
  state_dir_ = std::make_unique<orchestrator::StateDir>(config_.state_dir);
  std::ofstream(secret_file()) << secret << "\n";
  ::chmod(secret_file().c_str(), 0640);
  receiver_.start();
  for (auto const* const name : {"ops", "slow"}) {
    auto& hook = config_.webhooks[name];
    hook.url = "http://127.0.0.1:" + std::to_string(receiver_.port()) + "/" + name;
    hook.secret = secret_file();
  }
}

SignalsWorld::~SignalsWorld() {
  pool_.join();
}

void SignalsWorld::run(std::function<awaitable<void>()> test) {
  auto whole = [&]() -> awaitable<void> {
    co_await start();
    std::exception_ptr error;
    try {
      co_await test();
    } catch (...) {
      error = std::current_exception();
    }
    co_await end();
    co_await receiver_.stop();
    if (error) std::rethrow_exception(error);
  };
  support::run_coro(io_, std::move(whole), 60s);
}

awaitable<void> SignalsWorld::start() {
  life_ = std::make_unique<Life>(*this);
  co_await life_->signals->begin();
  life_->task.spawn([this] { return life_->signals->run(); });
}

awaitable<void> SignalsWorld::end() {
  if (!life_) co_return;
  life_->task.stop();
  try {
    co_await life_->task.join();
  } catch (boost::system::system_error const&) {
  }
  life_->signals.reset();
  life_->database->close();
  life_.reset();
}

domain::PipelineSpec SignalsWorld::telling(std::string name, std::string webhook) {
  using domain::NotifyEvent;
  domain::PipelineSpec spec;
  spec.name = std::move(name);
  spec.notify.push_back(
      {{NotifyEvent::failed, NotifyEvent::recovered, NotifyEvent::overdue, NotifyEvent::alert}, std::move(webhook)});
  return spec;
}

awaitable<store::PipelineId> SignalsWorld::pipeline(domain::PipelineSpec spec) {
  auto write = [spec = std::move(spec), now = clock_.wall()](sql::Connection& db) {
    return store::register_revision(db, spec, "yaml of " + spec.name, domain::spec_to_json(spec), now, now).value().id;
  };
  co_return co_await life_->database->write(Lane::run, std::move(write));
}

awaitable<void> SignalsWorld::ends(store::PipelineId pipeline, RunState state, std::vector<store::OutputRow> outputs) {
  auto write = [pipeline, state, outputs = std::move(outputs), key = "f" + std::to_string(++files_),
                now = clock_.wall()](sql::Connection& db) {
    auto const source = store::ensure_source(db, "/srv/data", core::Wall(), now);
    store::Match match;
    match.pipeline = pipeline;
    auto const ns = core::to_ms(now) * 1'000'000;
    (void)store::commit_differences(db, source.id, {{key, domain::Version{1, ns, ns, 1}, {}, {match}, {}}}, now);
    store::RunNo const no{db.integer("SELECT max(run_no) FROM run").value()};
    (void)store::claim_run(db, no, now).value();
    store::AttemptRow attempt;
    attempt.run = no;
    attempt.container_name = "tw-" + std::to_string(no.value);
    (void)store::open_attempt(db, attempt, now);
    (void)store::move_run(db, no, RunState::starting, RunState::running, domain::Reason::none, {}, now);
    store::AttemptEnd end;
    end.outcome = state;
    end.reason = state == RunState::succeeded ? domain::Reason::exit_zero : domain::Reason::exit_nonzero;
    store::set_exited(db, no, 1, end, now);
    store::publish(db, no, 1, end, state, outputs, {}, {}, now);
  };
  co_await life_->database->write(Lane::run, std::move(write));
}

awaitable<void> SignalsWorld::until(std::function<bool()> holds) {
  auto const end = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("it did not come");
    co_await aio::sleep_for(ask_again);
  }
}

awaitable<store::WebhookState> SignalsWorld::state(std::string webhook) {
  auto query = [webhook](sql::Connection& db) { return store::webhook_states(db)[webhook]; };
  co_return co_await life_->database->read(std::move(query));
}

awaitable<store::WebhookState> SignalsWorld::until_state(std::function<bool(store::WebhookState const&)> holds,
                                                         std::string webhook) {
  auto const end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto found = co_await state(webhook);
    if (holds(found)) co_return found;
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("it did not become so: " + found.error);
    co_await aio::sleep_for(ask_again);
  }
}

awaitable<void> SignalsWorld::until_delivered(std::string webhook) {
  auto delivered = [](store::WebhookState const& state) { return state.waiting == 0 && state.last_delivered; };
  (void)co_await until_state(std::move(delivered), std::move(webhook));
}

}  // namespace integration
