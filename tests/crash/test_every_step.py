"""kill -9 at every single durable step of the shipped program: whatever was under way, the end is the same."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

import harness  # noqa: E402
import s3  # noqa: E402
from harness import E2ETest, sha256, wait_until  # noqa: E402
from scripts import SHA_OUTPUT  # noqa: E402
from witnesses import Scripts  # noqa: E402

CONTENT = b"what is read\n"
# The file of the witness is a FIFO in a volume: see witnesses.py.
SAY = 'say() { echo "$TIDEWHEEL_RUN_ID $(hostname) $*" > /witness/w; }; say begin; set -- "$1" $(sha256sum < "$1"); '
RESULT = 'cp "$1" /out/copy.bin; echo "sha=$2" >> $TIDEWHEEL_OUTPUTS; say end 0'


def library():
    """tests/support/die_at.c, beside the copied binaries, where the daemon's user finds it."""
    made = os.path.join(harness.BIN, "die-at.so")
    if not os.path.exists(made):
        subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", made, os.path.join(harness.CHECKOUT, "tests", "support", "die_at.c")], check=True)
    return made


class Lives(E2ETest):
    """Each test is one short life of a run. First it is lived through while its steps are counted; then, for each of them,
    it begins anew, the daemon dies there (before the step, or when it is done), is started again, and has to end as the
    first one did."""

    def world(self):
        """A daemon that is not started yet and its witness. `armed` makes steps count."""
        d = harness.Daemon(config='policy: {images: ["*"], paths: ["/var/tmp/**"], buckets: ["*"]}\n' + self.config())
        self.open.append(d)
        d.witness = os.path.join(d.dir, "witness")
        d.scripts = Scripts(d.witness)
        d.armed, d.steps = os.path.join(d.dir, "armed"), os.path.join(d.state, "steps")
        d.volumes = 'volumes: ["%s:/witness"]\n' % d.witness
        return d

    def setUp(self):
        self.open = []
        self.addCleanup(lambda: [d.close() for d in self.open])

    def config(self):
        return ""

    def begin(self, d, step=0, after=False):
        """It may die before its first answer, so nobody waits for that here."""
        settings = {"LD_PRELOAD": library(), "DIE_AT": str(step), "DIE_COUNT": d.steps, "DIE_ARMED": d.armed}
        if after:
            settings["DIE_AFTER"] = "1"
        d.start(wait=False, wrapper=["/usr/bin/env"] + ["%s=%s" % pair for pair in settings.items()])

    def every_step(self, prepare, act, end):
        """`prepare(d)` writes what is there before the daemon starts; `act(d)` asks for what no file can; `end(d)` is what
        has to come out, in a form that can be compared."""
        whole = self.world()
        prepare(whole)
        open(whole.armed, "w").close()
        self.begin(whole)
        whole.wait_ready()
        act(whole)
        wanted = end(whole)
        whole.stop()
        with open(whole.steps) as file:
            kinds = file.read()
        whole.close()
        print("%d steps (%s)" % (len(kinds), kinds), flush=True)
        self.assertGreater(len(kinds), 20)
        died = 0
        for step in range(1, len(kinds) + 1):
            with self.subTest(step=step, kind=kinds[step - 1]):
                died += self.die_once(step, prepare, act, end, wanted)
        self.assertGreater(died, len(kinds) * 3 // 4, "nearly all steps have to be met")

    def die_once(self, step, prepare, act, end, wanted):
        d = self.world()
        try:
            prepare(d)
            open(d.armed, "w").close()
            self.begin(d, step, after=step % 2 == 0)
            act(d)
            # It dies, or everything is over before that: steps of other threads make their number differ a little.
            died = wait_until(lambda: d.process.poll() is not None or self.is_over(d), 60, d.log)
            if d.process.poll() is None:
                d.process.terminate()  # the step may be one of those that end the daemon
            died = d.process.wait(30) == -9
            self.assertIn(d.process.returncode, (0, -9), d.log()[-3000:])
            d.start()
            act(d)
            self.assertEqual(end(d), wanted)
            for (run, container), words in d.scripts.by_container().items():
                self.assertEqual([w[0] for w in words].count("begin"), 1, "container %s of run %s was started twice" % (container, run))
            return died
        finally:
            d.close()

    def is_over(self, d):
        """Asks the daemon first: a reader that comes before it has made its database would make the files beside it."""
        try:
            idle = d.cli("status")["idle"]
            runs = d.runs()
            return idle and bool(runs) and all(r["state"] in harness.ENDS for r in runs) and not d.containers()
        except Exception:  # no database yet
            return False

    def end_of(self, d):
        d.wait_runs(1, seconds=60)
        d.wait_clean()
        d.settle_down()
        run = d.runs()[0]
        for row in d.sql("SELECT path, sha256 FROM v1_artifacts"):
            with open(os.path.join(d.state, row["path"]), "rb") as file:
                self.assertEqual(sha256(file.read()), row["sha256"])
        feed = [r["state"] for r in d.sql("SELECT state FROM v1_feed ORDER BY seq") if r["state"] in harness.ENDS]
        self.assertEqual(feed, [run["state"]])
        self.assertEqual(os.listdir(os.path.join(d.state, "attempts")), [])
        self.assertEqual(d.sql("PRAGMA integrity_check"), [{"integrity_check": "ok"}])
        self.assertEqual(len(d.scripts.by_container()), len(d.sql("SELECT * FROM v1_attempts WHERE started_at IS NOT NULL")))
        return {"run": (run["state"], run["reason"], run["attempts"]),
                "outputs": [(r["name"], r["value"]) for r in d.sql("SELECT name, value FROM v1_outputs ORDER BY name")],
                "artifacts": [(r["name"], r["sha256"]) for r in d.sql("SELECT name, sha256 FROM v1_artifacts ORDER BY name, attempt")],
                "items": d.sql("SELECT key, pipeline, decision FROM v1_items")}

    def write(self, d, script, extra=SHA_OUTPUT, watch=None):
        """One pipeline; `existing: run`, so that it does not matter who was there first."""
        d.write_pipeline("p", "version: 1\nname: p\nwatch:\n  %s\n  existing: run\nimage: %s\ncommand: %s\n%s%s" % (
            watch or "path: %s\n  settle: 0s" % d.data, harness.BUSYBOX, json.dumps(["sh", "-c", script, "sh", "${input.path}"]),
            d.volumes, extra))
        d.put("a.csv", CONTENT)


class EveryStep(Lives):
    def test_case_9_a_change_becomes_a_result(self):
        self.every_step(lambda d: self.write(d, SAY + RESULT), lambda d: None, self.end_of)

    def test_case_9_a_run_that_asks_to_be_tried_again(self):
        # The third attempt cannot know that it is the third: so all of them ask, and the last one's word is the end.
        extra = "retries: {max: 2, backoff: 10ms}\n"
        self.every_step(lambda d: self.write(d, SAY + "echo partial > /out/partial.csv; say end 75; exit 75", extra), lambda d: None, self.end_of)

    def test_case_9_a_run_that_is_cancelled(self):
        def cancel(d):
            """Until the daemon took the word, or is dead: as a person would."""
            def taken():
                if d.process.poll() is not None:
                    return True
                try:
                    d.cli("status")
                    run = d.runs()[0]
                    said = any(words[0] == ("begin",) for words in d.scripts.by_container().values())
                    return run["state"] in harness.ENDS or (said and run["state"] == "running" and d.cli_code("cancel", "1") == 0)
                except Exception:
                    return False
            wait_until(taken, 60, d.log)
        self.every_step(lambda d: self.write(d, SAY + "trap 'exit 0' TERM; while true; do sleep 0.1; done"), cancel, self.end_of)


class EveryStepOfAnObject(Lives):
    """The same with an input from a bucket."""

    def setUp(self):
        super().setUp()
        self.server = s3.FaultServer().start()
        self.addCleanup(self.server.stop)
        self.server._put("bucket", b"")
        self.server._put("bucket/in/a.csv", CONTENT)
        self.keys = os.path.join(tempfile.mkdtemp(prefix="tw-keys-", dir="/var/tmp"), "keys")
        self.addCleanup(shutil.rmtree, os.path.dirname(self.keys))
        os.chmod(os.path.dirname(self.keys), 0o755)
        with open(self.keys, "w") as file:
            file.write("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (self.server.access_key, self.server.secret_key))
        shutil.chown(self.keys, harness.USER)
        os.chmod(self.keys, 0o600)

    def config(self):
        return 's3: {acme: {endpoint: "%s", credentials: "file:%s"}}\n' % (self.server.endpoint, self.keys)

    def test_case_9_an_object_becomes_a_result(self):
        self.every_step(lambda d: self.write(d, SAY + RESULT, watch='s3: "s3://bucket/in/"\n  every: 1s'), lambda d: None, self.end_of)
