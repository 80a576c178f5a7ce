#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_set>

#include "aio/event.hpp"
#include "aio/task_group.hpp"
#include "core/time.hpp"
#include "watch/bucket.hpp"
#include "watch/pass_ledger.hpp"
#include "watch/pass_plan.hpp"
#include "watch/s3_hints.hpp"
#include "watch/s3_pass.hpp"
#include "watch/s3_settings.hpp"
#include "watch/source.hpp"

namespace watch {

/// What lies below a prefix of a bucket: listed again and again, each listing compared with the ledger page by page.
/// Loop thread only; the bucket is only read.
///
/// A large key space is cut into shards, which are listed side by side; where the budget does not allow to list all of
/// them every time, those with changes come first and the others take turns.
/// Nothing is removed because a listing leaves it out: two complete passes have to miss it, and a HEAD has to say 404.
/// A page that breaks the rules of the format voids its pass (what it missed means nothing); a bucket that cannot be
/// reached, or may not be read, takes the source offline with the reason, and it goes on by itself where it was.
class S3Source final : public Source, public LookSite {
 public:
  /// `prefix`: empty, or ending in '/'. All references outlive run().
  S3Source(boost::asio::any_io_executor executor, std::string prefix, Bucket& bucket, PassLedger& ledger,
           core::Clock const& clock, S3Settings settings = {});
  ~S3Source() override;

  /// Goes until cancelled. Throws what the ledger throws.
  [[nodiscard]] awaitable<void> run() override;
  void request_scan(std::string reason) override;
  void look_at(std::string key) override;
  void set_pace(Pace pace) override;
  [[nodiscard]] SourceHealth health() const override;

  [[nodiscard]] bool begin_look(std::string const& key) override;
  void end_look(std::string const& key) override { looking_.erase(key); }

 private:
  [[nodiscard]] awaitable<void> list_again_and_again();
  /// One pass to its end, or what is left of it.
  [[nodiscard]] awaitable<void> make_pass();
  [[nodiscard]] awaitable<void> begin_pass(std::string scope);
  [[nodiscard]] awaitable<void> wait_and_retry(core::Error error);
  [[nodiscard]] awaitable<void> note_lie();
  [[nodiscard]] awaitable<void> finish_pass();
  [[nodiscard]] awaitable<void> remove_missing(std::int64_t waiting);
  /// Proves, and commits, the absence of some keys; the first error that kept it from that.
  [[nodiscard]] awaitable<std::optional<core::Error>> prove(std::vector<std::string> keys);
  /// Where keys only grow: lists their end `every`, between and beside the passes.
  [[nodiscard]] awaitable<void> follow_the_end();
  [[nodiscard]] awaitable<void> look_at_the_end();
  [[nodiscard]] awaitable<void> look_at_keys();
  [[nodiscard]] awaitable<void> look(std::string key);
  [[nodiscard]] PassBudget budget() const;
  [[nodiscard]] bool breaker_holds(std::int64_t missing);
  void report(core::Wall ended);

  std::string prefix_;
  Bucket& bucket_;
  PassLedger& ledger_;
  core::Clock const& clock_;
  S3Settings settings_;
  core::Steady began_;
  SourceHealth health_;
  aio::Event wake_;        ///< a pass is asked for
  aio::Event looks_wake_;  ///< looks_ has something in it
  aio::Event end_free_;    ///< nobody looks at the end of the keys any more
  std::deque<std::string> looks_;
  std::unordered_set<std::string> waiting_looks_;
  std::unordered_set<std::string> looking_;  ///< keys whose HEAD is under way or not committed yet
  bool looking_at_end_ = false;              ///< a listing of the end of the keys is under way
  AsideKeys end_aside_;                      ///< looked at by themselves meanwhile
  /// Pages are asked for by start-after, since a token need not survive (a gateway may put the bare last key into XML).
  /// A server that ignores start-after shows by breaking the rules: then the other modes are tried.
  ListingMode mode_ = ListingMode::start_after;
  int lies_ = 0;                  ///< answers in a row that broke the rules
  bool asked_meanwhile_ = false;  ///< for a pass, while this one waited to try again
  bool abandoned_ = false;        ///< the pass under way cannot go on from its cursor
  domain::S3Pass state_;
  std::unique_ptr<S3Pass> pass_;            ///< while one is under way
  std::int64_t lists_before_ = 0;           ///< listings made when it began
  std::optional<core::Steady> mass_since_;  ///< when a mass removal was seen first
  std::string reason_;                      ///< why the pass under way is made
  std::string trouble_;                     ///< what the last pass left wrong
  S3Settings::Wait backoff_{0};
  std::minstd_rand jitter_{std::random_device{}()};
};

}  // namespace watch
