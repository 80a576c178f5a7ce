#include "integration/api_world.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>

#include "aio/sleep.hpp"
#include "aio/task_group.hpp"
#include "api/guard.hpp"
#include "core/uri.hpp"
#include "http/listener.hpp"

namespace integration {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto patience = 20s;  ///< for what is sure to come; only a failing test waits for it
constexpr auto ask_again = 10ms;

}  // namespace

config::DaemonConfig ApiWorld::make_config(support::TempDir const& folder, config::Webhooks webhooks) {
  spdlog::set_level(spdlog::level::off);
  for (auto const* const name : {"data", "pipelines.d"}) fs::create_directories(folder / name);
  auto config = config::default_daemon_config();
  config.instance = "test";
  config.state_dir = (folder / "state").string();
  config.pipelines_dir = (folder / "pipelines.d").string();
  config.api.socket = (folder / "api.sock").string();
  config.min_free = 0;
  config.policy.webhooks.emplace();
  for (auto const& [name, hook] : webhooks) (*config.policy.webhooks)[name] = hook.pipelines;
  config.webhooks = std::move(webhooks);
  return config;
}

namespace {

/// As much of the web page as its addresses need.
std::span<api::Asset const> web_page() {
  static std::array<api::Asset, 2> const assets{
      {{"index.html", "<!doctype html><link href=\"/assets/style.css\"><div id=\"app\">loading</div>", {}},
       {"style.css", "body {}", {}}}};
  return assets;
}

}  // namespace

ApiWorld::ApiWorld(std::shared_ptr<support::TempDir> folder, config::Webhooks webhooks)
    : folder_(std::move(folder)),
      config_(make_config(*folder_, std::move(webhooks))),
      data_((*folder_ / "data").string()),
      state_dir_(config_.state_dir),
      database_(state_dir_.database()),
      engine_(io_.get_executor()),
      services_{database_, engine_, pool_, clock_, config_, state_dir_, std::string(32, 'a')},
      scheduler_(io_.get_executor(), services_),
      registry_(io_.get_executor(), services_, scheduler_),
      actions_(services_, registry_, scheduler_),
      signals_(io_.get_executor(), services_, {config_.instance, {}}),
      retention_(io_.get_executor(), services_),
      feed_(io_.get_executor(), services_, [this] { return scheduler_.active(); }),
      router_(api::build_router({services_,
                                 registry_,
                                 scheduler_,
                                 actions_,
                                 feed_,
                                 {},
                                 web_page(),
                                 &signals_,
                                 &engine_requests,
                                 &retention_})),
      server_(io_.get_executor(), api::guard(router_, services_, web_page()), [](std::string_view) {}),
      client_(http::Endpoint::unix_socket(config_.api.socket)) {
  auto listener = http::Listener::unix_socket(config_.api.socket, 0666);
  server_.add(std::move(listener.value()));
  docker::Image image;
  image.entrypoint = {"Rscript"};
  engine_.add_image("local/r:1", image);
}

ApiWorld::~ApiWorld() {
  programs_.join();
  pool_.join();
  database_.close();
}

void ApiWorld::pipeline(std::string const& name, std::string const& more, std::string const& files) {
  auto const text = "version: 1\nname: " + name + "\nwatch: {path: " + data_ + ", files: \"" + files +
                    "\", existing: skip, settle: 0s}\nimage: local/r:1\ncommand: [\"${input.path}\"]\n" + more;
  auto const path = fs::path(config_.pipelines_dir) / (name + ".yaml");
  std::ofstream(path.string() + ".new") << text;
  fs::rename(path.string() + ".new", path);
}

std::string ApiWorld::put(std::string const& key, std::string const& bytes) {
  auto const fresh = (*folder_ / "fresh").string();
  std::ofstream(fresh, std::ios::binary) << bytes;
  auto const path = fs::path(data_) / key;
  fs::create_directories(path.parent_path());
  fs::rename(fresh, path);
  return path.string();
}

std::uint16_t ApiWorld::listen(std::shared_ptr<http::TlsIdentity> identity) {
  auto listener = http::Listener::tcp("127.0.0.1", 0).value();
  config_.api.listen = {{"127.0.0.1", listener.port()}};
  auto const port = listener.port();
  server_.add(std::move(listener), std::move(identity));
  return port;
}

void ApiWorld::run(std::function<awaitable<void>()> test) {
  auto whole = [&]() -> awaitable<void> {
    auto body = [&](aio::TaskGroup& tasks) -> awaitable<void> {
      tasks.spawn([this] { return scheduler_.run(); });
      tasks.spawn([this] { return registry_.run(); });
      tasks.spawn([this] { return signals_.run(); });
      tasks.spawn([this] { return feed_.run(); });
      tasks.spawn([this] { return server_.run(); });
      for (bool watching = false; !watching; co_await aio::sleep_for(ask_again)) {
        watching = registry_.ready();
        for (auto const& source : registry_.sources().status())
          watching = watching && source.health.state == watch::SourceHealth::State::watching;
      }
      co_await test();
    };
    co_await aio::with_task_group(std::move(body));
  };
  support::run_coro(io_, std::move(whole), 60s);
}

awaitable<ApiWorld::Answer> ApiWorld::get(std::string target) {
  http::Request request("GET", std::move(target));
  auto const response = (co_await client_.send(std::move(request))).value();
  Answer answer;
  answer.status = response.status;
  answer.headers = response.headers;
  answer.text = response.body;
  boost::system::error_code error;
  answer.body = boost::json::parse(response.body, error);
  co_return answer;
}

awaitable<ApiWorld::Answer> ApiWorld::post(std::string target, std::string body, std::string type) {
  http::Request request("POST", std::move(target));
  request.headers.set("Content-Type", type);
  request.body = std::move(body);
  auto const response = (co_await client_.send(std::move(request))).value();
  Answer answer;
  answer.status = response.status;
  answer.headers = response.headers;
  answer.text = response.body;
  boost::system::error_code error;
  answer.body = boost::json::parse(response.body, error);
  co_return answer;
}

awaitable<void> ApiWorld::follow(std::string target, http::Headers headers,
                                 std::function<bool(std::string const&)> take) {
  http::Request request("GET", std::move(target));
  request.headers = std::move(headers);
  auto const whole = http::Patience::total(patience);
  auto stream = (co_await client_.open(std::move(request), whole)).value();
  std::string seen;
  bool enough = false;
  auto sink = [&](std::string_view piece) -> awaitable<core::Result<void>> {
    seen += piece;
    enough = !take(seen);
    if (enough) co_return core::Error{core::Errc::internal, "enough", {}, {}};
    co_return core::Result<void>();
  };
  http::BodySink body = std::move(sink);
  auto const read = co_await stream.read(std::move(body));
  if (!read && !enough) throw std::runtime_error("the stream broke: " + read.error().message() + "\n" + seen);
}

awaitable<boost::json::value> ApiWorld::run_in(std::string run, std::string state) {
  auto const end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto const answer = co_await get("/api/v1/runs/" + run);
    if (answer.status == 200 && answer.body.at("state").as_string() == state) co_return answer.body;
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error("run " + run + " is not " + state + ": " + answer.text);
    co_await aio::sleep_for(ask_again);
  }
}

awaitable<void> ApiWorld::idle() {
  auto const end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto const answer = co_await get("/api/v1/status");
    if (answer.body.at("idle").as_bool()) co_return;
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("not idle: " + answer.text);
    co_await aio::sleep_for(ask_again);
  }
}

awaitable<std::string> ApiWorld::why(std::string path) {
  auto const answer = co_await get("/api/v1/why?path=" + core::percent_encode(path));
  if (answer.status != 200) throw std::runtime_error("why: " + answer.text);
  std::string text;
  for (auto const& sentence : answer.body.at("sentences").as_array()) text += std::string(sentence.as_string()) + "\n";
  co_return text;
}

awaitable<support::Ended> ApiWorld::tidewheel(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {TIDEWHEEL_PROGRAM, "--socket", config_.api.socket});
  auto work = [arguments = std::move(arguments)] { return support::run_program(arguments, {"LANG=C.UTF-8"}); };
  co_return co_await programs_.run(std::move(work));
}

awaitable<support::FakeContainer*> ApiWorld::container() {
  auto const end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    for (auto const& [id, container] : engine_.containers())
      if (container->running()) co_return container.get();
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("no container is running");
    co_await aio::sleep_for(ask_again);
  }
}

}  // namespace integration
