#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "docker/engine.hpp"

namespace support {

using boost::asio::awaitable;

/// A container of the fake world. A test may change whatever it likes between two steps of the loop.
struct FakeContainer {
  docker::Container facts;                   ///< as `inspect` shows it
  std::string body;                          ///< of the create call
  std::map<std::string, std::string> binds;  ///< target -> path on this machine
  std::map<std::string, std::string> out;    ///< files in /out: path below it -> bytes
  std::map<std::string, std::string> put;    ///< put_archive: path -> tar
  std::vector<docker::LogFrame> log;
  int starts = 0;                              ///< more than one is what must never happen
  int starts_told = 0, kills = 0, deaths = 0;  ///< events since the engine began
  bool ignores_term = false;                   ///< only SIGKILL ends it

  [[nodiscard]] bool running() const { return facts.status == "running"; }
};

/// A Docker Engine of a few hundred lines: containers that live in memory and end when the test says so, with our
/// init's record written into the bound file as the real one does. Loop thread only. Every call suspends once, as a
/// real one does.
class FakeEngine final : public docker::Engine {
 public:
  enum class Call : std::uint8_t {
    ping,
    generation,
    history,
    inspect_image,
    pull_image,
    create,
    start,
    wait,
    inspect,
    list,
    stop,
    kill,
    remove,
    logs,
    get_archive,
    put_archive
  };

  explicit FakeEngine(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  // --- the world
  /// An image that is here; `reference` is what pipelines say. `at_registry`: only a pull brings it.
  void add_image(std::string const& reference, docker::Image image = docker::Image(), bool at_registry = false);
  /// What a container does once it was started; without one it goes on until exit() is called.
  void on_start(std::function<void(FakeEngine&, FakeContainer&)> script) { script_ = std::move(script); }
  /// The command ends with this code, which the init records; the container is then `exited`.
  void exit(FakeContainer& container, int code);
  /// The command is ended by a signal, as the init records it. `forwarded`: it came from outside.
  void exit_by_signal(FakeContainer& container, int signal, bool forwarded = false);
  /// The container ends without a word of the init: SIGKILL to PID 1, or the engine crashed.
  void die(FakeContainer& container, int code = 137, bool oom = false);
  void write_log(FakeContainer& container, docker::Stream stream, std::string text);
  /// Somebody else removes it.
  void vanish(std::string const& id);

  [[nodiscard]] std::map<std::string, std::unique_ptr<FakeContainer>>& containers() noexcept {
    return containers_;
  }  ///< by id
  [[nodiscard]] FakeContainer* find(std::string const& id_or_name);
  /// Starts of a container by name, removed ones too.
  [[nodiscard]] std::map<std::string, int> const& starts() const noexcept { return starts_; }
  [[nodiscard]] int calls(Call call) const;
  /// With which logins was pulled; their passwords, and "-" for none.
  [[nodiscard]] std::vector<std::string> const& logins() const noexcept { return logins_; }
  /// An image goes, as `docker image prune` makes it; `stays_at_registry`: a pull brings it again.
  void remove_image(std::string const& reference, bool stays_at_registry);

  // --- failures
  /// Before the next of these calls is looked at, once.
  void on_call(Call call, std::function<void()> hook) { hooks_[call] = std::move(hook); }
  /// Pulls that have begun go no further.
  void set_pulls_stand(bool stand) {
    pulls_stand_ = stand;
    changed();
  }
  /// The next `times` of these calls do nothing and answer this.
  void fail(Call call, core::Error error, int times = 1);
  /// The next of these calls do what they do, but their answer is lost: timeout.
  void lose_answer(Call call, int times = 1);
  /// No connection: every call is `unavailable`, those that wait end so.
  void set_down(bool down);
  /// The kernel tells nothing of it.
  void set_elsewhere(bool elsewhere) { elsewhere_ = elsewhere; }
  /// It is another process from now on, which began then.
  void restart(core::Wall began);

  // --- docker::Engine
  awaitable<core::Result<docker::EngineInfo>> ping() override;
  awaitable<core::Result<docker::EngineInfo>> info() override;
  std::optional<docker::Generation> local_generation() override;
  awaitable<core::Result<docker::Generation>> generation() override;
  awaitable<core::Result<docker::ContainerHistory>> history(std::string id, core::Wall finished) override;
  awaitable<core::Result<docker::Image>> inspect_image(std::string reference) override;
  awaitable<core::Result<void>> remove_image(std::string reference) override;
  awaitable<core::Result<void>> pull_image(std::string reference, docker::RegistryLogin login,
                                           ProgressSink progress) override;
  awaitable<core::Result<std::string>> create(std::string name, std::string body) override;
  awaitable<core::Result<void>> start(std::string id) override;
  awaitable<core::Result<void>> wait(std::string id) override;
  awaitable<core::Result<docker::Container>> inspect(std::string id_or_name) override;
  awaitable<core::Result<std::vector<docker::ContainerSummary>>> list(std::string label) override;
  awaitable<core::Result<void>> stop(std::string id, std::chrono::seconds grace) override;
  awaitable<core::Result<void>> kill(std::string id, std::string signal) override;
  awaitable<core::Result<void>> remove(std::string id, bool force) override;
  awaitable<core::Result<void>> logs(std::string id, bool follow, FrameSink sink) override;
  awaitable<core::Result<void>> get_archive(std::string id, std::string path, ByteSink sink) override;
  awaitable<core::Result<void>> put_archive(std::string id, std::string path, std::string tar) override;
  awaitable<core::Result<void>> put_archive_stream(std::string id, std::string path, docker::TarSource tar) override;

 private:
  struct Here {
    docker::Image image;
    bool at_registry = false;
    bool gone = false;  ///< from the registry too
    [[nodiscard]] bool is_here() const { return !at_registry && !gone; }
  };
  struct Fault {
    core::Error error;
    int times = 0;
  };
  /// Suspends, counts the call, and gives the error that a test has asked for.
  [[nodiscard]] awaitable<std::optional<core::Error>> enter(Call call);
  /// The call's answer, unless it is to be lost.
  [[nodiscard]] core::Result<void> leave(Call call);
  [[nodiscard]] Here* find_image(std::string const& name);  ///< by reference, id or digest
  [[nodiscard]] awaitable<void> next_change();
  void changed();
  void end(FakeContainer& container, int code);
  static void append_record(FakeContainer const& container, std::string line);

  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer change_{executor_, boost::asio::steady_timer::time_point::max()};
  std::map<std::string, Here> images_;
  std::map<std::string, std::unique_ptr<FakeContainer>> containers_;
  std::map<std::string, int> starts_;
  std::map<Call, int> calls_;
  std::map<Call, Fault> faults_;
  std::map<Call, int> lost_;
  std::map<Call, std::function<void()>> hooks_;
  std::function<void(FakeEngine&, FakeContainer&)> script_;
  std::vector<std::string> logins_;
  docker::Generation generation_{"fake 1", core::Wall{}};
  int made_ = 0;
  bool down_ = false;
  bool elsewhere_ = false;
  bool pulls_stand_ = false;
};

}  // namespace support
