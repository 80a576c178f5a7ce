"""What runs leave behind: removed when its time has come, kept when it is wanted, and never lost to a full disk."""

import os
import subprocess
import tempfile
import time

from harness import E2ETest, fill_disk, sha256, wait_until

OPEN = 'policy: {paths: ["/**"], images: ["*"]}\n'
REPORT = ["sh", "-c", 'echo "<p>$TIDEWHEEL_INPUT</p>" > $TIDEWHEEL_OUT/report.html; echo said']


class Retention(E2ETest):
    def flags(self):
        folder = tempfile.TemporaryDirectory(prefix="tw-flags-", dir="/var/tmp")
        os.chmod(folder.name, 0o755)
        self.addCleanup(folder.cleanup)
        return folder.name

    def small_disk(self, d, size, storage, inodes=2000):
        """The state directory on a file system of its own."""
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%s,nr_inodes=%d,mode=0750" % (size, inodes), "tmpfs", d.state], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", d.state], check=False)
        subprocess.run(["chown", "%s:%s" % (d.user, d.user), d.state], check=True)
        with open(d.config) as file:
            text = file.read()
        with open(d.config, "w") as file:
            file.write(text.replace("storage: {min_free: 100m}", "storage: {%s}" % storage))
        return d

    @staticmethod
    def fill(d):
        """Not a byte is left for anybody. Returns what to remove."""
        filler = os.path.join(d.state, "filler")
        fill_disk(filler)
        if os.statvfs(d.state).f_bavail != 0:
            raise AssertionError("there is room left")
        return filler

    def artifact(self, d, run, name="report.html"):
        return [os.path.join(d.state, r["path"]) for r in d.sql("SELECT path FROM v1_artifacts WHERE run_no = ? AND name = ?", run, name)][0]

    def test_what_is_old_goes_and_what_is_pinned_or_newest_stays(self):
        d = self.daemon(config="retention: {logs: 1s, artifacts: 1s, keep_last: 1}\n").start()
        d.pipeline("p", REPORT, settle="0s")
        for i in range(4):
            d.put("f%d" % i, b"%d" % i)
            d.wait_runs(i + 1)
        self.assertEqual(d.cli_code("pin", "2"), 0)
        report = wait_until(lambda: (lambda r: r if r["artifacts"]["runs"] == 2 and r["artifacts"]["kept"]["newest"] else None)(d.cli("gc", "--dry-run")), 20,
                            lambda: d.cli("gc", "--dry-run"))
        self.assertEqual({(e["run_no"], e["what"]) for e in report["list"]}, {(1, "log"), (3, "log"), (1, "artifacts"), (3, "artifacts")})
        self.assertEqual((report["artifacts"]["kept"]["pinned"], report["artifacts"]["kept"]["newest"]), (1, 1))
        self.assertGreater(report["artifacts"]["bytes"], 0)
        paths = {run: self.artifact(d, run) for run in range(1, 5)}
        self.assertTrue(all(os.path.exists(path) for path in paths.values()), "a dry run removes nothing")
        said = d.cli_raw("gc")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn(b"removed the artifacts of 2 runs", said.stdout)
        self.assertIn(b"kept for 1 pinned runs", said.stdout)
        self.assertEqual({run: os.path.exists(path) for run, path in paths.items()}, {1: False, 2: True, 3: False, 4: True})
        runs = {r["run_no"]: r for r in d.runs()}
        self.assertEqual(len(runs), 4, "rows stay")
        self.assertEqual([bool(runs[n]["artifacts_removed_at"]) for n in range(1, 5)], [True, False, True, False])
        self.assertEqual([bool(runs[n]["log_removed_at"]) for n in range(1, 5)], [True, False, True, False])
        self.assertTrue(runs[2]["pinned_at"])
        shown = d.cli("show", "1")
        self.assertTrue(shown["artifacts_removed_at"])
        logs = d.cli_raw("logs", "1")
        self.assertNotEqual(logs.returncode, 0)
        self.assertIn(b"retention removed its log", logs.stderr)
        self.assertEqual(d.cli("gc")["artifacts"]["runs"], 0, "what is gone is not counted again")
        self.assertEqual(d.cli_code("unpin", "2"), 0)
        self.assertEqual(d.cli("gc")["artifacts"]["runs"], 1)
        self.assertFalse(os.path.exists(paths[2]))
        self.assertTrue(os.path.exists(paths[4]), "the newest good one stays")
        self.assertIn(b"artifacts are gone already", d.cli_raw("pin", "1").stderr)
        self.assertIn(b"removed by retention", d.cli_raw("show", "1").stdout)
        self.assertNotEqual(d.cli_code("pin", "99"), 0)

    def test_case_21_a_full_disk_costs_no_result(self):
        flags = self.flags()
        d = self.small_disk(self.daemon(config=OPEN), "64m", "min_free: 1m").start()
        d.pipeline("p", ["sh", "-c", "until [ -e /flags/go ]; do sleep 0.1; done;"
                                     " head -c 20000000 /dev/urandom > $TIDEWHEEL_OUT/big.bin; sha256sum < $TIDEWHEEL_OUT/big.bin; echo n=7 >> $TIDEWHEEL_OUTPUTS"],
                   settle="0s", extra='volumes: ["%s:/flags"]\noutputs: {n: {type: int}}\n' % flags)
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'running'"), 30, d.log)
        filler = os.path.join(d.state, "filler")
        info = os.statvfs(d.state)
        with open(filler, "wb") as file:
            file.write(b"\0" * (info.f_bavail * info.f_frsize - (6 << 20)))
        open(os.path.join(flags, "go"), "w").close()
        wait_until(lambda: "cannot be collected yet" in d.log(), 30, d.log)
        self.assertEqual([r["state"] for r in d.runs()], ["collecting"])
        self.assertEqual(len(d.containers()), 1, "the container is kept until its result is safe")
        self.assertEqual(d.cli_code("status"), 0, "it goes on serving")
        os.unlink(filler)
        run = d.wait_runs(1)[0]
        self.assertEqual((run["state"], run["reason"]), ("succeeded", "exit_zero"), d.log())
        with open(self.artifact(d, 1, "big.bin"), "rb") as file:
            self.assertEqual(sha256(file.read()), d.cli_raw("logs", "1").stdout.decode().split()[0])
        self.assertEqual(d.sql("SELECT value FROM v1_outputs")[0]["value"], 7)
        d.wait_clean()

    def test_case_21_without_a_byte_left_it_serves_records_and_starts_again(self):
        flags = self.flags()
        d = self.small_disk(self.daemon(config=OPEN, runs=3), "64m", "min_free: 1m").start()
        d.pipeline("p", ["sh", "-c", "until [ -e /flags/go ]; do sleep 0.1; done; exit 3"], settle="0s", extra='volumes: ["%s:/flags"]\n' % flags)
        d.put("a", b"a")
        d.put("b", b"b")
        wait_until(lambda: len(d.runs("state = 'running'")) == 2, 30, d.log)
        filler = self.fill(d)
        pid = d.process.pid
        for i in range(20):
            d.put("more%d" % i, b"%d" % i)
        wait_until(lambda: len(d.runs("state IN ('queued', 'held')")) == 20, 30, d.log)
        wait_until(lambda: "storage.min_free" in d.cli_raw("status").stdout.decode(), 20, lambda: (d.cli_raw("status").stdout.decode(), d.log()))
        d.kill()
        d.start()
        open(os.path.join(flags, "go"), "w").close()
        time.sleep(3)
        self.assertIsNone(d.process.poll(), d.log()[-2000:])
        self.assertNotEqual(d.process.pid, pid)
        self.assertEqual(d.cli_code("status"), 0, "it goes on serving")
        os.unlink(filler)
        runs = d.wait_runs(22, seconds=120)
        self.assertEqual({(r["state"], r["reason"], r["attempts"]) for r in runs}, {("failed", "exit_nonzero", 1)})
        d.wait_clean()

    def test_case_21_when_the_room_of_the_database_is_used_up_too_writing_waits(self):
        flags = self.flags()
        waits, goes_on = "there is no room for the database", "there is room for the database again"
        d = self.small_disk(self.daemon(config=OPEN), "96m", "min_free: 1m").start()
        d.pipeline("p", ["sh", "-c", "until [ -e /flags/go ]; do sleep 0.1; done; exit 3"], settle="0s", extra='volumes: ["%s:/flags"]\n' % flags)
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'running'"), 30, d.log)
        self.assertEqual(d.cli_code("pause", "p"), 0)  # runs are queued, and nobody waits here for thousands of containers
        count = 1

        def recorded():
            return d.sql("SELECT count(*) AS n FROM v1_runs")[0]["n"]

        def is_waiting():
            return d.log().count(waits) > d.log().count(goes_on)

        def burst(name):
            nonlocal count
            for batch in range(30):  # how much it takes depends on how long the database's log has been before: that room is its own
                for i in range(2000):
                    d.put("%s%d-%d" % (name, batch, i), b"")
                count += 2000
                wait_until(lambda: is_waiting() or recorded() == count, 60, d.log)
                if is_waiting():
                    break
            self.assertTrue(is_waiting(), d.log()[-2000:])
            self.assertLess(recorded(), count)
            self.assertIsNone(d.process.poll(), d.log()[-2000:])
            self.assertIn("the database has no room", d.cli_raw("status").stdout.decode())
            self.assertEqual(d.cli_code("show", "1"), 0, "it goes on serving")

        def complete():
            wait_until(lambda: recorded() == count, 60, lambda: (recorded(), count, d.log()[-2000:]))
            self.assertEqual(d.sql("SELECT count(DISTINCT key) AS keys FROM v1_inputs")[0]["keys"], count)

        filler = self.fill(d)
        burst("first")
        open(os.path.join(flags, "go"), "w").close()  # a run's end waits as well, or finds room where a page of changes does not
        os.unlink(filler)
        wait_until(lambda: goes_on in d.log(), 30, d.log)
        complete()
        run = wait_until(lambda: d.runs("state = 'failed'"), 30, d.log)[0]
        self.assertEqual((run["run_no"], run["reason"], run["attempts"]), (1, "exit_nonzero", 1))
        filler = self.fill(d)
        burst("second")
        d.stop(10)
        os.unlink(filler)
        d.start()
        complete()
        self.assertEqual(len(d.runs("state = 'failed'")), 1)
        d.wait_clean()

    def test_the_oldest_make_room_where_that_is_wished(self):
        d = self.small_disk(self.daemon(config="retention: {keep_last: 1, when_disk_low: remove_oldest}\n"), "84m", "min_free: 40m").start()
        d.pipeline("p", ["sh", "-c", "head -c 12000000 /dev/urandom > $TIDEWHEEL_OUT/big.bin"], settle="0s")
        for i in range(5):
            d.put("f%d" % i, b"%d" % i)
            # At most once a minute it looks for room by itself; here the wait is cut short by hand.
            wait_until(lambda i=i: len(d.runs("state = 'succeeded'")) > i or (d.cli_code("gc"), None)[1], 60, d.log)
        self.assertEqual({r["state"] for r in d.runs()}, {"succeeded"})
        gone = [r["run_no"] for r in d.runs("artifacts_removed_at IS NOT NULL")]
        self.assertTrue(gone)
        self.assertEqual(gone, sorted(gone))
        self.assertEqual(gone, list(range(1, len(gone) + 1)), "the oldest go first")
        self.assertTrue(os.path.exists(self.artifact(d, 5, "big.bin")))

    def test_few_inodes_hold_back_what_would_start(self):
        d = self.small_disk(self.daemon(), "64m", "min_free: 1m, min_free_inodes: 25%", inodes=1000).start()
        d.pipeline("p", ["true"], settle="0s")
        clutter = os.path.join(d.state, "clutter")
        os.mkdir(clutter)
        for i in range(800):
            open(os.path.join(clutter, str(i)), "w").close()
        time.sleep(1.5)  # what was measured counts for a second
        d.put("a", b"a")
        wait_until(lambda: "min_free_inodes" in d.cli_raw("status").stdout.decode(), 20, d.log)
        self.assertIn("inodes", d.cli_raw("why", os.path.join(d.data, "a")).stdout.decode())
        self.assertEqual([r["state"] for r in d.runs()], ["queued"])
        for i in range(800):
            os.unlink(os.path.join(clutter, str(i)))
        self.assertEqual(d.wait_runs(1)[0]["state"], "succeeded")
