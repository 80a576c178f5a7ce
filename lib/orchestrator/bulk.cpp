#include "orchestrator/bulk.hpp"

#include <boost/json/serialize.hpp>
#include <charconv>

#include "core/base64.hpp"
#include "domain/nearest.hpp"

namespace orchestrator {

using namespace std::chrono_literals;
using store::Lane;

namespace {

/// Runs that one transaction makes, and items that one looks at.
constexpr std::size_t page_runs = 200;
constexpr std::size_t page_items = 500;
/// Begins no further page after this time: the answer says where to go on.
constexpr auto patience = 20s;

/// "AFTER-UPTO": runs behind the first number, up to and with the second.
struct RunStretch {
  static constexpr std::int64_t most_runs = std::int64_t{1} << 62;
  std::int64_t after = 0, upto = 0;

  [[nodiscard]] std::string text() const { return std::to_string(after) + "-" + std::to_string(upto); }
  static std::optional<RunStretch> parse(std::string_view text) {
    RunStretch stretch;
    auto const* const end = text.data() + text.size();
    auto const first = std::from_chars(text.data(), end, stretch.after);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
    auto const second = std::from_chars(first.ptr + 1, end, stretch.upto);
    if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
    bool const makes_sense =
        stretch.after >= 0 && stretch.after < most_runs && stretch.upto >= 0 && stretch.upto < most_runs;
    return makes_sense ? std::optional(stretch) : std::nullopt;
  }
};

/// "WATCH.KEY": of which of the pipeline's watches, and behind which key (base64).
struct ItemPlace {
  static constexpr std::size_t most_watches = 10'000;
  std::size_t watch = 0;
  std::string key;

  [[nodiscard]] std::string text() const { return std::to_string(watch) + "." + core::to_base64(key); }
  static std::optional<ItemPlace> parse(std::string_view text) {
    ItemPlace place;
    auto const* const end = text.data() + text.size();
    auto const number = std::from_chars(text.data(), end, place.watch);
    if (number.ec != std::errc() || number.ptr == end || *number.ptr != '.' || place.watch > most_watches)
      return std::nullopt;
    auto key = core::from_base64(std::string_view(number.ptr + 1, end));
    if (!key) return std::nullopt;
    place.key = std::move(*key);
    return place;
  }
};

core::Error bad_place(std::string const& after) {
  return {core::Errc::invalid, "is not the `next` of an earlier answer", "after: " + after, {}};
}

}  // namespace

struct Bulk::Work {
  Work() = default;
  BulkOrder order;
  std::string position;
  BulkAnswer answer;
  bool done = false;
  core::Steady until{};

  /// In the transaction that does a page. False: the same request is being worked on elsewhere, which was quicker.
  bool advance(sql::Connection& db, std::string to, bool is_last, core::Wall now) {
    if (order.once) {
      auto const known = store::find_bulk(db, *order.once, now);
      if (known && *known && (*known)->position != position) return false;
      store::keep_bulk(db, *order.once, {to, boost::json::serialize(to_json(answer)), is_last}, now);
    }
    position = std::move(to);
    done = is_last;
    return true;
  }
};

awaitable<core::Result<Bulk::Work>> Bulk::begin(BulkOrder order, std::string first) {
  Work work;
  work.order = std::move(order);
  if (work.order.dry_run) work.order.once.reset();
  work.position = work.order.after.empty() ? std::move(first) : work.order.after;
  work.answer.dry_run = work.order.dry_run;
  work.until = services_.clock.steady() + patience;
  if (!work.order.once) co_return work;
  auto look = [once = *work.order.once, now = services_.clock.wall()](sql::Connection& db) {
    return store::find_bulk(db, once, now);
  };
  auto const known = co_await services_.database.read(std::move(look));
  if (!known) co_return known.error();
  if (*known) {
    work.position = (*known)->position;
    work.answer = bulk_answer_from_json((*known)->answer);
    work.done = (*known)->done;
  }
  co_return work;
}

bool Bulk::has_time(Work const& work) const {
  return !work.done && work.answer.runs < work.order.limit && services_.clock.steady() < work.until;
}

awaitable<core::Result<BulkAnswer>> Bulk::finish(Work work) {
  // A request that is at its limit is done; the rest is another request's, from `next` on.
  if (!work.done) work.answer.next = work.position;
  if (work.order.once && !work.done) {
    auto keep = [&work, now = services_.clock.wall()](sql::Connection& db) {
      (void)work.advance(db, work.position, true, now);
    };
    co_await services_.database.write(Lane::intake, std::move(keep));
  }
  if (!work.order.dry_run && work.answer.runs > 0) scheduler_.wake();
  co_return std::move(work.answer);
}

awaitable<core::Result<BulkAnswer>> Bulk::repeat(domain::Trigger how, domain::RunQuery query,
                                                 std::optional<std::set<std::string>> pipelines, BulkOrder order) {
  auto newest = [](sql::Connection& db) { return db.integer("SELECT max(run_no) FROM run").value_or(0); };
  auto const last = co_await services_.database.read(std::move(newest));
  auto everything = RunStretch{0, last}.text();
  auto begun = co_await begin(std::move(order), std::move(everything));
  if (!begun) co_return begun.error();
  auto work = std::move(*begun);
  store::RunSearch search;
  search.query = std::move(query);
  search.pipelines = std::move(pipelines);
  search.oldest_first = true;
  while (has_time(work)) {
    auto const stretch = RunStretch::parse(work.position);
    if (!stretch) co_return bad_place(work.position);
    search.after = store::RunNo{stretch->after};
    search.before = store::RunNo{stretch->upto + 1};
    search.limit = std::min(page_runs, static_cast<std::size_t>(work.order.limit - work.answer.runs));
    co_await repeat_page(work, search, how);
  }
  co_return co_await finish(std::move(work));
}

awaitable<void> Bulk::repeat_page(Work& work, store::RunSearch search, domain::Trigger how) {
  auto query = [search](sql::Connection& db) { return store::find_repeatable(db, search); };
  auto const page = co_await services_.database.read(std::move(query));
  auto to = RunStretch{page.next ? page.next->value : search.before->value - 1, search.before->value - 1}.text();
  auto const count = [&page](BulkAnswer& answer) {
    for (auto const& [why, runs] : page.left_out) answer.left_out[std::string(store::to_string(why))] += runs;
  };
  if (work.order.dry_run) {
    count(work.answer);
    for (auto const& run : page.runs) work.answer.add({run.pipeline, run.input_key, run.no, std::nullopt});
    work.position = std::move(to);
    work.done = !page.next;
    co_return;
  }
  auto make = [&work, &page, &count, to = std::move(to), how, now = services_.clock.wall()](sql::Connection& db) {
    auto next = work;  // so that nothing of it is told if the transaction fails
    count(next.answer);
    for (auto const& run : page.runs) {
      auto const made = store::repeat_run(db, run.no, how, now);
      if (made)
        next.answer.add({run.pipeline, run.input_key, run.no, made->no});
      else
        ++next.answer.left_out["repeated_already"];
    }
    // Who lost the race against itself makes nothing: the exception undoes the page.
    if (!next.advance(db, to, !page.next, now))
      throw core::Failure({core::Errc::conflict, "the same request is being worked on", "Idempotency-Key",
                           "send it again in a moment"});
    return next;
  };
  work = co_await services_.database.write(Lane::intake, std::move(make));
}

awaitable<core::Result<BulkAnswer>> Bulk::backfill(std::string pipeline, std::optional<core::Wall> since,
                                                   BulkOrder order) {
  auto const found = registry_.live().find(pipeline);
  if (found == registry_.live().end()) {
    std::vector<std::string> names;
    for (auto const& [name, entry] : registry_.live()) names.push_back(name);
    auto hint = domain::did_you_mean(pipeline, names);
    co_return core::Error{core::Errc::not_found, "there is no live pipeline of that name", pipeline,
                          hint.empty() ? "`tidewheel pipelines` lists them" : hint};
  }
  auto const live = found->second;  // it may be another one behind the first wait
  auto start = ItemPlace{}.text();
  auto begun = co_await begin(std::move(order), std::move(start));
  if (!begun) co_return begun.error();
  auto work = std::move(*begun);
  while (has_time(work)) {
    if (!ItemPlace::parse(work.position)) co_return bad_place(work.position);
    co_await backfill_page(work, live, since);
  }
  co_return co_await finish(std::move(work));
}

awaitable<void> Bulk::backfill_page(Work& work, Registry::Live const& live, std::optional<core::Wall> since) {
  auto const place = ItemPlace::parse(work.position).value();
  store::BackfillPage page;
  std::optional<store::SourceId> source;
  if (place.watch < live.spec.watch.size()) {
    auto const root = domain::root_of(live.spec.watch[place.watch]);
    std::optional<Watching> watching;
    for (auto const* const candidate : registry_.catalogue().on_root(root))
      if (candidate->pipeline == live.id) watching = *candidate;
    if (auto const row = registry_.sources().row(root); row && watching) {
      source = row->id;
      store::BackfillSearch search;
      search.source = row->id;
      search.pipeline = live.id;
      search.accepts = [watching = std::move(*watching)](std::string const& key) { return watching.accepts(key); };
      search.since = since;
      search.after = place.key;
      search.limit = page_items;
      search.most = std::min(page_runs, static_cast<std::size_t>(work.order.limit - work.answer.runs));
      auto query = [search = std::move(search)](sql::Connection& db) { return store::find_unhandled(db, search); };
      page = co_await services_.database.read(std::move(query));
    }
  }
  auto const to = page.next ? ItemPlace{place.watch, *page.next} : ItemPlace{place.watch + 1, {}};
  bool const is_last = !page.next && to.watch >= live.spec.watch.size();
  if (work.order.dry_run) {
    if (page.handled > 0) work.answer.left_out["handled"] += page.handled;
    for (auto const& item : page.items) work.answer.add({live.spec.name, item.key, std::nullopt, std::nullopt});
    work.position = to.text();
    work.done = is_last;
    co_return;
  }
  std::vector<store::RunNo> stale;
  auto make = [&work, &page, &live, &stale, source, to, is_last, now = services_.clock.wall()](sql::Connection& db) {
    auto next = work;
    stale.clear();
    if (page.handled > 0) next.answer.left_out["handled"] += page.handled;
    std::vector<std::string> keys;
    for (auto const& item : page.items) keys.push_back(item.key);
    auto const made = keys.empty() ? std::vector<std::optional<store::RunNo>>()
                                   : store::backfill(db, *source, live.id, keys, stale, now);
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (made[i])
        next.answer.add({live.spec.name, keys[i], std::nullopt, made[i]});
      else
        ++next.answer.left_out["handled"];
    }
    if (!next.advance(db, to.text(), is_last, now))
      throw core::Failure({core::Errc::conflict, "the same request is being worked on", "Idempotency-Key",
                           "send it again in a moment"});
    return next;
  };
  work = co_await services_.database.write(Lane::intake, std::move(make));
  for (auto const run : stale) (void)scheduler_.cancel(run);
}

}  // namespace orchestrator
