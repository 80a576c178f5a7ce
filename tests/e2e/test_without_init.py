"""`init: false`: the command itself is PID 1, and the engine alone tells of its end. A code may then be lost or a run done again, but
nothing that is not proven is a success. The scripts are the witnesses; numbers are those of the list of cases."""

import json
import time
import unittest

from harness import docker, sha256, wait_until
from plain import PLAIN, Plain
from witness import AGAIN, WitnessTest, say, wait_for


class Ordinary(Plain, WitnessTest):
    def pipeline(self, command, extra="", **options):
        d = self.daemon().start()
        d.pipeline("p", command, settle="0s", extra=extra + PLAIN, **options)
        d.put("a", b"a")
        return d

    def test_a_run_with_all_that_belongs_to_it(self):
        script = ('cat $1 > /out/copy.txt; echo \'{"n": 3}\' > /out/outputs.json; echo "word=$GREETING ${params.level}" >> $TIDEWHEEL_OUTPUTS;'
                  ' cat $TIDEWHEEL_PARAMS; ls /.tidewheel; cat /proc/1/comm; echo $TIDEWHEEL_INPUT; echo late >&2')
        d = self.pipeline(["sh", "-c", script, "sh", "${input.path}"],
                          extra="environment: {GREETING: h\u00e4llo}\nparams: {level: {type: float, default: 2.5}}\noutputs: {n: {type: int}, word: {type: string}}\n")
        run = d.wait_runs(1)[0]
        self.assertEqual((run["state"], run["exit_code"], run["attempts"]), ("succeeded", 0, 1), d.log())
        self.assertEqual({r["name"]: r["value"] for r in d.sql("SELECT name, value FROM v1_outputs")}, {"n": 3, "word": "h\u00e4llo 2.5"})
        artifact, = d.sql("SELECT name, sha256 FROM v1_artifacts")
        self.assertEqual(artifact, {"name": "copy.txt", "sha256": sha256(b"a")})
        said = {"stdout": [], "stderr": []}  # each in its order; the engine reads two pipes, so nobody knows the order between them
        for line in d.cli_raw("logs", "1", "--timestamps").stdout.decode().splitlines():
            _, stream, words = line.split(" ", 2)
            said[stream].append(words)
        self.assertEqual(said, {"stdout": ['{"level": 2.5}', "outputs", "params.json", "sh", "/in/a"], "stderr": ["late"]})
        attempt, = d.sql("SELECT max_rss_bytes, cpu_s, log_suspect, started_at, exited_at FROM v1_attempts")
        self.assertEqual((attempt["max_rss_bytes"], attempt["cpu_s"], attempt["log_suspect"]), (None, None, 0), "nobody has measured them")
        self.assertLessEqual(attempt["started_at"], attempt["exited_at"])
        d.wait_clean()

    def test_the_images_own_command_and_entrypoint(self):
        for number, (entrypoint, command, said) in enumerate([(["echo", "mine"], [], "mine"), (["echo"], ["$HOME", "b"], "$HOME b")]):
            with self.subTest(said):
                d = self.pipeline(command, extra="entrypoint: %s\n" % json.dumps(entrypoint))
                self.assertEqual(d.wait_runs(1)[0]["state"], "succeeded", number)
                self.assertEqual(d.cli_raw("logs", "1").stdout.decode().strip(), said)

    def test_case_30_exit_codes_verbatim(self):
        d = self.begin(["exit $(cat $1)"], extra="retries: {max: 1, backoff: 100ms}\n")
        expected = {0: ("succeeded", 1), 3: ("failed", 1), 65: ("rejected", 1), 75: ("failed", 2), 125: ("failed", 1), 137: ("failed", 1), 143: ("failed", 1),
                    255: ("failed", 1)}
        for code in expected:
            d.put(str(code), str(code).encode())
        for code, (state, attempts) in expected.items():
            run = self.ended(d, str(code))
            self.assertEqual((run["state"], run["exit_code"], run["attempts"]), (state, code, attempts), run)
        d.wait_clean()

    def test_case_31_no_such_command(self):
        for command, reason in ((["nope"], "command_not_found"), (["/etc/passwd"], "command_not_executable")):
            with self.subTest(reason):
                run = self.pipeline(command).wait_runs(1)[0]
                self.assertEqual((run["state"], run["reason"], run["attempts"]), ("failed", reason, 1), run)

    def test_case_27_past_its_timeout(self):
        for script in ("sleep 60", "trap 'exit 0' TERM; sleep 60 & wait"):
            with self.subTest(script):
                d = self.pipeline(["sh", "-c", script], extra="timeout: 1s\nstop_grace_period: 1s\n")
                run = d.wait_runs(1)[0]
                self.assertEqual((run["state"], run["reason"], run["attempts"]), ("timed_out", "timeout", 1))
                self.assertLess(run["duration_s"], 20)
                d.wait_clean()

    def test_case_27_the_timeout_goes_on_while_the_daemon_is_away(self):
        d = self.begin([say("begun"), "sleep 120"], extra="timeout: 6s\nstop_grace_period: 1s\n")
        d.put("a", b"a")
        self.wait_state(d, "a", ["running"])
        began = time.monotonic()
        d.kill()
        time.sleep(4)  # of the six seconds
        d.start()
        run = self.ended(d, "a")
        self.assertEqual((run["state"], len(self.said(run, "begun"))), ("timed_out", 1))
        self.assertLess(time.monotonic() - began, 4 + 5, "it began anew")

    def test_case_27_a_timeout_that_passed_while_the_daemon_was_away(self):
        d = self.begin([say("begun"), "trap 'exit 0' TERM; sleep 120 & wait"], extra="timeout: 2s\nstop_grace_period: 1s\n")
        d.put("a", b"a")
        self.wait_state(d, "a", ["running"])
        d.kill()
        time.sleep(3)
        self.assertTrue(d.containers(), "nobody keeps the timeout meanwhile")
        d.start()
        run = self.ended(d, "a")
        self.assertEqual((run["state"], len(self.said(run, "begun"))), ("timed_out", 1))
        d.wait_clean()

    def test_case_26_cancelled_and_the_script_exits_0(self):
        d = self.begin(["trap 'exit 0' TERM", say("begun"), "%s & wait" % wait_for("go")])
        d.put("a", b"a")
        self.wait_said("begun")
        self.assertEqual(d.cli_code("cancel", "1"), 0)
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"]), ("cancelled", 1))
        d.wait_clean()

    def test_case_29_killed_by_memory(self):
        run = self.pipeline(["tail", "-c", "100000000", "/dev/zero"], extra="mem_limit: 24m\n").wait_runs(1)[0]
        self.assertEqual((run["state"], run["reason"], run["exit_code"], run["oom_killed"]), ("failed", "out_of_memory", 137, 1), run)

    def test_a_user_who_is_not_root(self):
        d = self.pipeline(["sh", "-c", "id -u > /out/who.txt; mkdir /out/sub && echo x=1 >> $TIDEWHEEL_OUTPUTS"], extra='user: "65534:65534"\noutputs: {x: {type: int}}\n')
        run = d.wait_runs(1)[0]
        self.assertEqual(run["state"], "succeeded", d.cli_raw("logs", "1").stdout)
        artifact, = d.sql("SELECT name, sha256 FROM v1_artifacts")
        self.assertEqual(artifact, {"name": "who.txt", "sha256": sha256(b"65534\n")})

    def test_case_48_arguments_arrive_as_they_were_written(self):
        hostile = ["two words", "'single'", 'double "quotes"', "$(touch /out/injected)", "`id`", ";", "&& exit 9", "new\nline", "", "-rf", "--", "*", "~", "\\",
                   "\u00e4", "\u2028", "\x01\x7f", "x" * 120_000]
        d = self.pipeline(["sh", "-c", 'shift; for i in "$@"; do printf "%s" "$i" | sha256sum; done', "sh", "first"] + hostile)
        self.assertEqual(d.wait_runs(1)[0]["state"], "succeeded")
        self.assertEqual(d.cli_raw("logs", "1").stdout.decode().split()[::2], [sha256(word.encode()) for word in hostile])
        self.assertEqual(d.sql("SELECT name FROM v1_artifacts"), [])

    def test_case_48_what_docker_cannot_carry_is_told(self):
        d = self.daemon().start()
        d.pipeline("p", ["echo", "${input.key}"], settle="0s", extra=PLAIN)
        d.put(b"caf\xe9.csv", b"a")
        run = d.wait_runs(1)[0]
        self.assertEqual((run["state"], run["reason"], run["attempts"]), ("failed", "create_refused", 0))
        self.assertIn("is not UTF-8", d.cli_raw("show", "1").stdout.decode())
        for size, count, words in ((200_000, 1, "longer than 128 KiB"), (120_000, 9, "larger than 1 MiB together")):
            with self.subTest(words):
                d = self.pipeline(["true"] + ["${params.x}"] * count, extra="params: {x: {type: string, default: %s}}\n" % ("x" * size))
                run = d.wait_runs(1)[0]
                self.assertEqual((run["state"], run["attempts"]), ("failed", 0))
                self.assertIn(words, d.cli_raw("show", "1").stdout.decode())

    def test_a_key_that_is_not_utf_8_is_no_harm_where_only_its_path_is_given(self):
        d = self.daemon().start()
        d.pipeline("p", ["sh", "-c", 'cat "$1" > /out/copy.txt', "sh", "${input.path}"], settle="0s", extra=PLAIN)
        d.put(b"caf\xe9.csv", b"a")
        self.assertEqual(d.wait_runs(1)[0]["state"], "succeeded")
        self.assertEqual([r["sha256"] for r in d.sql("SELECT sha256 FROM v1_artifacts")], [sha256(b"a")])

    def test_case_5_killed_at_several_moments_and_run_once(self):
        d = self.begin([say("begun"), "sleep 0.3; echo kept > /out/kept.txt", say("ends")])
        for number, moment in enumerate(range(0, 601, 60)):
            name = "f%d" % number
            d.put(name, name.encode())
            time.sleep(moment / 1000)  # the moment of the crash
            d.kill()
            d.start()
            run = self.ended(d, name)
            self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1), (moment, self.attempts(d, run)))
            self.assertEqual([len(self.said(run, word)) for word in ("begun", "ends")], [1, 1], moment)
        self.assertEqual(len(d.sql("SELECT * FROM v1_artifacts")), number + 1)
        d.wait_clean()

    def test_case_22_removed_by_a_stranger(self):
        d = self.begin([say("begun"), wait_for("go"), say("ends")])
        d.put("a", b"a")
        self.wait_said("begun")
        docker("rm", "-f", d.containers()[0])
        self.pipe.tell("go")
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 2))
        self.assertEqual(self.attempts(d, run)[0], ("interrupted", "container_lost"))

    def test_case_16_a_zero_after_a_strangers_stop_is_no_success(self):
        for while_away in (False, True):
            with self.subTest(while_away=while_away):
                name = "ab"[while_away]
                d = self.begin(["trap '%s; exit 0' TERM" % say("dies"), say("begun"), "%s & wait" % wait_for("go-" + name), say("ends")])
                d.put(name, b"a")
                self.wait_state(d, name, ["running"])
                self.wait_said("begun", 1 + 2 * while_away)
                if while_away:
                    d.kill()
                container = d.containers()[0]
                docker("stop", container)
                self.pipe.tell("go-" + name)
                if while_away:
                    self.assertEqual(docker("inspect", "-f", "{{.State.ExitCode}}", container), "0", "the engine has to take it for a success")
                    d.start()
                run = self.ended(d, name)
                self.assertEqual((run["state"], run["attempts"], len(self.said(run, "ends"))), ("succeeded", 2, 1))
                self.assertEqual(self.attempts(d, run)[0], ("interrupted", "killed_externally"))

    def test_case_23_started_again_by_a_stranger_gives_no_result_of_its_own(self):
        """Nobody can keep it from running twice; what can be promised is that it is seen, and that nothing of it is published."""
        d = self.begin([say("begun"), wait_for("go"), "echo kept > /out/kept.txt", say("ends")])
        d.put("a", b"a")
        self.wait_state(d, "a", ["running"])
        container = d.containers()[0]
        d.kill()
        self.pipe.tell("go")
        docker("wait", container)
        docker("start", container)
        docker("wait", container)
        d.start()
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 2))
        self.assertEqual(self.attempts(d, run)[0], ("interrupted", "killed_externally"))
        self.assertEqual(len(self.said(run, "begun")), 3)
        d.wait_clean()


if __name__ == "__main__":
    unittest.main()
