#include "orchestrator/why.hpp"

#include <algorithm>

#include "core/units.hpp"
#include "core/utf8.hpp"
#include "inputs/input.hpp"
#include "orchestrator/find_object.hpp"
#include "store/run_links.hpp"
#include "watch/default_ignores.hpp"

namespace orchestrator {

using domain::Reason;
using State = watch::SourceHealth::State;
using Verdict = Finding::Verdict;

std::string_view to_string(Finding::Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::fact:
      return "fact";
    case Verdict::not_watched:
      return "not_watched";
    case Verdict::not_wanted:
      return "not_wanted";
    case Verdict::unseen:
      return "unseen";
    case Verdict::absent:
      return "absent";
    case Verdict::unreadable:
      return "unreadable";
    case Verdict::ran:
      return "ran";
    case Verdict::skipped:
      return "skipped";
    case Verdict::waits:
      return "waits";
  }
  return "fact";
}

/// All that is to be known about one key of one root, gathered before anything is said.
struct Why::Known {
  std::string root, key, shown;
  std::optional<domain::Version> on_disk;
  std::optional<core::Error> trouble;  ///< why it could not be opened; not_found: proven absent
  std::optional<watch::SourceHealth> health;
  std::chrono::milliseconds settle{0}, every{0};
  std::optional<domain::S3Root> s3;  ///< an object's
  [[nodiscard]] std::string thing() const { return s3 ? "object" : "file"; }
  store::ItemDetail item;
  std::vector<store::PipelineRow> pipelines;
  std::vector<store::PipelineFile> files;
  std::map<std::int64_t, store::RunSummary> runs;  ///< those that decisions name, or the newest that repeats such a one
};

namespace {

std::string quoted(std::vector<std::string> const& patterns) {
  std::string text;
  for (auto const& pattern : patterns) text += (text.empty() ? "" : ", ") + pattern;
  return text;
}

core::Glob const* first_match(std::vector<core::Glob> const& globs, std::string_view key) {
  auto const found = std::find_if(globs.begin(), globs.end(), [key](auto const& glob) { return glob.matches(key); });
  return found == globs.end() ? nullptr : &*found;
}

bool is_below(std::string const& path, std::string const& root) {
  return root == "/" ? path.size() > 1 : path.starts_with(root + "/");
}

/// Of an object the version id is not compared: listings do not tell it.
bool differs(domain::Version const& there, domain::Version const& known) {
  return is_object(there) ? compare(known, there) != domain::Difference::none : there != known;
}

std::string number(store::RunNo no) {
  return std::to_string(no.value);
}

}  // namespace

bool Why::in_state(Known const& known, watch::SourceHealth::State state) {
  return known.health && known.health->state == state;
}

std::string Why::absence_of(Known const& known) {
  if (known.item.item)
    return "The " + known.thing() + " is not there any more; its removal is noted once a second look has proven that.";
  if (!known.item.changes.empty())
    return "The " + known.thing() + " is not there any more; change " + std::to_string(known.item.changes.front().seq) +
           " noted that.";
  return "There is no " + known.thing() + " " + known.shown + " in " + known.root + ", and none has been seen there.";
}

awaitable<Why::Known> Why::look_up(std::string root, std::string key) {
  Known known;
  known.root = root;
  known.key = key;
  known.shown = core::to_display(key);
  known.settle = registry_.catalogue().settle(root);
  for (auto const& status : registry_.sources().status())
    if (status.root == root) known.health = status.health;
  known.every = registry_.catalogue().pace(root).every;
  known.s3 = domain::parse_s3_root(root);
  co_await look_at_source(known);
  auto query = [known = std::move(known)](sql::Connection& db) mutable {
    for (auto const& source : store::list_sources(db))
      if (source.root == known.root) known.item = store::item_detail(db, source.id, known.key);
    known.pipelines = store::list_pipelines(db);
    known.files = store::list_pipeline_files(db);
    for (auto const& decision : known.item.decisions)
      if (decision.run)
        if (auto detail = store::run_detail(db, store::newest_repeat(db, *decision.run).value_or(*decision.run)))
          known.runs.emplace(decision.run->value, std::move(detail->run));
    return std::move(known);
  };
  co_return co_await services_.database.read(std::move(query));
}

awaitable<void> Why::look_at_source(Known& known) {
  if (known.s3) {
    domain::S3Watch where;
    where.connection = known.s3->connection;
    where.bucket = known.s3->bucket;
    auto found = co_await find_object(services_, where, known.key);
    if (found) {
      known.key = std::move(found->key);
      known.shown = core::to_display(known.key);
      known.on_disk = std::move(found->version);
    } else {
      known.trouble = found.error();
    }
    co_return;
  }
  auto open = [root = known.root, key = known.key] {
    auto opened = inputs::open_input(root, key);
    return opened ? core::Result<domain::Version>(opened->version) : core::Result<domain::Version>(opened.error());
  };
  auto version = co_await services_.pool.run(std::move(open));
  if (version)
    known.on_disk = std::move(*version);
  else
    known.trouble = version.error();
}

awaitable<core::Result<std::vector<Finding>>> Why::about_object(domain::S3Address address) {
  std::vector<Finding> findings;
  std::string watched;
  for (auto const& root : registry_.catalogue().roots()) {
    auto const where = domain::parse_s3_root(root);
    if (!where) continue;
    watched += (watched.empty() ? "" : ", ") + root;
    if (where->bucket != address.bucket || !address.key.starts_with(where->prefix)) continue;
    auto const known = co_await look_up(root, address.key);
    tell_file(known, findings);
    for (auto const* const watching : registry_.catalogue().on_root(root)) tell_pipeline(known, *watching, findings);
    tell_others(known, findings);
  }
  if (!findings.empty()) co_return findings;
  auto sentence = "No live pipeline watches " + core::to_display("s3://" + address.bucket + "/" + address.key) + ". ";
  sentence += watched.empty()
                  ? "No bucket is watched at all: `tidewheel pipelines` shows whether a pipeline's file has "
                    "errors."
                  : "Watched: " + watched + ".";
  findings.push_back({Verdict::not_watched, Reason::none, std::move(sentence), {}, {}, {}});
  co_return findings;
}

awaitable<core::Result<std::vector<Finding>>> Why::about_path(std::string path) {
  if (auto address = domain::parse_s3_address(path)) co_return co_await about_object(std::move(*address));
  if (!path.starts_with('/'))
    co_return core::Error{core::Errc::invalid, "the path must be absolute", core::to_display(path), "start it with /"};
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  std::vector<Finding> findings;
  bool watched = false;
  for (auto const& root : registry_.catalogue().roots()) {
    if (domain::is_s3_root(root)) continue;
    if (path == root) {
      findings.push_back({Verdict::fact,
                          Reason::none,
                          "It is a watched folder itself; ask about a file in it, or see `tidewheel status`.",
                          {},
                          {},
                          {}});
      watched = true;
    }
    if (!is_below(path, root)) continue;
    watched = true;
    auto key = path.substr(root == "/" ? 1 : root.size() + 1);
    auto const ignored = watch::default_ignored_key(key);
    auto const known = co_await look_up(root, std::move(key));
    if (!ignored.empty()) {
      findings.push_back({Verdict::not_wanted,
                          Reason::ignored,
                          "It is never looked at: by its name it is " + std::string(ignored) + ".",
                          {},
                          {},
                          {}});
      continue;
    }
    tell_file(known, findings);
    tell_pipelines(known, findings);
    tell_others(known, findings);
  }
  if (!watched) findings.push_back(not_watched(path));
  co_return findings;
}

Finding Why::not_watched(std::string const& path) const {
  auto const roots = registry_.catalogue().roots();
  auto sentence = "No live pipeline watches a folder above " + core::to_display(path) + ". ";
  sentence += roots.empty()
                  ? "No folder is watched at all: `tidewheel pipelines` shows whether a pipeline's file has errors."
                  : "Watched folders: " + quoted(roots) + ".";
  return {Verdict::not_watched, Reason::none, std::move(sentence), {}, {}, {}};
}

std::string Why::unseen_because(Known const& known) {
  if (known.s3)
    return "a listing is made every " + core::format_duration(known.every) +
           ", and the next one that is complete finds it.";
  std::string const scanning =
      in_state(known, State::scanning) || in_state(known, State::starting) ? "the folder is being scanned, and " : "";
  return scanning + "a change is committed once the file has been quiet for " + core::format_duration(known.settle) +
         ".";
}

void Why::tell_file(Known const& known, std::vector<Finding>& findings) const {
  auto const say = [&](Verdict verdict, Reason reason, std::string sentence) {
    findings.push_back({verdict, reason, std::move(sentence), {}, {}, {}});
  };
  if (known.trouble && known.trouble->code == core::Errc::not_found)
    return say(Verdict::absent, known.item.item || !known.item.changes.empty() ? Reason::removed : Reason::none,
               absence_of(known));
  if (known.trouble && known.trouble->code == core::Errc::invalid)
    return say(Verdict::not_wanted, Reason::ignored,
               "It is no regular file, so it is left alone: " + known.trouble->message() + ".");
  if (known.trouble)
    say(Verdict::unreadable, Reason::input_unreadable, "The daemon cannot read it: " + known.trouble->message() + ".");
  if (in_state(known, State::offline) || in_state(known, State::degraded))
    say(Verdict::fact, Reason::none,
        "The source " + known.root + " is not watched as it should be: " + known.health->reason + ".");

  auto const& item = known.item.item;
  auto const the_thing = "The " + known.thing();
  if (!item && (known.trouble || in_state(known, State::offline))) {
    say(Verdict::unseen, Reason::none,
        known.trouble ? "It is not committed yet; it is looked at again by itself and will be once that works."
                      : "It is not committed yet; it will be once the source is back.");
  } else if (!item && known.on_disk) {
    say(Verdict::unseen, Reason::settling, the_thing + " is there and not committed yet: " + unseen_because(known));
  } else if (!item) {
    say(Verdict::unseen, Reason::none, the_thing + " is not in the inventory.");
  } else if (known.on_disk && differs(*known.on_disk, item->version)) {
    say(Verdict::unseen, Reason::settling,
        the_thing + " differs from the version that was committed last: " + unseen_because(known));
  } else {
    auto const since = known.item.seen ? " since " + core::to_rfc3339(*known.item.seen) : std::string();
    say(Verdict::fact, Reason::none,
        "This version of it is known" + since +
            (item->seq > 0 ? " (change " + std::to_string(item->seq) + ")."
                           : " (it was there before the folder was watched)."));
  }
}

/// Where some pipelines want the file, those that do not are only counted.
void Why::tell_pipelines(Known const& known, std::vector<Finding>& findings) const {
  auto const all = registry_.catalogue().on_root(known.root);
  auto const wants = [&known](Watching const* watching) { return first_match(watching->files, known.key) != nullptr; };
  auto const wanting = std::ranges::count_if(all, wants);
  for (auto const* const watching : all)
    if (wanting == 0 || wants(watching)) tell_pipeline(known, *watching, findings);
  auto const others = std::ssize(all) - wanting;
  if (wanting == 0 || others == 0) return;
  auto const sentence = others == 1
                            ? "One more pipeline watches this folder; its `files` do not match."
                            : std::to_string(others) + " more pipelines watch this folder; their `files` do not match.";
  findings.push_back({Verdict::fact, Reason::not_matched, sentence, {}, {}, {}});
}

void Why::tell_pipeline(Known const& known, Watching const& watching, std::vector<Finding>& findings) const {
  auto const about = [&](Verdict verdict, Reason reason, std::string sentence) {
    findings.push_back({verdict,
                        reason,
                        "Pipeline " + watching.pipeline_name + ": " + std::move(sentence),
                        watching.pipeline_name,
                        {},
                        {}});
  };
  auto const below = watching.below(known.key);
  auto const* const wanted = first_match(watching.files, below);
  if (wanted == nullptr)
    return about(Verdict::not_wanted, Reason::not_matched,
                 "none of its `files` (" + quoted(watching.spec.files) + ") matches " + known.shown + ".");
  if (auto const* const unwanted = first_match(watching.ignore, below))
    return about(Verdict::not_wanted, Reason::ignored,
                 "`files` " + wanted->pattern() + " matches, but its `ignore` " + unwanted->pattern() + " does too.");
  tell_decision(known, watching, findings);
  for (auto const& file : known.files)
    if (file.pipeline == watching.pipeline_name && !file.diagnostics.empty())
      about(Verdict::fact, Reason::pipeline_invalid,
            "its file " + file.file + " has errors, so its old revision is live; see `tidewheel pipelines`.");
}

void Why::tell_decision(Known const& known, Watching const& watching, std::vector<Finding>& findings) const {
  auto const& name = watching.pipeline_name;
  auto const& decisions = known.item.decisions;
  auto const mine = [&](store::DecisionDetail const& d) { return d.pipeline == name; };
  auto const newest = std::find_if(decisions.begin(), decisions.end(), mine);
  if (newest == decisions.end()) {
    if (known.item.item)
      findings.push_back({Verdict::waits,
                          Reason::none,
                          "Pipeline " + name + ": it matches and nothing has been decided about it yet.",
                          name,
                          {},
                          {}});
    else
      findings.push_back({Verdict::fact, Reason::none, "Pipeline " + name + ": it matches.", name, {}, {}});
    return;
  }
  if (newest->decision == "run" && newest->run) {
    auto const run = known.runs.find(newest->run->value);
    auto sentence = "Pipeline " + name + ": run " + number(*newest->run) + " is the one for this version";
    if (run != known.runs.end() && run->second.no != *newest->run)
      sentence += "; it was " + std::string(domain::to_string(newest->run_state.value_or(domain::RunState::queued))) +
                  ", and run " + number(run->second.no) + " repeats it";
    findings.push_back({Verdict::ran, newest->run_reason, sentence + ".", name, newest->run, newest->run_state});
    if (run != known.runs.end()) tell_run(run->second, known.pipelines, findings);
    return;
  }
  auto sentence = "Pipeline " + name + ": no run" +
                  (newest->reason == Reason::same_content ? ", it is the same content. " : ". ") +
                  std::string(domain::explain(newest->reason));
  auto const handled =
      std::find_if(newest, decisions.end(), [&](auto const& d) { return mine(d) && d.run.has_value(); });
  if (handled != decisions.end()) {
    sentence +=
        newest->reason == Reason::same_content ? " It was handled by run " : " An earlier version was handled by run ";
    sentence += number(*handled->run) + ", which is " +
                std::string(domain::to_string(handled->run_state.value_or(domain::RunState::queued))) + ".";
  }
  findings.push_back({Verdict::skipped, newest->reason, std::move(sentence), name,
                      handled == decisions.end() ? std::nullopt : handled->run,
                      handled == decisions.end() ? std::nullopt : handled->run_state});
}

void Why::tell_others(Known const& known, std::vector<Finding>& findings) const {
  std::vector<std::string> told;
  for (auto const* const watching : registry_.catalogue().on_root(known.root)) told.push_back(watching->pipeline_name);
  for (auto const& decision : known.item.decisions) {
    if (std::find(told.begin(), told.end(), decision.pipeline) != told.end()) continue;
    told.push_back(decision.pipeline);
    auto const row = std::ranges::find(known.pipelines, decision.pipeline, &store::PipelineRow::name);
    bool const disabled = row != known.pipelines.end() && row->state == "disabled";
    auto sentence = "Pipeline " + decision.pipeline +
                    (disabled ? " is disabled, and looks at what has changed when it is enabled again; "
                              : " does not watch it any more; ");
    sentence += decision.run ? "its run " + number(*decision.run) + " handled it." : "it made no run of it.";
    findings.push_back({Verdict::fact, Reason::pipeline_retired, std::move(sentence), decision.pipeline, decision.run,
                        decision.run_state});
  }
}

}  // namespace orchestrator
