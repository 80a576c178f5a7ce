#include <fstream>

#include "docker/engine_call.hpp"
#include "docker/engine_client.hpp"
#include "docker/event_stream.hpp"
#include "docker/wire.hpp"
#include "http/peer_process.hpp"

namespace docker {

using core::Errc;
using http::Patience;
using namespace std::chrono_literals;

namespace {

/// Where systemd listens for dockerd (Debian's way), dockerd says in a file which process it is.
std::optional<pid_t> process_in_pid_file(std::string const& socket) {
  if (socket != "/run/docker.sock" && socket != "/var/run/docker.sock") return std::nullopt;
  std::ifstream file("/run/docker.pid");
  pid_t pid = 0;
  if (!(file >> pid)) return std::nullopt;
  return pid;
}

/// The engine may be away; else it has answered, whatever that is.
bool is_away(core::Error const& error) {
  return error.code == Errc::unavailable || error.code == Errc::timeout;
}

}  // namespace

std::optional<Generation> EngineClient::local_generation() {
  auto const pid = http::peer_process(client_.endpoint());
  if (!pid) return std::nullopt;
  if (auto known = generation_of_process(*pid)) return known;
  auto const named = *pid == 1 ? process_in_pid_file(client_.endpoint().path()) : std::nullopt;
  return named ? generation_of_process(*named) : std::nullopt;
}

awaitable<Result<Generation>> EngineClient::generation() {
  std::optional<Generation> local;
  if (files_ != nullptr) {
    auto look = [this] { return local_generation(); };
    local = co_await files_->run(std::move(look));
  } else {
    local = local_generation();
  }
  if (local) co_return *local;
  if (client_.endpoint().is_unix() && !http::peer_process(client_.endpoint()))
    co_return core::Error{Errc::unavailable, "ask which engine it is: nobody listens", client_.endpoint().to_string(),
                          ""};
  Call about("ask about the engine", client_.endpoint().to_string(), "GET", "/info");
  auto const info = co_await send(std::move(about));
  if (!info && is_away(info.error())) co_return info.error();
  Call network("inspect network", "bridge", "GET", "/networks/bridge");
  auto const bridge = co_await send(std::move(network));
  if (!bridge && is_away(bridge.error())) co_return bridge.error();
  auto known = info && bridge ? generation_of_bridge(info->body, bridge->body) : std::nullopt;
  if (known) co_return *known;
  co_return Generation{"connection " + life_ + " " + std::to_string(client_.losses() + breaks_), std::nullopt};
}

awaitable<Result<ContainerHistory>> EngineClient::history(std::string id, core::Wall finished) {
  constexpr auto silence = 2s;  // what is remembered comes at once
  Call call("ask for events", id, "GET", "/events?since=1&filters=" + core::percent_encode(event_filter(id)));
  auto stream = co_await open(std::move(call), Patience::idle(silence));
  if (!stream) co_return stream.error();
  EventStream events(finished);
  http::BodySink sink = [&events](std::string_view bytes) -> awaitable<Result<void>> {
    auto fed = events.feed(bytes);
    if (fed && events.complete()) fed = core::Error{Errc::conflict, "that is all", {}, {}};
    co_return fed;
  };
  auto const read = co_await stream->read(std::move(sink));
  // Else it would go on for ever; and it is silent where the death is forgotten already.
  if (events.complete() || (!read && read.error().code == Errc::timeout)) co_return events.history();
  if (!read) co_return lost(read.error());
  co_return core::Error{Errc::unavailable, "ask for events: the engine ended them", id, {}};
}

}  // namespace docker
