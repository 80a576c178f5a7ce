"""kill -9 of the daemon: every run ends once, nothing is lost, nothing is left."""

import os
import random
import time

from harness import E2ETest, Events, docker, sha256, wait_until
from scripts import SHA_OUTPUT, slow_hash


class KillNine(E2ETest):
    def test_three_kills_at_random_during_fifty_runs(self):
        for _ in range(10 if "TIDEWHEEL_LONG" in os.environ else 1):
            self.three_kills(int(os.environ.get("TIDEWHEEL_SEED", random.SystemRandom().randrange(1 << 30))))

    def three_kills(self, seed):
        print("seed", seed)
        chance = random.Random(seed)
        events = Events()
        self.addCleanup(events.close)
        d = self.daemon(runs=4).start()
        d.pipeline("slow", slow_hash("0.3"), extra=SHA_OUTPUT + "max_running: 8\n", settle="0s")
        contents = {"f%02d" % i: os.urandom(64) for i in range(50)}
        names = list(contents)
        for name in names[:40]:
            d.put(name, contents[name])
        for kill in range(3):
            time.sleep(chance.uniform(0.3, 3.0))  # the moment of the crash
            d.kill()
            for name in names[40 + kill * 3:43 + kill * 3] + (names[49:] if kill == 2 else []):
                d.put(name, contents[name])  # these arrive while it is down
            d.start()
        runs = d.wait_runs(50, seconds=180)
        self.assertEqual({r["state"] for r in runs}, {"succeeded"}, [(r["run_no"], r["state"], r["reason"]) for r in runs])
        results = self.outputs(d, "slow")
        self.assertEqual({name: results[name]["sha"] for name in names}, {name: sha256(data) for name, data in contents.items()})
        self.assertEqual(len(d.sql("SELECT * FROM v1_p_slow_history")), 50)
        d.wait_clean()
        d.settle_down()  # the files of an attempt go after its container
        starts = events.starts(d.instance())
        self.assertEqual(set(starts.values()), {1}, "a container was started twice")
        self.assertEqual(len(starts), sum(r["attempts"] for r in runs))
        self.assertEqual({r["attempts"] for r in runs}, {1}, "a daemon's crash alone must not cost an attempt")
        self.assertEqual(os.listdir(os.path.join(d.state, "attempts")), [])

    def test_a_run_longer_than_the_downtime_keeps_running_through_it(self):
        d = self.daemon().start()
        d.pipeline("slow", slow_hash(6), extra=SHA_OUTPUT, settle="0s")
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'running'"), 20, d.log)
        container = d.containers()
        d.kill()
        self.assertEqual(docker("inspect", "-f", "{{.State.Running}}", container[0]), "true")
        d.start()
        self.assertEqual(d.containers(), container)
        runs = d.wait_runs(1)
        self.assertEqual((runs[0]["state"], runs[0]["attempts"]), ("succeeded", 1))
        log = d.cli_raw("logs", runs[0]["run_id"]).stdout.decode()
        self.assertEqual(log.count("begun"), 1)
        self.assertIn(sha256(b"a"), log)

    def test_a_run_that_ends_during_the_downtime_keeps_its_result(self):
        d = self.daemon().start()
        d.pipeline("slow", slow_hash(2), extra=SHA_OUTPUT, settle="0s")
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'running'"), 20, d.log)
        container = d.containers()[0]
        d.kill()
        docker("wait", container)
        d.start()
        runs = d.wait_runs(1)
        self.assertEqual((runs[0]["state"], runs[0]["attempts"]), ("succeeded", 1))
        self.assertEqual(self.outputs(d, "slow")["a"]["sha"], sha256(b"a"))

    def test_handled_files_do_not_run_again_after_a_restart_and_new_ones_do(self):
        d = self.daemon().start()
        d.pipeline("slow", slow_hash(0), extra=SHA_OUTPUT)
        d.put("a", b"a")
        d.wait_runs(1)
        d.stop()
        d.put("b", b"b")
        os.utime(os.path.join(d.data, "a"))
        d.start()
        d.wait_runs(2)
        d.settle_down()
        keys = [r["key"] for r in d.sql("SELECT key FROM v1_inputs ORDER BY run_no")]
        self.assertEqual(keys, ["a", "b"])

    def test_readers_work_while_it_runs_and_after_it_stopped(self):
        d = self.daemon().start()
        d.pipeline("slow", slow_hash(0), extra=SHA_OUTPUT)
        d.put("a", b"a")
        d.wait_runs(1)
        d.stop()
        self.assertEqual(self.outputs(d, "slow")["a"]["sha"], sha256(b"a"))
