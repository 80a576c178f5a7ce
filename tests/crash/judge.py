"""What must hold at the end, by what the scripts said, what was put, and what lies on the disk."""

import calendar
import collections
import hashlib
import json
import os
import time

import harness
import works

# How a script may fail that finds a full disk: by its own word, or before it could say any.
FULL_DISK_REASONS = ("exit_nonzero", "create_refused", "start_refused")


def moment(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + (fraction or "0"))


class Judge:
    def __init__(self, world, engine, events, faults, puts, seen_ends):
        self.world, self.engine, self.events, self.faults = world, engine, events, faults
        self.puts = puts            # (kind, key) -> contents, in order
        self.seen_ends = seen_ends  # run id -> what a reader saw of its end while all went on
        self.violations = []
        d = world.daemon
        self.runs = d.sql("SELECT r.*, i.key, i.sha256 FROM v1_runs r LEFT JOIN v1_inputs i USING(run_id) ORDER BY r.run_no")
        self.attempts = collections.defaultdict(list)
        for row in d.sql("SELECT * FROM v1_attempts ORDER BY run_no, attempt"):
            self.attempts[row["run_id"]].append(row)
        self.said = world.scripts.by_container()

    def wrong(self, what, **look):
        self.violations.append("%s: %s" % (what, json.dumps(look, default=str)))

    def judge(self):
        self.changes()
        for run in self.runs:
            self.one_end(run)
            self.executions(run)
            self.truth(run)
        self.results()
        self.left()
        return self.violations

    def changes(self):
        """Every version that was not overtaken has exactly one run of its own; no change has two."""
        runs = collections.defaultdict(list)
        for run in self.runs:
            runs[run["pipeline"], run["key"].rsplit("/", 1)[-1]].append(run)
        for (kind, key), contents in self.puts.items():
            there = runs.pop((kind, key), [])
            live = [r for r in there if r["state"] != "outdated"]
            if not live:
                self.wrong("a change has no run", pipeline=kind, key=key, runs=[(r["run_no"], r["state"]) for r in there])
            elif len(there) > len(contents):
                self.wrong("a change has more than one run", pipeline=kind, key=key, versions=len(contents),
                           runs=[(r["run_no"], r["state"]) for r in there])
            elif live[-1]["sha256"] != hashlib.sha256(contents[-1]).hexdigest():
                self.wrong("the newest version has no run", pipeline=kind, key=key, run=live[-1]["run_no"])
        for place, there in runs.items():
            self.wrong("a run without a change", place=place, runs=[r["run_no"] for r in there])

    def one_end(self, run):
        if run["state"] not in harness.ENDS:
            self.wrong("a run has not ended", run=run)
        ends = [r["state"] for r in self.world.daemon.sql("SELECT state FROM v1_feed WHERE run_no = ? ORDER BY seq", run["run_no"])
                if r["state"] in harness.ENDS]
        if ends != [run["state"]]:
            self.wrong("a run has not exactly one end in the feed", run=run["run_no"], state=run["state"], ends=ends)
        if run["run_id"] in self.seen_ends and self.seen_ends[run["run_id"]] != (run["state"], run["attempts"]):
            self.wrong("an end that was seen is another one now", run=run["run_no"], seen=self.seen_ends[run["run_id"]],
                       now=(run["state"], run["attempts"]))

    def executions(self, run):
        containers = {c: words for (r, c), words in self.said.items() if r == run["run_id"]}
        known = {a["container_id"][:12] for a in self.attempts[run["run_id"]] if a["container_id"]}
        for container, words in containers.items():
            if sum(w[0] == "begin" for w in words) != 1 or sum(w[0] == "end" for w in words) > 1:
                self.wrong("a container's script was executed more than once", run=run["run_no"], container=container, said=words)
            if container not in known:
                self.wrong("a script ran in a container that no attempt names", run=run["run_no"], container=container, said=words)
        if len(containers) > run["attempts"]:
            self.wrong("more containers ran than there were attempts", run=run["run_no"], attempts=run["attempts"], containers=sorted(containers))
        for attempt in self.attempts[run["run_id"]]:
            if attempt["container_id"] and self.events.starts[attempt["container_id"]] > 1:
                self.wrong("a container was started twice", run=run["run_no"], container=attempt["container_id"])

    def truth(self, run):
        """The end is what the last attempt's script did."""
        kind, state, attempts = run["pipeline"], run["state"], self.attempts[run["run_id"]]
        last = (attempts[-1]["container_id"] or "")[:12] if attempts else ""
        said = self.said.get((run["run_id"], last), [])
        ended = next((int(w[1]) for w in said if w[0] == "end"), None)
        look = dict(run=run["run_no"], pipeline=kind, state=state, reason=run["reason"], detail=run["detail"], said=said, container=last,
                    attempts=[(a["attempt"], a["outcome"], a["reason"]) for a in attempts])
        if state == "outdated":
            return
        if state == "interrupted":
            if not self.faults.engine_deaths and not self.faults.disk_full:
                self.wrong("interrupted though nothing interrupted it", **look)
            elif run["attempts"] <= 8:
                self.wrong("interrupted before its attempts were used up", **look)
        elif state == "succeeded":
            if kind not in works.GOOD or ended != 0:
                self.wrong("a success that was none", **look)
        elif state != "failed":
            self.wrong("an end that nothing asked for", **look)
        elif kind == "three":
            if (run["reason"], run["exit_code"], ended) != ("exit_nonzero", 3, 3) and not self.in_full_disk(run):
                self.wrong("exit 3 became something else", **look)
        elif kind == "oom":
            if run["reason"] != "out_of_memory" and not self.in_full_disk(run):
                self.wrong("out of memory became something else", **look)
        elif kind == "again" and run["reason"] == "exit_try_again":
            if run["attempts"] != 9 or ended != 75:
                self.wrong("given up before its attempts were used up", **look)
        elif ended == 0:
            self.wrong("a result was lost", **look)
        elif run["reason"] not in FULL_DISK_REASONS or not self.in_full_disk(run):
            self.wrong("failed without a cause", **look)

    def in_full_disk(self, run):
        if not run["started_at"]:
            return False
        began, over = moment(run["started_at"]) - 1, moment(run["finished_at"]) + 1
        return any(full < over and freed > began for full, freed in self.faults.disk_full)

    def results(self):
        d = self.world.daemon
        rows = collections.defaultdict(list)
        for row in d.sql("SELECT * FROM v1_artifacts"):
            rows[row["run_id"]].append(row)
            path = os.path.join(d.state, row["path"])
            try:
                with open(path, "rb") as file:
                    there = hashlib.sha256(file.read()).hexdigest()
            except OSError as error:
                self.wrong("an artifact is gone", run=row["run_no"], path=path, error=error)
                continue
            if there != row["sha256"]:
                self.wrong("an artifact is not what its row says", run=row["run_no"], path=path, row=row["sha256"], file=there)
        outputs = {r["run_id"]: r["value"] for r in d.sql("SELECT run_id, value FROM v1_outputs WHERE name = 'sha'")}
        contents = {hashlib.sha256(c).hexdigest(): c for all_of in self.puts.values() for c in all_of}
        for run in self.runs:
            if run["state"] != "succeeded":
                if run["run_id"] in outputs:
                    self.wrong("a run that did not succeed has outputs", run=run["run_no"])
                continue
            read = run["sha256"]
            if run["input_drifted"] and run["pipeline"] != "object" and outputs.get(run["run_id"]) in contents:
                read = outputs[run["run_id"]]  # replaced between check and mount: a known limit, and the run says so
            if outputs.get(run["run_id"]) != read:
                self.wrong("the output is not what the script computed", run=run["run_no"], output=outputs.get(run["run_id"]), input=read)
            wanted = works.artifacts(run["pipeline"], contents.get(read, b""))
            there = {r["name"]: r["sha256"] for r in rows[run["run_id"]] if r["attempt"] == run["attempts"]}
            if there != wanted:
                self.wrong("the artifacts are not what the script wrote", run=run["run_no"], there=there, wanted=wanted)
            self.log(run, outputs.get(run["run_id"], ""))

    def log(self, run, sha):
        """Whole, unless it says itself that its last lines may be missing."""
        if self.attempts[run["run_id"]][-1]["log_suspect"]:
            return
        log = self.world.daemon.cli_raw("logs", run["run_id"]).stdout
        if works.last_line(sha) not in log:
            self.wrong("the log lacks its last line", run=run["run_no"], pipeline=run["pipeline"], end=log[-200:])

    def left(self):
        d = self.world.daemon
        _, containers = self.engine.docker("ps", "-aq", "--filter", "label=io.tidewheel.instance=" + d.instance())
        if containers:
            self.wrong("containers are left", containers=containers.split())
        _, volumes = self.engine.docker("volume", "ls", "-q")
        if volumes:
            self.wrong("volumes are left", volumes=volumes.split())
        if os.listdir(os.path.join(d.state, "attempts")):
            self.wrong("attempts' folders are left", folders=os.listdir(os.path.join(d.state, "attempts")))
        checked = d.sql("PRAGMA integrity_check")
        if [list(row.values()) for row in checked] != [["ok"]]:
            self.wrong("the database is damaged", integrity_check=checked)
