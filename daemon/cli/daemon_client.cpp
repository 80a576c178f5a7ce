#include "daemon_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "command_error.hpp"
#include "core/uri.hpp"
#include "fields.hpp"

namespace cli {

namespace {

constexpr std::size_t longest_answer = std::size_t{64} << 20;

ExitCode exit_code_of(int status) {
  switch (status) {
    case 400:
    case 415:
    case 422:
      return invalid;
    case 404:
      return no_input;
    case 401:
    case 403:
      return forbidden;
    case 502:
    case 503:
    case 504:
      return unreachable;
    default:
      return run_failed;
  }
}

}  // namespace

DaemonClient::DaemonClient(std::string socket)
    : socket_(std::move(socket)), client_(http::Endpoint::unix_socket(socket_)) {}

awaitable<json::object> DaemonClient::get(std::string target) {
  http::Request request("GET", std::move(target));
  co_return co_await exchange(std::move(request));
}

awaitable<json::object> DaemonClient::post(std::string target, json::object body) {
  return post(std::move(target), std::move(body), {});
}

awaitable<json::object> DaemonClient::post(std::string target, json::object body, std::string once) {
  http::Request request("POST", std::move(target));
  request.headers.set("Content-Type", "application/json");
  if (!once.empty()) request.headers.set("Idempotency-Key", once);
  request.body = json::serialize(body);
  co_return co_await exchange(std::move(request));
}

awaitable<void> DaemonClient::remove(std::string target) {
  http::Request request("DELETE", std::move(target));
  (void)co_await send(std::move(request));
}

awaitable<http::Response> DaemonClient::send(http::Request request) {
  request.body_limit = longest_answer;
  auto answer = co_await client_.send(std::move(request));
  if (!answer) fail(answer.error());
  if (answer->status >= 300) refuse(answer->status, answer->body);
  co_return std::move(*answer);
}

awaitable<json::object> DaemonClient::exchange(http::Request request) {
  auto const answer = co_await send(std::move(request));
  boost::system::error_code error;
  auto value = json::parse(answer.body, error);
  if (error || !value.is_object())
    throw CommandError(unreachable, "what answers at " + socket_ + " does not speak Tidewheel's API",
                       "is this tidewheeld's socket?");
  co_return std::move(value.get_object());
}

awaitable<http::ResponseStream> DaemonClient::open(std::string target) {
  http::Request request("GET", std::move(target));
  auto const patience = http::Patience::endless();
  auto stream = co_await client_.open(std::move(request), patience);
  if (!stream) fail(stream.error());
  if (stream->status() >= 300) {
    auto const body = co_await stream->read_all(std::size_t{1} << 20);
    refuse(stream->status(), body ? *body : std::string());
  }
  co_return std::move(*stream);
}

void DaemonClient::fail(core::Error const& error) const {
  if (error.code == core::Errc::permission)
    throw CommandError(forbidden, "no permission to open the daemon's socket " + socket_ + " (" + error.operation + ")",
                       "your user must be in a group that `api.groups` of tidewheeld.yaml names, by default:\n"
                       "  sudo usermod -aG tidewheel \"$USER\"    and log in again");
  throw CommandError(unreachable, "the daemon does not answer at " + socket_ + " (" + error.operation + ")",
                     "Is tidewheeld running?  systemctl status tidewheeld\n"
                     "Another socket: --socket PATH, or TIDEWHEEL_SOCKET (api.socket in tidewheeld.yaml)");
}

void DaemonClient::refuse(int status, std::string const& body) const {
  boost::system::error_code error;
  auto const value = json::parse(body, error);
  auto const& problem = error ? json::object() : as_object(value);
  auto message = text(problem, "detail");
  if (message.empty()) message = text(problem, "title");
  if (message.empty()) message = "the daemon answered with HTTP status " + std::to_string(status);
  throw CommandError(exit_code_of(status), message, text(problem, "hint"));
}

std::string run_target(std::string const& run) {
  return "/api/v1/runs/" + core::percent_encode(run);
}
std::string pipeline_target(std::string const& name) {
  return "/api/v1/pipelines/" + core::percent_encode(name);
}

}  // namespace cli
