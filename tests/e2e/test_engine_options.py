"""Engines that are set up in other ways than ours is: on a disk that is too small, with other ideas about logs. The numbers are those of the
list of cases that container runs have to stand."""

import os
import shutil
import subprocess
import tempfile

from engines import Engine
from harness import Events, wait_until
from podman import Podman
from witness import Pipe, WitnessTest, say, wait_for


class FullDisk(WitnessTest):
    def test_case_21_a_full_data_root_changes_no_code(self):
        folder = tempfile.mkdtemp(prefix="tw-small-disk-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, folder)
        engine = Engine(data_root=os.path.join(folder, "data"))
        self.addCleanup(engine.close)
        disk = os.path.join(folder, "disk")
        os.mkdir(engine.data_root)
        subprocess.run(["truncate", "-s", "64M", disk], check=True)
        subprocess.run(["mkfs.ext4", "-q", disk], check=True)
        if engine.inside(["mount", "-o", "loop", disk, engine.data_root]).wait() != 0:
            self.skipTest("case 21: no loop devices here")
        engine.start().load()
        self.host = engine.host
        d = self.begin([say("begun"), "until [ -e /witness/go-$(cat $1) ]; do sleep 0.02; done", "exit 3"])
        d.put("a", b"a")
        d.put("b", b"b")
        d.wait_runs(2, states=["running"])
        engine.inside(["dd", "if=/dev/zero", "of=" + os.path.join(engine.data_root, "filler"), "bs=64k"], stderr=subprocess.DEVNULL).wait()
        self.pipe.tell("go-a")
        wait_until(lambda: d.runs("state = 'failed'"), 30, d.log)
        d.kill()
        self.pipe.tell("go-b")
        wait_until(lambda: not engine.processes(), 20, "the container does not end")
        engine.kill()
        engine.start()
        print("inspect says", [d.docker("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", c) for c in d.containers()])
        engine.inside(["rm", os.path.join(engine.data_root, "filler")]).wait()
        d.start()
        runs = d.wait_runs(2)
        self.assertEqual([(r["state"], r["exit_code"], r["attempts"]) for r in runs], [("failed", 3, 1)] * 2)
        self.assertEqual([len(self.said(r, "begun")) for r in runs], [1, 1])
        d.wait_clean()


class Logging(WitnessTest):
    """What the engine is told to do with logs by default is not what our containers get."""

    def with_defaults(self, *options):
        engine = Engine(options=options)
        self.addCleanup(engine.close)
        engine.start().load()
        self.host = engine.host
        return self.begin(["seq 1 20000", "sleep 1", "seq 20001 40000"])

    def whole(self, d):
        d.put("a", b"a")
        run = self.ended(d, "a")
        self.assertEqual(run["state"], "succeeded")
        self.assertEqual(d.cli_raw("logs", run["run_id"]).stdout.decode().split(), [str(i + 1) for i in range(40000)])

    def test_case_42_an_engine_that_keeps_no_logs(self):
        self.whole(self.with_defaults("--log-driver", "none"))

    def test_case_42_an_engine_that_rotates_early(self):
        self.whole(self.with_defaults("--log-driver", "local", "--log-opt", "max-size=20k", "--log-opt", "max-file=2"))


class NoGpu(WitnessTest):
    def test_case_31_an_engine_without_gpus_holds_the_pipeline_and_says_what_is_missing(self):
        events = Events()
        self.addCleanup(events.close)
        d = self.daemon(config=Pipe.CONFIG.replace("policy: {", "policy: {max_gpus: 1, ")).start()
        pipeline = lambda extra: d.pipeline("p", ["sh", "-c", say("begun"), "sh", "${input.path}"], settle="0s", extra=extra + self.pipe.volumes())
        pipeline("gpus: 1\n")
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'held'"), 30, d.log)
        run = d.runs()[0]
        self.assertEqual((run["reason"], run["attempts"]), ("engine_unavailable", 0))
        self.assertIn("could not select device driver", run["detail"])
        self.assertIn("nvidia-container-toolkit", run["detail"])
        self.assertEqual(d.containers(), [], "what was made and cannot start is gone")
        self.assertIn("nvidia-container-toolkit", d.cli_raw("why", "1").stdout.decode())
        # The same run goes through once the pipeline no longer asks for one.
        pipeline("")
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "begun"))), ("succeeded", 1, 1))
        self.assertEqual(list(events.starts(d.instance()).values()), [1])


class AnotherEngine(WitnessTest):
    """podman's service: a name in use is a 500 there, an ended container may be called `stopped`, times of a log are whole seconds."""

    def setUp(self):
        super().setUp()
        self.engine = Podman()
        self.addCleanup(self.engine.close)
        self.engine.start().load()
        self.host = self.engine.host

    def test_case_54_podman(self):
        d = self.begin([say("begun"), "echo kept > /out/kept.txt", "echo n=5 >> $TIDEWHEEL_OUTPUTS", "echo one; echo two >&2", "exit $(cat $1)"],
                       extra="outputs: {n: {type: int}}\n")
        d.put("good", b"0")
        d.put("bad", b"3")
        run = self.ended(d, "good")
        self.assertEqual((run["state"], run["exit_code"], run["attempts"], len(self.said(run, "begun"))), ("succeeded", 0, 1, 1), d.log()[-2500:])
        self.assertEqual([r["name"] for r in d.sql("SELECT name FROM v1_artifacts WHERE run_id = ?", run["run_id"])], ["kept.txt"])
        self.assertEqual([r["value"] for r in d.sql("SELECT value FROM v1_outputs WHERE run_id = ?", run["run_id"])], [5])
        self.assertEqual(sorted(d.cli_raw("logs", str(run["run_no"])).stdout.split()), [b"one", b"two"])
        run = self.ended(d, "bad")
        self.assertEqual((run["state"], run["exit_code"], run["attempts"], len(self.said(run, "begun"))), ("failed", 3, 1, 1))
        wait_until(lambda: self.engine.containers() == [], 20, self.engine.containers)

    def test_case_54_podmans_service_and_the_daemon_go_away_in_the_middle(self):
        d = self.begin([say("begun"), wait_for("go"), "echo n=7 >> $TIDEWHEEL_OUTPUTS"], extra="outputs: {n: {type: int}}\n")
        d.put("a", b"0")
        self.wait_state(d, "a", ["running"])
        wait_until(lambda: self.said(self.run_of(d, "a"), "begun"), 10, d.log)
        d.kill()
        self.engine.stop()
        self.pipe.tell("go")
        self.engine.start()
        d.start()
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "begun"))), ("succeeded", 1, 1), d.log()[-2500:])
        self.assertEqual([r["value"] for r in d.sql("SELECT value FROM v1_outputs WHERE run_id = ?", run["run_id"])], [7])

    def test_case_54_podmans_containers_can_be_cancelled(self):
        d = self.begin([say("begun"), wait_for("never")])
        d.put("a", b"0")
        self.wait_state(d, "a", ["running"])
        self.assertEqual(d.cli_code("cancel", "1"), 0)
        self.assertEqual(self.ended(d, "a")["state"], "cancelled")
        wait_until(lambda: self.engine.containers() == [], 20, self.engine.containers)
