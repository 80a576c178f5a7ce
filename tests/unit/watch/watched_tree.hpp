#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "aio/worker.hpp"
#include "core/sha256.hpp"
#include "core/time.hpp"
#include "support/fake_ledger.hpp"
#include "support/temp_dir.hpp"
#include "watch/default_ignores.hpp"
#include "watch/local_source.hpp"

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using domain::ChangeKind;

/// A real directory with real inotify on it, a local source, and a ledger in memory that outlives the source.
class WatchedTree {
 public:
  explicit WatchedTree(fs::path root = {}) : root_(root.empty() ? temp_ / "root" : std::move(root)) {
    fs::create_directories(root_);
    settings.settle = 0ms;
    settings.writer_quiet = 400ms;
    settings.short_quiet = 20ms;
    settings.delete_delay = 60ms;
    settings.overflow_quiet = 20ms;
    settings.overflow_gap = 20ms;
    settings.look_retry_first = 50ms;
    settings.scan_retry_first = 100ms;
    settings.root_retry_first = 30ms;
    settings.root_retry_last = 100ms;
    settings.breaker_hold = 300ms;
  }
  ~WatchedTree() {
    stop();
    pool.join();
  }

  void start() {
    source = std::make_unique<watch::LocalSource>(io.get_executor(), root_.string(), ledger, pool, clock, settings);
    cancel_ = std::make_unique<boost::asio::cancellation_signal>();
    ended_ = false;
    auto done = [this](std::exception_ptr error) {
      ended_ = true;
      failure = error;
    };
    boost::asio::co_spawn(
        io, [this] { return source->run(); }, boost::asio::bind_cancellation_slot(cancel_->slot(), done));
  }
  void stop() {
    if (!source) return;
    cancel_->emit(boost::asio::cancellation_type::terminal);
    EXPECT_TRUE(until([this] { return ended_; })) << "the source does not stop";
    source.reset();
  }
  void start_and_scan() {
    start();
    ASSERT_TRUE(until([this] { return source->health().scans > 0; }));
    ASSERT_TRUE(idle());
  }

  /// Runs the loop until `ready()`; false after `limit`.
  template <class Ready>
  bool until(Ready ready, std::chrono::milliseconds limit = 20s) {
    auto const end = std::chrono::steady_clock::now() + limit;
    while (!ready()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      io.restart();
      io.run_one_until(std::min(end, std::chrono::steady_clock::now() + 5ms));
    }
    return true;
  }
  bool until_rows(std::set<std::string> const& keys) {
    return until([&] { return ledger.keys() == keys; });
  }
  /// Everything that was done to the tree before has been handled: a file made now came through, and nothing settles.
  bool idle() {
    if (!until([&] { return source->health().settling == 0; })) return false;
    auto const before = ledger.changes.size();
    write("barrier", std::to_string(++barriers_));
    bool const came = until([&] {
      return ledger.rows.contains("barrier") && ledger.changes.size() > before && source->health().settling == 0;
    });
    std::erase_if(ledger.changes, [](auto const& change) { return change.key == "barrier"; });
    return came;
  }
  bool scan_again() {
    auto const scans = source->health().scans;
    source->request_scan("a test asks");
    return until([&] { return source->health().scans > scans; });
  }

  fs::path path(std::string const& key) const { return root_ / key; }
  void write(std::string const& key, std::string const& text) const {
    fs::create_directories(path(key).parent_path());
    std::ofstream(path(key), std::ios::binary) << text;
  }
  void store_hash(std::string const& key) {
    std::ifstream file(path(key), std::ios::binary);
    std::string const text((std::istreambuf_iterator<char>(file)), {});
    ledger.rows.at(key).hash = core::sha256(text);
  }
  /// What the ledger should hold: every regular file of the tree that is not ignored.
  std::set<std::string> files() const {
    std::set<std::string> keys;
    for (auto const& entry : fs::recursive_directory_iterator(root_)) {
      auto key = entry.path().string().substr(root_.string().size() + 1);
      if (entry.is_regular_file() && !entry.is_symlink() && watch::default_ignored_key(key).empty()) keys.insert(key);
    }
    return keys;
  }
  /// Every row has the version that its file has.
  bool ledger_is_exact() const {
    auto const keys = files();
    if (keys != ledger.keys()) return false;
    for (auto const& [key, row] : ledger.rows) {
      struct ::stat status {};
      if (::lstat(path(key).c_str(), &status) != 0 || row.version.size != status.st_size ||
          row.version.ino != static_cast<std::int64_t>(status.st_ino) ||
          row.version.ctime_ns != status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec)
        return false;
    }
    return true;
  }

  support::TempDir temp_;
  boost::asio::io_context io{1};
  aio::Worker pool{2, "test"};
  core::SystemClock clock;
  support::FakeLedger ledger;
  watch::LocalSettings settings;
  std::unique_ptr<watch::LocalSource> source;
  std::exception_ptr failure;

 private:
  fs::path root_;
  std::unique_ptr<boost::asio::cancellation_signal> cancel_;
  bool ended_ = true;
  int barriers_ = 0;
};
