"""Many runs again, what was never run, and who goes first: by the command line, against a real engine."""

import os
import tempfile

from harness import BUSYBOX, E2ETest, wait_until

OPEN = 'policy: {paths: ["/**"], images: ["*"]}\n'


class AgainTest(E2ETest):
    def flags(self):
        folder = tempfile.TemporaryDirectory(prefix="tw-flags-", dir="/var/tmp")
        os.chmod(folder.name, 0o755)
        self.addCleanup(folder.cleanup)
        return folder.name

    def say(self, d, *args):
        done = d.cli_raw(*args)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode() + done.stderr.decode()


class Again(AgainTest):
    def test_what_failed_is_retried_once(self):
        d = self.daemon(config=OPEN).start()
        flags = self.flags()
        for name in ("one", "two"):
            d.pipeline(name, ["test", "-e", "/flags/go"], settle="0s", files='"%s*"' % name, extra='volumes: ["%s:/flags"]\n' % flags)
        for i in range(3):
            d.put("one%d" % i, b"%d" % i)
        d.put("two", b"x")
        d.wait_runs(4)
        self.assertEqual({r["state"] for r in d.runs()}, {"failed"})
        self.assertIn("would retry 4 runs of 2 pipelines", self.say(d, "retry", "--state", "failed", "--since", "1d", "--dry-run"))
        self.assertEqual(len(d.runs()), 4, "a dry run changes nothing")
        open(os.path.join(flags, "go"), "w").close()
        self.assertIn("retried 3 runs of one", self.say(d, "retry", "--pipeline", "one"))
        d.wait_runs(7)
        self.assertEqual({(r["retry_of"], r["state"], r["trigger"]) for r in d.runs("run_no > 4")},
                         {(r["run_no"], "succeeded", "retry") for r in d.runs("pipeline = 'one' AND run_no <= 4")})
        self.assertIn("retried 1 run of two", self.say(d, "retry", "--all"))
        d.wait_runs(8)
        self.assertIn("retried 0 runs", self.say(d, "retry", "--all"))
        done = d.cli_raw("retry")
        self.assertEqual(done.returncode, 64)
        self.assertIn(b"--all", done.stderr)

    def test_rerun_takes_the_corrected_pipeline_and_retry_the_old_one(self):
        d = self.daemon().start()
        d.pipeline("p", ["sh", "-c", "echo v=1 >> $TIDEWHEEL_OUTPUTS"], settle="0s", extra="outputs: {v: {type: int}}\n")
        d.put("a", b"a")
        d.wait_runs(1)
        d.pipeline("p", ["sh", "-c", "echo v=2 >> $TIDEWHEEL_OUTPUTS"], settle="0s", extra="outputs: {v: {type: int}}\n")
        wait_until(lambda: d.sql("SELECT 1 FROM v1_pipelines WHERE revision = 2"), 10, d.log)
        self.say(d, "retry", "--pipeline", "p", "--state", "succeeded")
        d.wait_runs(2)
        self.say(d, "rerun", "--pipeline", "p")
        d.wait_runs(3)
        self.assertEqual([(r["run_no"], r["value"]) for r in d.sql("SELECT run_no, value FROM v1_outputs ORDER BY run_no")],
                         [(1, 1), (2, 1), (3, 2)])
        self.assertEqual([r["revision"] for r in d.runs()], [1, 1, 2])
        told = self.say(d, "why", os.path.join(d.data, "a"))
        self.assertIn("run 1 is the one for this version; it was succeeded, and run 3 repeats it", told)
        self.assertIn("Run 3 of p is succeeded", told)

    def test_backfill_runs_what_was_there_before_once(self):
        d = self.daemon().start()
        for i in range(5):
            d.put("old%d.csv" % i, b"%d" % i)
        os.utime(os.path.join(d.data, "old0.csv"), (1e9, 1e9))
        d.pipeline("p", ["true"], settle="0s", files='"*.csv"')
        wait_until(lambda: len(d.sql("SELECT 1 FROM v1_items WHERE decision = 'skip'")) == 5, 20, d.log)
        self.assertIn("would backfill 4 items of p", self.say(d, "backfill", "p", "--since", "1d", "--dry-run"))
        self.assertEqual(d.runs(), [])
        self.assertIn("backfilled 4 items of p", self.say(d, "backfill", "p", "--since", "1d"))
        d.wait_runs(4)
        self.assertIn("backfilled 1 item of p", self.say(d, "backfill", "p"))
        runs = d.wait_runs(5)
        self.assertEqual({(r["state"], r["trigger"]) for r in runs}, {("succeeded", "backfill")})
        self.assertIn("backfilled 0 items", self.say(d, "backfill", "p"))
        self.assertEqual({r["decision"] for r in d.sql("SELECT decision FROM v1_items")}, {"run"})


class Order(AgainTest):
    def test_a_long_queue_starves_no_other_and_a_priority_goes_first(self):
        d = self.daemon(runs=1).start()
        d.pipeline("long", ["true"], settle="0s", files='"long*"')
        d.pipeline("short", ["true"], settle="0s", files='"short*"')
        d.pipeline("urgent", ["true"], settle="0s", files='"urgent*"', extra="priority: 10\n")
        for name in ("long", "short", "urgent"):
            d.cli_code("pause", name)
        for i in range(12):
            d.put("long%d" % i, b"%d" % i)
        d.wait_runs(12, states=("queued",))
        for name in ("short1", "short2", "urgent1", "urgent2"):
            d.put(name, name.encode())
        d.wait_runs(16, states=("queued",))
        for name in ("urgent", "short", "long"):
            d.cli_code("resume", name)
        d.wait_runs(16, seconds=120)
        order = [r["pipeline"] for r in d.sql("SELECT pipeline FROM v1_runs ORDER BY started_at, run_no")]
        self.assertEqual(sorted(order[:2]), ["urgent", "urgent"], order)
        self.assertLessEqual(max(i for i, name in enumerate(order) if name == "short"), 6, order)

    def test_runs_of_one_folder_go_one_after_another(self):
        flags = self.flags()
        d = self.daemon(config=OPEN, runs=8).start()
        for folder in ("a", "b"):
            os.mkdir(os.path.join(d.data, folder))
        d.pipeline("p", ["sh", "-c", "until [ -e /flags/go ]; do sleep 0.05; done"], settle="0s",
                   extra='max_running: 8\nvolumes: ["%s:/flags"]\nserialize_by: "${input.folder}"\n' % flags)
        for i in range(3):
            d.put("a/%d" % i, b"%d" % i)
        d.put("b/0", b"b")
        d.wait_runs(4, states=("queued", "pulling", "starting", "running"))
        wait_until(lambda: len(d.runs("state = 'running'")) == 2, 30, d.log)
        waiting = d.runs("state = 'queued'")
        self.assertEqual(len(waiting), 2)
        self.assertIn("serialize_by", d.cli_raw("why", str(waiting[0]["run_no"])).stdout.decode())
        d.kill()
        d.start()
        d.wait_watching()
        self.assertEqual(len(d.runs("state = 'queued'")), 2, "after a restart as well")
        open(os.path.join(flags, "go"), "w").close()
        d.wait_runs(4)
        spans = d.sql("SELECT r.started_at, r.finished_at FROM v1_runs r JOIN v1_inputs i USING(run_no) WHERE i.key LIKE 'a/%' ORDER BY r.started_at")
        self.assertTrue(all(one["finished_at"] <= two["started_at"] for one, two in zip(spans, spans[1:])), spans)

    def test_newer_data_cancels_the_run_on_the_older_one(self):
        d = self.daemon(runs=1).start()
        d.pipeline("p", ["sh", "-c", "grep -q old $TIDEWHEEL_INPUT || exit 0; trap 'exit 0' TERM; sleep 600 & wait"], settle="0s",
                   extra='serialize_by: "${input.key}"\noverlap: cancel\n')
        d.put("a", b"old")
        wait_until(lambda: d.runs("state = 'running'"), 30, d.log)
        d.put("other", b"old too")
        wait_until(lambda: d.runs("run_no = 2"), 30, d.log)
        self.assertEqual([r["state"] for r in d.runs()], ["running", "queued"], "another item cancels nothing")
        d.put("a", b"new")
        wait_until(lambda: d.runs("run_no = 1 AND state = 'cancelled'"), 30, d.log)
        run = d.runs("run_no = 1")[0]
        self.assertEqual((run["reason"], run["replaced_by"]), ("newer_data", 3))
        d.cli_code("cancel", "2")
        wait_until(lambda: d.runs("run_no = 3 AND state = 'succeeded'"), 60, d.log)
        d.wait_runs(3)
        d.wait_clean()

    def test_all_pipelines_are_paused_and_go_on(self):
        d = self.daemon().start()
        d.pipeline("one", ["true"], settle="0s", files='"one*"')
        d.pipeline("two", ["true"], settle="0s", files='"two*"')
        self.say(d, "pause", "two")
        self.assertIn("all pipelines are paused", self.say(d, "pause", "--all"))
        d.pipeline("late", ["true"], settle="0s", files='"late*"')
        for name in ("one1", "two1", "late1"):
            d.put(name, name.encode())
        d.wait_runs(3, states=("queued",))
        d.kill()
        d.start()
        self.assertIn("PAUSED by", self.say(d, "status"))
        self.assertIn("tidewheel resume --all", d.cli_raw("why", "1").stdout.decode())
        refused = d.cli_raw("resume", "one")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(b"all pipelines are paused", refused.stderr)
        self.assertEqual({r["state"] for r in d.runs()}, {"queued"})
        self.say(d, "resume", "--all")
        wait_until(lambda: len(d.runs("state = 'succeeded'")) == 2, 30, d.log)
        self.assertEqual([r["pipeline"] for r in d.runs("state = 'queued'")], ["two"], "it was paused by itself")
        self.say(d, "resume", "two")
        d.wait_runs(3)
        self.assertEqual(d.cli_code("pause"), 64)
        self.assertEqual(d.cli_code("pause", "one", "--all"), 64)

    def test_runs_share_the_memory_and_why_says_so(self):
        d = self.daemon(runs=4)
        with open(d.config) as file:
            text = file.read()
        with open(d.config, "w") as file:
            file.write(text.replace("limits: {runs: 4}", "limits: {runs: 4, memory: 300m, cpus: 8}"))
        d.start()
        d.pipeline("p", ["sleep", "600"], settle="0s", extra="mem_limit: 200m\n")
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'running'"), 30, d.log)
        d.put("b", b"b")
        wait_until(lambda: d.runs("run_no = 2"), 30, d.log)
        said = d.cli_raw("why", "2").stdout.decode()
        self.assertIn("limits.memory is 300.0 MiB", said)
        self.assertEqual(d.runs("run_no = 2")[0]["state"], "queued")
        d.cli_code("cancel", "1")
        wait_until(lambda: d.runs("run_no = 2 AND state = 'running'"), 60, d.log)
        d.cli_code("cancel", "2")
        d.wait_runs(2)
        d.write_pipeline("huge", "version: 1\nname: huge\nwatch: {path: %s, files: 'x', existing: skip}\nimage: %s\nmem_limit: 1g\n" % (d.data, BUSYBOX))
        wait_until(lambda: "more than all of limits.memory" in str(d.cli("pipelines")), 20, lambda: d.cli("pipelines"))
        d.wait_clean()
