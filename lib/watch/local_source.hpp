#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "aio/worker.hpp"
#include "core/time.hpp"
#include "watch/ledger.hpp"
#include "watch/local_settings.hpp"
#include "watch/root_session.hpp"
#include "watch/source.hpp"

namespace watch {

/// A directory tree on this machine: inotify for hints, one streaming merge with the ledger to be sure. Loop thread
/// only; system calls on files go to `pool`. The tree is only read.
///
/// The root may come and go: while it is gone, replaced, unreadable, or empty although files are known, the source is
/// offline with a reason, nothing is removed, and it looks again with doubling waits.
class LocalSource final : public Source {
 public:
  /// `root` is absolute and resolved. All references outlive run().
  LocalSource(asio::any_io_executor executor, std::string root, Ledger& ledger, aio::Worker& pool,
              core::Clock const& clock, LocalSettings settings = {});
  ~LocalSource() override;

  /// Goes until cancelled, then returns with everything that it started ended. Throws what the ledger throws.
  [[nodiscard]] awaitable<void> run() override;
  void request_scan(std::string reason) override;
  void look_at(std::string key) override;
  void set_pace(Pace pace) override;
  [[nodiscard]] SourceHealth health() const override;

  /// Handles bytes as inotify's read(2) gives them, as if the kernel had sent them; ignored while offline.
  void accept(std::span<std::byte const> inotify_bytes);

 private:
  [[nodiscard]] awaitable<void> attend(aio::TaskGroup const& group);
  [[nodiscard]] awaitable<std::string> attend_once();
  void go_offline(std::string reason);

  asio::any_io_executor executor_;
  std::string path_;
  Ledger& ledger_;
  aio::Worker& pool_;
  core::Clock const& clock_;
  LocalSettings settings_;
  SourceHealth health_;
  std::unique_ptr<RootSession> session_;  ///< while the root is there
};

}  // namespace watch
