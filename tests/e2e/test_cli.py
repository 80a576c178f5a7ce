"""The command line as people type it, right and wrong."""

import json
import os
import subprocess
import time

from harness import BIN, E2ETest, wait_until

SCRIPT = ["sh", "-c", 'echo "reading $1"; echo "threshold $2"; echo n=12 >> $TIDEWHEEL_OUTPUTS; echo median=3.25 >> $TIDEWHEEL_OUTPUTS; '
          'echo "<h1>x</h1>" > /out/report.html', "sh", "${input.path}", "${params.threshold}"]
CONTRACT = ("outputs: {n: {type: int}, median: {type: float, unit: celsius}}\n"
            "params: {threshold: {type: float, default: 2.5, min: 0}}\n")


class CommandLine(E2ETest):
    def setUp(self):
        self.d = self.daemon().start()
        self.d.pipeline("sensor-qc", SCRIPT, extra=CONTRACT, settle="0s")

    def say(self, *args):
        done = self.d.cli_raw(*args)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_a_run_by_hand_is_followed_to_its_end_with_its_log_and_outputs(self):
        path = os.fsdecode(self.d.put("a.csv", b"1"))
        self.d.wait_runs(1)
        code, out, err = self.say("run", "sensor-qc", "--input", path, "-p", "threshold=3", "--follow")
        self.assertEqual(code, 0, err)
        self.assertIn("threshold 3", out)
        self.assertIn("succeeded", err)
        self.assertEqual(self.d.sql("SELECT value, origin FROM v1_params WHERE run_id = (SELECT run_id FROM v1_runs WHERE run_no = 2)"),
                         [{"value": 3.0, "origin": "user"}])

    def test_a_run_without_the_input_that_its_command_uses_is_refused(self):
        code, _, err = self.say("run", "sensor-qc")
        self.assertNotEqual(code, 0)
        self.assertIn("--input FILE", err)
        self.assertEqual(self.d.runs(), [])

    def test_help_is_a_command_too(self):
        self.assertEqual(self.say("help"), self.say("--help"))
        self.assertEqual(self.say("help", "run"), self.say("run", "--help"))

    def test_status_counts_the_files_that_are_known(self):
        items = lambda: [source["items"] for source in self.d.cli("status")["sources"]]
        self.assertEqual(items(), [0])
        for name in ("a.csv", "b.csv"):
            self.d.put(name, b"1")
        self.d.wait_runs(2)
        self.assertEqual(items(), [2])
        self.d.stop()
        self.d.start()
        self.d.wait_watching()
        self.assertEqual(items(), [2])

    def test_a_failed_run_that_is_followed_ends_with_one(self):
        self.d.pipeline("fails", ["sh", "-c", "exit 3"], settle="0s")
        self.assertEqual(self.d.cli_code("run", "fails", "--follow"), 1)

    def test_retry_and_rerun_make_new_runs_on_the_same_input(self):
        self.d.put("a.csv", b"1")
        self.d.wait_runs(1)
        self.assertEqual(self.d.cli_code("retry", "1"), 0)
        self.assertEqual(self.d.cli_code("rerun", "1"), 0)
        runs = self.d.wait_runs(3)
        self.assertEqual([(r["trigger"], r["retry_of"]) for r in runs], [("change", None), ("retry", 1), ("rerun", 1)])
        self.assertEqual({r["key"] for r in self.d.sql("SELECT key FROM v1_inputs")}, {"a.csv"})

    def test_every_command_answers_in_words_and_in_json(self):
        path = os.fsdecode(self.d.put("a.csv", b"1"))
        self.d.wait_runs(1)
        for command, word in ((["pipelines"], "sensor-qc"), (["runs"], "a.csv"), (["show", "1"], "report.html"), (["results", "sensor-qc"], "3.25"),
                              (["why", path], "run 1"), (["why", "1"], "succeeded"), (["status"], "watching")):
            code, out, err = self.say(*command)
            self.assertEqual(code, 0, (command, err))
            self.assertIn(word, out, command)
            code, out, err = self.say("--json", *command)
            self.assertEqual(code, 0, (command, err))
            json.loads(out)
        self.assertIn("reading /in/a.csv", self.say("logs", "1")[1])

    def test_wrong_words_get_a_helpful_error_and_the_right_exit_code(self):
        for command, code, hint in ((["run", "sensor-qcc"], 66, "sensor-qc"), (["run", "sensor-qc", "-p", "threshhold=3"], 65, "threshold"),
                                    (["run", "sensor-qc", "-p", "threshold=-1"], 65, "min"), (["run", "sensor-qc", "--input", "/etc/passwd"], 65, "watches"),
                                    (["show", "99"], 66, "runs"), (["frobnicate"], 64, "--help"), (["runs", "--limit", "many"], 64, "limit")):
            got, _, err = self.say(*command)
            self.assertEqual(got, code, (command, err))
            self.assertIn(hint, err, command)

    def test_help_of_every_command_has_examples(self):
        for command in ("validate", "pipelines", "run", "runs", "show", "logs", "cancel", "retry", "rerun", "results", "why", "status"):
            code, out, _ = self.say(command, "--help")
            self.assertEqual(code, 0, command)
            self.assertIn("Examples:", out, command)

    def test_validate_shows_every_error_with_its_place(self):
        bad = os.path.join(self.d.dir, "bad.yaml")
        with open(bad, "w") as file:
            file.write("version: 1\nname: Bad_Name\nwatch: {path: relative, existing: skip}\nimage: x:1\nmem_limits: 2g\n")
        code, _, err = self.say("validate", bad)
        self.assertEqual(code, 65)
        for line in (2, 3, 5):
            self.assertIn("bad.yaml:%d:" % line, err)
        self.assertIn("did you mean 'mem_limit'?", err)

    def test_validate_says_what_it_did_not_look_at(self):
        good = os.path.join(self.d.dir, "good.yaml")
        with open(good, "w") as file:
            file.write("version: 1\nname: good\nwatch: {path: /srv, existing: skip}\nimage: nowhere/x:1\n")
        self.assertEqual(self.say("validate", good), (0, "", good + ": pipeline good is valid; whether a daemon's policy allows it: --config FILE\n"))
        strict = os.path.join(self.d.dir, "strict.yaml")
        with open(strict, "w") as file:
            file.write("version: 1\npolicy: {images: [here/*], paths: [/srv]}\n")
        code, _, err = self.say("validate", "--config", strict, good)
        self.assertEqual(code, 65)
        self.assertIn("nowhere/x:1", err)
        code, _, err = self.say("validate", "--config", strict + "x", good)
        self.assertEqual(code, 66)
        self.assertIn("--config takes the path of tidewheeld.yaml", err)

    def test_no_daemon_is_told_with_the_socket(self):
        self.d.stop()
        code, _, err = self.say("status")
        self.assertEqual(code, 69)
        self.assertIn(self.d.socket, err)

    def test_a_stranger_may_not_operate(self):
        # Neither root, nor the daemon's user, nor in a group that the configuration names.
        done = self.as_nobody("runs")
        self.assertEqual(done, 77)

    def as_nobody(self, *args):
        return subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", os.path.join(BIN, "tidewheel"), "--socket",
                               self.d.socket] + list(args), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def test_a_new_pipeline_file_is_live_within_a_second(self):
        began = time.monotonic()
        self.d.write_pipeline("second", "version: 1\nname: second\nimage: local/busybox:1\nwatch: {path: %s, existing: skip}\n" % self.d.data)
        wait_until(lambda: any(p["name"] == "second" for p in self.d.cli("pipelines")["pipelines"]), 5, self.d.log)
        self.assertLess(time.monotonic() - began, 3.0, "a second on a quiet machine")
