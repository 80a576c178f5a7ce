#include "support/fake_engine.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "archive/make_tar.hpp"
#include "core/sha256.hpp"
#include "domain/init_format.h"

namespace support {

namespace asio = boost::asio;
namespace json = boost::json;
using core::Errc;
using core::Error;
using core::Result;
using docker::Container;

namespace {

constexpr char const* never = "0001-01-01T00:00:00Z";
constexpr char const* some_time = "2026-11-22T10:00:00.000000000Z";

Error no_such(std::string const& id) {
  return {Errc::not_found, "No such container", id, {}};
}

std::string image_of(json::object const& body) {
  return std::string(body.at("Image").as_string());
}

}  // namespace

void FakeEngine::add_image(std::string const& reference, docker::Image image, bool at_registry) {
  if (image.id.empty()) image.id = "sha256:" + core::sha256_hex(reference);
  if (image.architecture.empty()) image.architecture = "amd64";
  images_[reference] = Here{std::move(image), at_registry};
}

FakeEngine::Here* FakeEngine::find_image(std::string const& name) {
  for (auto& [reference, here] : images_)
    if (reference == name || here.image.id == name || (!name.empty() && here.image.digest == name)) return &here;
  return nullptr;
}

void FakeEngine::remove_image(std::string const& reference, bool stays_at_registry) {
  if (auto* const here = find_image(reference)) {
    here->at_registry = stays_at_registry;
    here->gone = !stays_at_registry;
  }
}

FakeContainer* FakeEngine::find(std::string const& id_or_name) {
  if (auto const it = containers_.find(id_or_name); it != containers_.end()) return it->second.get();
  for (auto const& [id, container] : containers_)
    if (container->facts.name == id_or_name) return container.get();
  return nullptr;
}

int FakeEngine::calls(Call call) const {
  auto const it = calls_.find(call);
  return it == calls_.end() ? 0 : it->second;
}

void FakeEngine::fail(Call call, Error error, int times) {
  faults_[call] = Fault{std::move(error), times};
}
void FakeEngine::lose_answer(Call call, int times) {
  lost_[call] = times;
}
void FakeEngine::set_down(bool down) {
  down_ = down;
  changed();
}

void FakeEngine::changed() {
  change_.cancel();
}

awaitable<void> FakeEngine::next_change() {
  co_await change_.async_wait(asio::as_tuple(asio::use_awaitable));
  auto const state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

awaitable<std::optional<Error>> FakeEngine::enter(Call call) {
  co_await asio::post(executor_, asio::use_awaitable);
  ++calls_[call];
  if (auto hook = hooks_.extract(call)) hook.mapped()();
  if (down_) co_return Error{Errc::unavailable, "connect: Connection refused", "fake engine", {}};
  auto const fault = faults_.find(call);
  if (fault == faults_.end() || fault->second.times == 0) co_return std::nullopt;
  --fault->second.times;
  co_return fault->second.error;
}

Result<void> FakeEngine::leave(Call call) {
  if (lost_[call] == 0) return {};
  --lost_[call];
  return Error{Errc::timeout, "no answer in time", "fake engine", {}};
}

void FakeEngine::append_record(FakeContainer const& container, std::string line) {
  auto const bound = container.binds.find("/.tidewheel/record");
  if (bound == container.binds.end()) return;
  char crc[16];
  std::snprintf(crc, sizeof crc, " %08x\n", tw_crc32(reinterpret_cast<unsigned char const*>(line.data()), line.size()));
  std::ofstream(bound->second, std::ios::binary | std::ios::app) << line << crc;
}

void FakeEngine::end(FakeContainer& container, int code) {
  container.facts.status = "exited";
  container.facts.exit_code = code;
  container.facts.finished_at = some_time;
  ++container.deaths;
  changed();
}

void FakeEngine::exit(FakeContainer& container, int code) {
  append_record(container,
                "exit v1 kind=exited code=" + std::to_string(code) +
                    " signal=0 errno=0 timed_out=0 forwarded=0 max_rss=1048576 user_us=2000 system_us=1000 oom_kills=0"
                    " wall_ms=1795341600500 duration_ms=500");
  end(container, code);
}

void FakeEngine::exit_by_signal(FakeContainer& container, int signal, bool forwarded) {
  append_record(container,
                "exit v1 kind=signalled code=" + std::to_string(128 + signal) + " signal=" + std::to_string(signal) +
                    " errno=0 timed_out=0 forwarded=" + std::to_string(forwarded ? signal : 0) +
                    " max_rss=1048576 user_us=2000 system_us=1000 oom_kills=0 wall_ms=1795341600500 duration_ms=500");
  end(container, 128 + signal);
}

void FakeEngine::die(FakeContainer& container, int code, bool oom) {
  container.facts.oom_killed = oom;
  end(container, code);
}

void FakeEngine::write_log(FakeContainer& container, docker::Stream stream, std::string text) {
  container.log.push_back({stream, some_time, std::move(text)});
  changed();
}

void FakeEngine::vanish(std::string const& id) {
  containers_.erase(id);
  changed();
}

awaitable<Result<docker::EngineInfo>> FakeEngine::ping() {
  if (auto const error = co_await enter(Call::ping)) co_return *error;
  co_return docker::EngineInfo{"1.41", "20.10.24", "linux/amd64"};
}

awaitable<Result<docker::EngineInfo>> FakeEngine::info() {
  co_return docker::EngineInfo{"1.41", "20.10.24", "linux/amd64"};
}

void FakeEngine::restart(core::Wall began) {
  generation_ = {generation_.token + "1", began};
  for (auto& [id, container] : containers_) container->starts_told = container->kills = container->deaths = 0;
}

std::optional<docker::Generation> FakeEngine::local_generation() {
  return down_ || elsewhere_ ? std::nullopt : std::optional(generation_);
}

awaitable<Result<docker::Generation>> FakeEngine::generation() {
  if (auto const error = co_await enter(Call::generation)) co_return *error;
  co_return generation_;
}

awaitable<Result<docker::ContainerHistory>> FakeEngine::history(std::string id, core::Wall) {
  if (auto const error = co_await enter(Call::history)) co_return *error;
  auto const* const container = find(id);
  if (container == nullptr) co_return docker::ContainerHistory{};
  co_return docker::ContainerHistory{container->starts_told, container->kills, container->deaths};
}

awaitable<Result<docker::Image>> FakeEngine::inspect_image(std::string reference) {
  if (auto const error = co_await enter(Call::inspect_image)) co_return *error;
  auto const* const here = find_image(reference);
  if (here == nullptr || !here->is_here()) co_return Error{Errc::not_found, "No such image", reference, {}};
  co_return here->image;
}

awaitable<Result<void>> FakeEngine::pull_image(std::string reference, docker::RegistryLogin login,
                                               ProgressSink progress) {
  logins_.push_back(login.empty() ? "-" : login.password.reveal());
  if (auto const error = co_await enter(Call::pull_image)) co_return *error;
  auto* const here = find_image(reference);
  if (here == nullptr || here->gone) co_return Error{Errc::not_found, "manifest unknown", reference, {}};
  docker::PullProgress const half{"Downloading", "layer1", 50, 100};
  docker::PullProgress const done{"Pull complete", "layer1", 100, 100};
  if (progress) progress(half);
  while (pulls_stand_) co_await next_change();
  if (progress) progress(done);
  here->at_registry = false;
  co_return leave(Call::pull_image);
}

awaitable<Result<std::string>> FakeEngine::create(std::string name, std::string body) {
  if (auto const error = co_await enter(Call::create)) co_return *error;
  if (find(name) != nullptr)
    co_return Error{Errc::conflict, "Conflict. The container name is already in use", name, {}};
  auto const parsed = json::parse(body).as_object();
  if (auto const* const here = find_image(image_of(parsed)); here != nullptr && !here->is_here())
    co_return Error{Errc::not_found, "No such image: " + image_of(parsed), name, "pull the image"};
  auto container = std::make_unique<FakeContainer>();
  auto& facts = container->facts;
  facts.id = core::sha256_hex("container " + std::to_string(++made_));
  facts.name = name;
  facts.image_id = image_of(parsed);
  facts.status = "created";
  facts.started_at = facts.finished_at = never;
  for (auto const& label : parsed.at("Labels").as_object())
    facts.labels[label.key()] = std::string(label.value().as_string());
  if (auto const* const mounts = parsed.at("HostConfig").as_object().if_contains("Mounts"))
    for (auto const& mount : mounts->as_array())
      container->binds[std::string(mount.at("Target").as_string())] = std::string(mount.at("Source").as_string());
  container->body = std::move(body);
  auto const id = facts.id;
  containers_[id] = std::move(container);
  if (auto const answer = leave(Call::create); !answer) co_return answer.error();
  co_return id;
}

awaitable<Result<void>> FakeEngine::start(std::string id) {
  if (auto const error = co_await enter(Call::start)) co_return *error;
  auto* const container = find(id);
  if (container == nullptr) co_return no_such(id);
  if (container->running()) co_return Result<void>();
  ++container->starts;
  ++container->starts_told;
  ++starts_[container->facts.name];
  container->facts.status = "running";
  container->facts.started_at = some_time;
  append_record(*container, "start v1 wall_ms=1795341600000 mono_ms=1000");
  if (script_) script_(*this, *container);
  changed();
  co_return leave(Call::start);
}

awaitable<Result<void>> FakeEngine::wait(std::string id) {
  if (auto const error = co_await enter(Call::wait)) co_return *error;
  for (;;) {
    if (down_) co_return Error{Errc::unavailable, "connection closed", "fake engine", {}};
    auto const* const container = find(id);
    if (container == nullptr) co_return no_such(id);
    if (!container->running()) co_return leave(Call::wait);
    co_await next_change();
  }
}

awaitable<Result<Container>> FakeEngine::inspect(std::string id_or_name) {
  if (auto const error = co_await enter(Call::inspect)) co_return *error;
  auto const* const container = find(id_or_name);
  if (container == nullptr) co_return no_such(id_or_name);
  co_return container->facts;
}

awaitable<Result<std::vector<docker::ContainerSummary>>> FakeEngine::list(std::string label) {
  if (auto const error = co_await enter(Call::list)) co_return *error;
  auto const equals = label.find('=');
  std::vector<docker::ContainerSummary> found;
  for (auto const& [id, container] : containers_) {
    auto const value = container->facts.labels.find(label.substr(0, equals));
    if (value == container->facts.labels.end() || value->second != label.substr(equals + 1)) continue;
    found.push_back({id, container->facts.name, container->facts.status, container->facts.labels});
  }
  co_return found;
}

awaitable<Result<void>> FakeEngine::stop(std::string id, std::chrono::seconds) {
  if (auto const error = co_await enter(Call::stop)) co_return *error;
  auto* const container = find(id);
  if (container == nullptr) co_return no_such(id);
  if (container->running()) ++container->kills;
  if (container->running() && container->ignores_term)
    die(*container);
  else if (container->running())
    exit_by_signal(*container, SIGTERM, true);
  co_return leave(Call::stop);
}

awaitable<Result<void>> FakeEngine::kill(std::string id, std::string signal) {
  if (auto const error = co_await enter(Call::kill)) co_return *error;
  auto* const container = find(id);
  if (container == nullptr) co_return no_such(id);
  if (!container->running()) co_return Error{Errc::conflict, "Container is not running", id, {}};
  ++container->kills;
  auto const hard = signal == "KILL" || signal == "SIGKILL" || signal == "9";
  if (hard)
    die(*container);
  else if (!container->ignores_term)
    exit_by_signal(*container, SIGTERM, true);
  co_return leave(Call::kill);
}

awaitable<Result<void>> FakeEngine::remove_image(std::string reference) {
  remove_image(reference, true);
  co_return Result<void>();
}

awaitable<Result<void>> FakeEngine::remove(std::string id, bool force) {
  if (auto const error = co_await enter(Call::remove)) co_return *error;
  auto const* const container = find(id);
  if (container == nullptr) co_return Result<void>();
  if (container->running() && !force) co_return Error{Errc::conflict, "You cannot remove a running container", id, {}};
  vanish(container->facts.id);
  co_return leave(Call::remove);
}

awaitable<Result<void>> FakeEngine::logs(std::string id, bool follow, FrameSink sink) {
  if (auto const error = co_await enter(Call::logs)) co_return *error;
  for (std::size_t told = 0;;) {
    if (down_) co_return Error{Errc::unavailable, "connection closed", "fake engine", {}};
    auto const* const container = find(id);
    if (container == nullptr) co_return no_such(id);
    if (told < container->log.size()) {
      std::vector<docker::LogFrame> frames(container->log.begin() + static_cast<std::ptrdiff_t>(told),
                                           container->log.end());
      told = container->log.size();
      co_await sink(std::move(frames));
    } else if (!follow || !container->running()) {
      co_return leave(Call::logs);
    } else {
      co_await next_change();
    }
  }
}

awaitable<Result<void>> FakeEngine::get_archive(std::string id, std::string path, ByteSink sink) {
  if (auto const error = co_await enter(Call::get_archive)) co_return *error;
  auto const* const container = find(id);
  if (container == nullptr) co_return no_such(id);
  if (path != "/out") co_return Error{Errc::not_found, "Could not find the file " + path + " in container", id, {}};
  std::vector<archive::TarMember> members;
  members.push_back({"out", true, 0777, 0, 0, {}});
  for (auto const& [name, bytes] : container->out) members.push_back({"out/" + name, false, 0644, 0, 0, bytes});
  auto const tar = archive::make_tar(members, core::from_ms(1795341600000));
  if (!tar) co_return tar.error();
  for (std::string_view rest = *tar; !rest.empty();) {
    auto const piece = rest.substr(0, 1000);  // pieces that fit no block, as from a socket
    auto const taken = co_await sink(piece);
    if (!taken) co_return taken.error();
    rest.remove_prefix(piece.size());
  }
  co_return leave(Call::get_archive);
}

awaitable<Result<void>> FakeEngine::put_archive(std::string id, std::string path, std::string tar) {
  if (auto const error = co_await enter(Call::put_archive)) co_return *error;
  auto* const container = find(id);
  if (container == nullptr) co_return no_such(id);
  container->put[path] = std::move(tar);
  co_return leave(Call::put_archive);
}

awaitable<Result<void>> FakeEngine::put_archive_stream(std::string id, std::string path, docker::TarSource tar) {
  std::string bytes;
  while (bytes.size() < tar.size) {
    auto const piece = co_await tar.next(1000);
    if (!piece) co_return piece.error();
    bytes += *piece;
  }
  co_return co_await put_archive(std::move(id), std::move(path), std::move(bytes));
}

}  // namespace support
