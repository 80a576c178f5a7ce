#include "store/change_runs.hpp"
#include "store/inventory.hpp"

namespace store {
namespace {

using domain::Reason;
using domain::Trigger;

struct Told {
  std::string kind;
  core::Wall at{};
};

/// Goes through one page of the inventory for one pipeline.
class Registrar {
 public:
  Registrar(sql::Connection& db, SourceRow source, Match const& match, core::Wall now)
      : db_(db), source_(std::move(source)), match_(match), transitions_(db, now) {}

  /// True: a run was queued.
  bool decide(InventoryRow const& row) {
    ItemVersion const item{source_.id, source_.root, row.key, row.version, row.hash, row.seq};
    auto const told = change_of(row.seq);
    if (told && told->at >= match_.first_seen) {
      bool const wanted = told->kind == "created" ? match_.on_created : match_.on_modified;
      return wanted ? queue(item, Trigger::change) : skip(item, Reason::event_not_wanted);
    }
    // A change from before the pipeline's file was there is "existing" like any other.
    bool const wanted = told ? wants_old(item) : wants_existing(match_, item.version);
    return wanted ? queue(item, Trigger::existing) : skip(item, Reason::existing);
  }
  std::vector<RunNo> finish() {
    transitions_.save();
    return std::move(stale_);
  }

 private:
  [[nodiscard]] std::optional<Told> change_of(std::int64_t seq) {
    if (seq == 0) return std::nullopt;
    return db_.first(
        "SELECT kind, at_ms FROM change WHERE seq = ?",
        [](sql::Row const& row) {
          return Told{row.text(0), core::from_ms(row.integer(1))};
        },
        seq);
  }
  [[nodiscard]] bool wants_old(ItemVersion const& item) const {
    auto policy = match_;
    policy.first_seen = {};
    return wants_existing(policy, item.version);
  }
  bool queue(ItemVersion const& item, Trigger trigger) {
    return decide_run(transitions_, match_.pipeline, item, trigger, match_.hold, stale_);
  }
  bool skip(ItemVersion const& item, Reason reason) {
    decide_skip(transitions_, match_.pipeline, item, reason);
    return false;
  }

  sql::Connection& db_;
  SourceRow source_;
  Match const& match_;
  Transitions transitions_;
  std::vector<RunNo> stale_;
};

}  // namespace

RegisterPage register_existing(sql::Connection& db, SourceId source, Match const& match,
                               std::function<bool(std::string const&)> const& accepts, std::string const& after,
                               std::size_t limit, core::Wall now) {
  RegisterPage page;
  auto const rows = page_items(db, source, {}, after, limit);
  Registrar registrar(db, load_source(db, source), match, now);
  for (auto const& row : rows) {
    if (!accepts(row.key)) continue;
    ++page.matched;
    if (registrar.decide(row)) ++page.queued;
  }
  page.stale = registrar.finish();
  if (!rows.empty()) page.last = rows.back().key;
  return page;
}

}  // namespace store
