"""What counts as a change, and what a change does to runs that wait or work."""

import os
import shutil
import subprocess
import tempfile

from harness import E2ETest, sha256, wait_until
from scripts import HASH, SHA_OUTPUT, slow_hash


class SameContent(E2ETest):
    def setUp(self):
        self.d = self.daemon().start()
        self.d.pipeline("hash", HASH, extra=SHA_OUTPUT)
        self.path = os.fsdecode(self.d.put("a.csv", b"1,2\n"))
        self.d.wait_runs(1)

    def no_new_run(self, reason=None):
        # A second file's run is the proof that the watcher has dealt with what came before it.
        self.d.put("marker", os.urandom(8))
        wait_until(lambda: [r for r in self.d.runs("state = 'succeeded'") if r["run_no"] > 1], 20, self.d.log)
        self.d.settle_down()
        keys = [r["key"] for r in self.d.sql("SELECT key FROM v1_inputs ORDER BY run_no")]
        self.assertEqual(keys, ["a.csv", "marker"])
        why = self.d.cli_raw("why", self.path).stdout.decode()
        self.assertIn("run 1", why)
        if reason:
            self.assertIn(reason, why)

    def test_touch_makes_no_run_and_why_says_so(self):
        os.utime(self.path)
        self.no_new_run("same content")

    def test_an_identical_rewrite_makes_no_run(self):
        with open(self.path, "wb") as file:
            file.write(b"1,2\n")
        self.no_new_run("same content")

    def test_an_identical_replacement_makes_no_run(self):
        self.d.put("a.csv", b"1,2\n")
        self.no_new_run("same content")

    def test_chmod_makes_no_run(self):
        os.chmod(self.path, 0o600 | 0o044)
        self.no_new_run()

    def test_cp_p_over_itself_makes_no_run(self):
        copy = os.path.join(self.d.dir, "copy.csv")
        shutil.copy2(self.path, copy)
        subprocess.run(["cp", "-p", copy, self.path], check=True)
        self.no_new_run()

    def test_a_changed_file_makes_a_run(self):
        self.d.put("a.csv", b"3,4\n")
        self.d.wait_runs(2)
        self.assertEqual(self.outputs(self.d, "hash")["a.csv"]["sha"], sha256(b"3,4\n"))
        self.assertEqual(len(self.d.sql("SELECT * FROM v1_p_hash_history")), 2)

    def test_a_change_of_the_same_size_and_mtime_is_found_by_its_ctime(self):
        before = os.stat(self.path)
        with open(self.path, "r+b") as file:
            file.write(b"9,9\n")
        os.utime(self.path, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.d.wait_runs(2)
        self.assertEqual(self.outputs(self.d, "hash")["a.csv"]["sha"], sha256(b"9,9\n"))


class WhileARunWaitsOrWorks(E2ETest):
    def test_a_run_that_wants_another_attempt_gives_way_when_its_file_has_changed(self):
        d = self.daemon(runs=1).start()
        d.pipeline("p", ["sh", "-c", "sleep 1; grep -q new $0 || exit 75", "${input.path}"], extra="retries: {max: 3, backoff: 1s, if: [75]}\n", settle="0s")
        d.put("a", b"old")
        wait_until(lambda: d.runs("state = 'running'"), 20, d.log)
        d.put("a", b"new")
        runs = d.wait_runs(2, 30)
        self.assertEqual([(r["state"], r["reason"], r["attempts"], r["replaced_by"]) for r in runs],
                         [("outdated", "input_changed", 1, runs[1]["run_no"]), ("succeeded", "exit_zero", 1, None)])

    def test_a_run_by_hand_keeps_its_parameters_when_its_file_changes(self):
        d = self.daemon(runs=1).start()
        d.pipeline("p", ["sh", "-c", "cat $1; echo min=$2; sleep 2", "sh", "${input.path}", "${params.min}"],
                   extra="params: {min: {type: int, default: 3}}\n", settle="0s")
        path = os.fsdecode(d.put("a", b"old "))
        wait_until(lambda: d.runs("state = 'running'"), 20, d.log)
        self.assertEqual(d.cli_code("run", "p", "--input", path, "-p", "min=99"), 0)
        d.put("a", b"new ")
        runs = d.wait_runs(3, seconds=60)
        self.assertEqual([r["state"] for r in runs], ["succeeded"] * 3)
        logs = [d.cli_raw("logs", str(r["run_no"])).stdout.decode().strip() for r in runs]
        self.assertEqual(logs, ["old min=3", "new min=99", "new min=3"])

    def test_changed_while_its_run_waits_gives_one_outdated_and_one_succeeded(self):
        d = self.daemon(runs=1).start()
        d.pipeline("slow", slow_hash(4), extra=SHA_OUTPUT, settle="0s")
        d.put("first", b"first")
        wait_until(lambda: d.runs("state = 'running'"), 20, d.log)
        d.put("a", b"old")
        wait_until(lambda: d.runs("state = 'queued'"), 10, d.log)
        d.put("a", b"newer")
        runs = d.wait_runs(3)
        self.assertEqual([r["state"] for r in runs], ["succeeded", "outdated", "succeeded"])
        self.assertEqual(runs[1]["replaced_by"], runs[2]["run_no"])
        self.assertEqual(self.outputs(d, "slow")["a"]["sha"], sha256(b"newer"))

    def test_changed_while_it_runs_gives_two_results_and_the_newer_counts(self):
        d = self.daemon().start()
        d.pipeline("slow", slow_hash(3), extra=SHA_OUTPUT, settle="0s")
        d.put("a", b"old")
        wait_until(lambda: d.runs("state = 'running'"), 20, d.log)
        d.put("a", b"newer")
        runs = d.wait_runs(2)
        self.assertEqual([r["state"] for r in runs], ["succeeded", "succeeded"])
        history = d.sql("SELECT sha FROM v1_p_slow_history ORDER BY run_no")
        self.assertEqual([r["sha"] for r in history], [sha256(b"old"), sha256(b"newer")])
        self.assertEqual(self.outputs(d, "slow")["a"]["sha"], sha256(b"newer"))

    def twice(self, d, name, watch=""):
        """A run that reads its input twice, with a write into the very file between."""
        with tempfile.TemporaryDirectory(prefix="tw-flags-", dir="/var/tmp") as flags:
            os.chmod(flags, 0o755)
            d.pipeline(name, ["sh", "-c", "sha256sum < $TIDEWHEEL_INPUT; until [ -e /flags/go ]; do sleep 0.05; done; sha256sum < $TIDEWHEEL_INPUT"],
                       settle="0s", watch=watch, extra='volumes: ["%s:/flags"]\n' % flags, files='"%s"' % name)
            path = d.put(name, b"first")
            wait_until(lambda: d.runs("pipeline = ? AND state = 'running'", name), 30, d.log)
            run = d.runs("pipeline = ?", name)[0]["run_no"]
            wait_until(lambda: sha256(b"first").encode() in d.cli_raw("logs", str(run)).stdout, 30, d.log)
            with open(path, "r+b") as file:
                file.write(b"other")
            wait_until(lambda: len(d.runs("pipeline = ?", name)) == 2, 30, d.log)
            open(os.path.join(flags, "go"), "w").close()
            wait_until(lambda: len(d.runs("pipeline = ? AND finished_at IS NOT NULL", name)) == 2, 30, d.log)
        said = d.cli_raw("logs", str(run)).stdout.decode().split()
        return [said[0], said[2]], d.runs("run_no = ?", run)[0]["input_drifted"]

    def test_a_snapshot_stays_as_it_was(self):
        d = self.daemon(config='policy: {paths: ["/**"], images: ["*"]}\n').start()
        first, other = sha256(b"first"), sha256(b"other")
        self.assertEqual(self.twice(d, "bare"), ([first, other], 1))
        self.assertEqual(self.twice(d, "frozen", watch="  snapshot: copy\n"), ([first, first], 0))
        wait_until(lambda: not os.listdir(os.path.join(d.state, "attempts")), 20, "the copies go with their runs")

    def test_a_snapshot_that_cannot_be_made_holds_the_pipeline(self):
        d = self.daemon().start()
        mount = os.path.join(d.dir, "other")
        os.mkdir(mount)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0755", "tmpfs", mount], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", mount], check=False)
        d.pipeline("p", ["true"], settle="0s", watch="  snapshot: hardlink\n", path=mount)
        with open(os.path.join(mount, "a"), "wb") as file:
            file.write(b"a")
        wait_until(lambda: d.runs("state = 'held'"), 30, d.log)
        run = d.runs()[0]
        self.assertEqual((run["reason"], run["attempts"]), ("snapshot_unavailable", 0))
        self.assertIn("snapshot: copy", run["detail"])
        d.pipeline("p", ["true"], settle="0s", watch="  snapshot: copy\n", path=mount)
        self.assertEqual(d.wait_runs(1, seconds=90)[0]["state"], "succeeded", "the corrected pipeline helps the run that waits")

    def test_deleted_while_it_waits_is_skipped(self):
        d = self.daemon(runs=1).start()
        d.pipeline("slow", slow_hash(4), extra=SHA_OUTPUT, settle="0s")
        d.put("first", b"first")
        wait_until(lambda: d.runs("state = 'running'"), 20, d.log)
        path = d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'queued'"), 10, d.log)
        os.remove(path)
        runs = d.wait_runs(2)
        self.assertEqual([(r["state"], r["reason"]) for r in runs], [("succeeded", "exit_zero"), ("skipped", "input_gone")])


class Existing(E2ETest):
    def test_skip_and_run_treat_old_files_as_they_say(self):
        d = self.daemon()
        d.put("old", b"old")
        d.start()
        d.pipeline("skips", HASH, existing="skip", extra=SHA_OUTPUT)
        d.pipeline("runs", HASH, existing="run", extra=SHA_OUTPUT)
        d.wait_runs(1)
        d.put("new", b"new")
        runs = d.wait_runs(3)
        self.assertEqual(sorted(r["pipeline"] for r in runs), ["runs", "runs", "skips"])
        why = d.cli_raw("why", os.path.join(d.data, "old")).stdout.decode()
        self.assertIn("skips", why)
