#include "store/run_search.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "store/run_rows.hpp"
#include "store/transitions.hpp"
#include "store/value_columns.hpp"

namespace store {
namespace {

using domain::RunTerm;
using Field = RunTerm::Field;
using Moment = std::chrono::steady_clock;

constexpr std::int64_t first_window = 4096;
constexpr std::int64_t widest_window = 4 << 20;
constexpr std::chrono::milliseconds quick{4};
constexpr std::chrono::milliseconds slow{25};
/// The clock may have been set back between two runs, so `since` looks a little further.
constexpr std::int64_t clock_slack_ms = 3'600'000;

constexpr std::string_view key_text = "coalesce(i.key_text, CAST(i.key AS TEXT))";

std::string_view sign_of(RunTerm::Op op) {
  switch (op) {
    case RunTerm::Op::equal:
      return " = ";
    case RunTerm::Op::not_equal:
      return " <> ";
    case RunTerm::Op::greater:
      return " > ";
    case RunTerm::Op::greater_equal:
      return " >= ";
    case RunTerm::Op::less:
      return " < ";
    case RunTerm::Op::less_equal:
      return " <= ";
  }
  return " = ";
}

/// What a filter says, as SQL. Only words of ours stand in the text; what a person typed is bound.
class Conditions {
 public:
  Conditions(sql::Connection& db, RunSearch const& search) : db_(db) {
    if (search.pipelines) {
      auto const ids = ids_of({search.pipelines->begin(), search.pipelines->end()});
      sql_ += " AND " + one_of("r.pipeline_id", ids);
    }
    for (auto const& term : search.query.terms) {
      auto const condition = condition_of(term);
      sql_ += term.negated ? " AND NOT coalesce(" + condition + ", 0)" : " AND " + condition;
      if (!term.negated) note_bounds(term);
    }
  }

  [[nodiscard]] std::string const& sql() const noexcept { return sql_; }
  /// Binds from `index` on; the next index.
  int bind(sql::Statement& statement, int index) const {
    for (auto const& value : values_) {
      if (value.real)
        statement.bind(index++, value.real);
      else if (value.text)
        statement.bind(index++, value.text);
      else
        statement.bind(index++, value.integer);
    }
    return index;
  }
  [[nodiscard]] std::optional<std::int64_t> since_ms() const noexcept { return since_ms_; }
  [[nodiscard]] std::optional<std::int64_t> until_ms() const noexcept { return until_ms_; }
  [[nodiscard]] std::optional<std::int64_t> lowest() const noexcept { return lowest_; }
  [[nodiscard]] std::optional<std::int64_t> highest() const noexcept { return highest_; }
  /// Some index gives the matches in their order, so that no window is needed to find a page of them.
  [[nodiscard]] bool simple() const noexcept { return simple_; }

 private:
  std::string put(std::int64_t value) {
    values_.push_back({value, {}, {}});
    return "?";
  }
  std::string put(double value) {
    values_.push_back({{}, value, {}});
    return "?";
  }
  std::string put(std::string value) {
    values_.push_back({{}, {}, std::move(value)});
    return "?";
  }

  template <class Value>
  std::string one_of(std::string const& column, std::vector<Value> const& values) {
    if (values.size() == 1) return column + " = " + put(values.front());
    simple_ = false;
    std::string list;
    for (auto const& value : values) list += (list.empty() ? "" : ", ") + put(value);
    return column + " IN (" + list + ")";
  }

  std::vector<std::int64_t> ids_of(std::vector<std::string> const& names) {
    std::vector<std::int64_t> ids;
    for (auto const& name : names)
      if (auto const id = db_.integer("SELECT pipeline_id FROM pipeline WHERE name = ?", name)) ids.push_back(*id);
    if (ids.empty()) ids.push_back(-1);
    return ids;
  }

  void note_bounds(RunTerm const& term) {
    if (term.field == Field::since) since_ms_ = std::max(since_ms_.value_or(INT64_MIN), term.numbers.front());
    if (term.field == Field::until) until_ms_ = std::min(until_ms_.value_or(INT64_MAX), term.numbers.front());
    if (term.field != Field::run || term.op != RunTerm::Op::equal || term.numbers.empty()) return;
    auto const [least, most] = std::ranges::minmax(term.numbers);
    lowest_ = std::max(lowest_.value_or(INT64_MIN), least);
    highest_ = std::min(highest_.value_or(INT64_MAX), most);
  }

  std::string condition_of(RunTerm const& term) {
    if (term.negated || (term.field != Field::state && term.field != Field::pipeline)) simple_ = false;
    switch (term.field) {
      case Field::state:
        return alternatives(term, "r.state", term.values);
      case Field::pipeline:
        return alternatives(term, "r.pipeline_id", ids_of(term.values));
      case Field::trigger:
        return alternatives(term, "r.trigger", term.values);
      case Field::reason:
        return alternatives(term, "r.reason", term.values);
      case Field::revision:
        return compared(term, "v.number");
      case Field::run:
        return term.numbers.empty() ? alternatives(term, "r.run_id", term.values) : compared(term, "r.run_no");
      case Field::duration:
        return compared(term, "(r.finished_ms - r.started_ms)");
      case Field::since:
        return "r.queued_ms >= " + put(term.numbers.front());
      case Field::until:
        return "r.queued_ms < " + put(term.numbers.front());
      case Field::key:
      case Field::word:
        return by_text(term);
      case Field::param:
        return by_value(term, "run_param");
      case Field::output:
        return by_value(term, "run_output");
    }
    return "1";
  }

  template <class Value>
  std::string alternatives(RunTerm const& term, std::string const& column, std::vector<Value> const& values) {
    auto const text = one_of(column, values);
    if (term.op == RunTerm::Op::equal) return text;
    simple_ = false;
    return "NOT " + text;
  }

  std::string compared(RunTerm const& term, std::string const& column) {
    if (term.numbers.size() > 1) return one_of(column, term.numbers);
    return column + std::string(sign_of(term.op)) + put(term.numbers.front());
  }

  std::string by_text(RunTerm const& term) {
    std::string any;
    for (auto const& value : term.values) {
      if (!any.empty()) any += " OR ";
      any += "instr(" + std::string(key_text) + ", " + put(value) + ") > 0";
      if (term.field == Field::word) any += " OR instr(p.name, " + put(value) + ") > 0";
    }
    return term.op == RunTerm::Op::equal ? "(" + any + ")" : "NOT coalesce(" + any + ", 0)";
  }

  /// A value that looks like a number is compared as one, and as its text where a text is stored.
  std::string by_value(RunTerm const& term, std::string const& table) {
    std::string any;
    auto const sign = std::string(sign_of(term.op));
    auto const name = put(term.name);
    for (auto const& value : term.values) {
      double number = 0;
      auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      bool const is_number = error == std::errc() && end == value.data() + value.size();
      if (!any.empty()) any += " OR ";
      any += "CASE WHEN typeof(x.value) IN ('integer', 'real') THEN ";
      if (is_number)
        any += "x.value" + sign + put(number);
      else if (value == "true" || value == "false")
        any += "x.type = 'bool' AND x.value" + sign + put(std::int64_t{value == "true"});
      else
        any += "0";
      any += " ELSE x.value" + sign + put(value) + " END";
    }
    return "EXISTS (SELECT 1 FROM " + table + " x WHERE x.run_no = r.run_no AND x.name = " + name + " AND (" + any +
           "))";
  }

  sql::Connection& db_;
  std::string sql_;
  std::vector<BoundValue> values_;
  std::optional<std::int64_t> since_ms_, until_ms_, lowest_, highest_;
  bool simple_ = true;
};

/// The first run that was queued at or after `ms`; one behind the last where there is none. Numbers are given in the
/// order of queueing, and none is missing.
std::int64_t first_since(sql::Connection& db, std::int64_t ms, std::int64_t end) {
  std::int64_t low = 1;
  while (low < end) {
    auto const middle = low + (end - low) / 2;
    auto const queued = db.integer("SELECT queued_ms FROM run WHERE run_no >= ? ORDER BY run_no LIMIT 1", middle);
    if (queued && *queued < ms)
      low = middle + 1;
    else
      end = middle;
  }
  return low;
}

/// Stretches of run numbers, newest or oldest first, each as wide as the ones before were quick.
class Windows {
 public:
  enum class Look : std::uint8_t { for_a_page, at_all };
  Windows(sql::Connection& db, RunSearch const& search, Conditions const& conditions, Look look = Look::for_a_page)
      : patience_(search.patience), began_(Moment::now()) {
    auto const end = db.integer("SELECT max(run_no) FROM run").value_or(0) + 1;
    rises_ = search.oldest_first;
    ceiling_ = search.before ? std::min(search.before->value, end) : end;
    if (rises_ && search.after) floor_ = std::max(floor_, search.after->value + 1);
    if (auto const ms = conditions.until_ms()) ceiling_ = std::min(ceiling_, first_since(db, after(*ms), end));
    if (auto const ms = conditions.since_ms()) floor_ = std::max(floor_, first_since(db, before(*ms), end));
    if (auto const no = conditions.lowest()) floor_ = std::max(floor_, *no);
    if (auto const no = conditions.highest(); no && *no < ceiling_) ceiling_ = *no + 1;
    width_ = conditions.simple() && look == Look::for_a_page ? ceiling_ : first_window;
  }
  /// False: nothing is left.
  [[nodiscard]] bool next() {
    if (ceiling_ <= floor_) return false;
    low_ = rises_ ? floor_ : std::max(floor_, ceiling_ - width_);
    high_ = rises_ ? std::min(ceiling_, floor_ + width_) : ceiling_;
    window_began_ = Moment::now();
    return true;
  }
  [[nodiscard]] std::int64_t low() const noexcept { return low_; }
  [[nodiscard]] std::int64_t high() const noexcept { return high_; }
  /// The window has been looked through; false: there are more, and no time for them.
  [[nodiscard]] bool done() {
    auto const now = Moment::now();
    auto const took = now - window_began_;
    if (took < quick) width_ = std::min(width_ * 4, widest_window);
    if (took > slow) width_ = std::max(width_ / 2, first_window);
    (rises_ ? floor_ : ceiling_) = rises_ ? high_ : low_;
    return ceiling_ <= floor_ || now - began_ < patience_;
  }
  /// The cursor of what has been looked through.
  [[nodiscard]] RunNo cursor() const noexcept { return {rises_ ? floor_ - 1 : ceiling_}; }

 private:
  static std::int64_t after(std::int64_t ms) { return ms > INT64_MAX - clock_slack_ms ? ms : ms + clock_slack_ms; }
  static std::int64_t before(std::int64_t ms) { return ms < INT64_MIN + clock_slack_ms ? ms : ms - clock_slack_ms; }

  std::chrono::milliseconds patience_;
  Moment::time_point began_, window_began_;
  std::int64_t floor_ = 1, ceiling_ = 1;                    ///< what is left
  std::int64_t low_ = 1, high_ = 1, width_ = first_window;  ///< the window
  bool rises_ = false;
};

bool holds(RunTerm const& term, StateCount const& count) {
  auto const text = term.field == Field::state ? std::string(domain::to_string(count.state)) : count.pipeline;
  bool const is_one = std::ranges::find(term.values, text) != term.values.end();
  return (is_one == (term.op == RunTerm::Op::equal)) != term.negated;
}

/// Where the filter asks for no more than states and pipelines, the counts are kept already.
std::optional<FoundCounts> count_by_columns(sql::Connection& db, RunSearch const& search) {
  auto const kept = [](RunTerm const& term) { return term.field == Field::state || term.field == Field::pipeline; };
  if (!std::ranges::all_of(search.query.terms, kept)) return std::nullopt;
  std::map<domain::RunState, std::int64_t> counts;
  for (auto const& count : count_by_pipeline(db)) {
    auto const wanted = [&count](RunTerm const& term) { return holds(term, count); };
    if (search.pipelines && !search.pipelines->contains(count.pipeline)) continue;
    if (std::ranges::all_of(search.query.terms, wanted)) counts[count.state] += count.runs;
  }
  FoundCounts found;
  for (auto const& [state, runs] : counts) found.counts.push_back({{}, state, runs});
  return found;
}

}  // namespace

FoundRuns search_runs(sql::Connection& db, RunSearch const& search) {
  Conditions const conditions(db, search);
  auto const sql = std::string(summary_columns()) + " WHERE r.run_no >= ? AND r.run_no < ?" + conditions.sql() +
                   " ORDER BY r.run_no " + (search.oldest_first ? "ASC" : "DESC") + " LIMIT ?";
  FoundRuns found;
  for (Windows windows(db, search, conditions); windows.next();) {
    auto statement = db.prepare(sql);
    statement.bind(1, windows.low());
    statement.bind(2, windows.high());
    auto const last = conditions.bind(statement, 3);
    statement.bind(last, static_cast<std::int64_t>(search.limit - found.runs.size()));
    while (statement.step()) found.runs.push_back(summary_row(statement.row()));
    if (found.runs.size() == search.limit) {
      found.next = found.runs.back().no;
      return found;
    }
    if (windows.done()) continue;
    found.next = windows.cursor();
    found.complete = false;
    return found;
  }
  return found;
}

FoundCounts count_found(sql::Connection& db, RunSearch const& search) {
  if (auto counted = count_by_columns(db, search)) return std::move(*counted);
  Conditions const conditions(db, search);
  std::string const sql =
      "SELECT r.state, count(*) FROM run r JOIN pipeline p ON p.pipeline_id = r.pipeline_id"
      " LEFT JOIN revision v ON v.revision_id = r.revision_id"
      " LEFT JOIN run_input i ON i.run_no = r.run_no AND i.position = 0"
      " WHERE r.run_no >= ? AND r.run_no < ?" +
      conditions.sql() + " GROUP BY r.state";
  std::map<std::string, std::int64_t> counts;
  FoundCounts found;
  auto everything = search;
  everything.before.reset();
  for (Windows windows(db, everything, conditions, Windows::Look::at_all); found.complete && windows.next();) {
    auto statement = db.prepare(sql);
    statement.bind(1, windows.low());
    statement.bind(2, windows.high());
    (void)conditions.bind(statement, 3);
    while (statement.step()) counts[statement.row().text(0)] += statement.row().integer(1);
    found.complete = windows.done();
  }
  for (auto const& [state, runs] : counts) found.counts.push_back({{}, state_of(state), runs});
  return found;
}

}  // namespace store
