"""What can go wrong gets a clear reason, and nothing is lost."""

import os
import socket
import subprocess
import time

from harness import BIN, E2ETest, docker, sha256, wait_until
from scripts import HASH, SHA_OUTPUT


class Ends(E2ETest):
    def end_of(self, command, **options):
        d = self.daemon().start()
        d.pipeline("p", command, settle="0s", **options)
        d.put("a", b"a")
        run = d.wait_runs(1, seconds=90)[0]
        d.wait_clean()
        return d, run

    def test_exit_three(self):
        d, run = self.end_of(["sh", "-c", "echo to out; echo to err >&2; echo kept > /out/partial.csv; exit 3"])
        self.assertEqual((run["state"], run["reason"], run["exit_code"], run["attempts"]), ("failed", "exit_nonzero", 3, 1))
        log = d.cli_raw("logs", run["run_id"]).stdout.decode()
        self.assertIn("to out", log)
        self.assertIn("to err", log)
        self.assertEqual([r["name"] for r in d.sql("SELECT name FROM v1_artifacts")], ["partial.csv"])
        self.assertEqual(d.sql("SELECT * FROM v1_outputs"), [])

    def test_more_outputs_than_are_taken_are_no_result(self):
        """A line that is cut would be a value that nobody wrote."""
        d, run = self.end_of(["sh", "-c", "for i in $(seq 1 40000); do echo n=$i-and-some-more-words-to-make-it-long; done >> $TIDEWHEEL_OUTPUTS"],
                             extra="outputs: {n: {type: string}}\n")
        self.assertEqual((run["state"], run["reason"]), ("failed", "bad_outputs"))
        self.assertIn("1 MiB was written to $TIDEWHEEL_OUTPUTS", run["detail"])
        self.assertEqual(d.sql("SELECT * FROM v1_outputs"), [])

    def test_exit_sixty_five_is_rejected(self):
        _, run = self.end_of(["sh", "-c", "exit 65"])
        self.assertEqual((run["state"], run["reason"]), ("rejected", "exit_rejected"))

    def test_exit_seventy_five_is_tried_again(self):
        # The second attempt succeeds: the run id and the attempt come from the environment only.
        d, run = self.end_of(["sh", "-c", "exit 75"], extra="retries: {max: 2, backoff: 100ms}\n")
        self.assertEqual((run["state"], run["reason"], run["attempts"]), ("failed", "exit_try_again", 3))

    def test_a_missing_command(self):
        _, run = self.end_of(["no-such-command"])
        self.assertEqual((run["state"], run["reason"], run["exit_code"]), ("failed", "command_not_found", 127))

    def test_case_29_killed_by_memory(self):
        _, run = self.end_of(["sh", "-c", "head -c 100000000 /dev/zero | tail -c 100000000 | wc -c; "
                              "x=$(head -c 60000000 /dev/zero | tr '\\0' a); echo ${#x}".replace("${#x}", "$${#x}")],
                             extra="mem_limit: 24m\n")
        self.assertEqual(run["state"], "failed")
        self.assertTrue(run["oom_killed"], run)
        self.assertEqual(run["reason"], "out_of_memory", run)

    def test_past_its_timeout(self):
        _, run = self.end_of(["sleep", "60"], extra="timeout: 1s\nstop_grace_period: 1s\n")
        self.assertEqual((run["state"], run["reason"]), ("timed_out", "timeout"))
        self.assertLess(run["duration_s"], 20)

    def test_past_its_timeout_while_the_daemon_is_down(self):
        d = self.daemon().start()
        d.pipeline("p", ["sleep", "120"], settle="0s", extra="timeout: 3s\nstop_grace_period: 1s\n")
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'running'"), 20, d.log)
        container = d.containers()[0]
        d.kill()
        began = time.monotonic()
        docker("wait", container)
        self.assertLess(time.monotonic() - began, 30, "nobody kept the timeout")
        d.start()
        run = d.wait_runs(1)[0]
        self.assertEqual((run["state"], run["reason"]), ("timed_out", "timeout"))

    def test_outputs_that_do_not_fit_into_the_bundle_come_through_the_engine(self):
        d, run = self.end_of(["sh", "-c", "head -c 70000000 /dev/zero > /out/big.bin; echo small > /out/small.txt"])
        self.assertEqual(run["state"], "succeeded")
        self.assertEqual({r["name"]: r["sha256"] for r in d.sql("SELECT name, sha256 FROM v1_artifacts")},
                         {"big.bin": sha256(bytes(70_000_000)), "small.txt": sha256(b"small\n")})

    def test_no_network_but_localhost(self):
        d, run = self.end_of(["sh", "-c", "ls /sys/class/net; echo answered | nc -l -p 7000 & sleep 0.2; nc -w 2 localhost 7000"])
        self.assertEqual(run["state"], "succeeded")
        self.assertEqual(d.cli_raw("logs", run["run_id"]).stdout.decode().split(), ["lo", "answered"])

    def test_outputs_that_break_the_declaration(self):
        d, run = self.end_of(["sh", "-c", 'echo "{\\"n\\": \\"many\\"}" > /out/outputs.json'],
                             extra="outputs: {n: {type: int}, missing: {type: float}}\n")
        self.assertEqual((run["state"], run["reason"]), ("failed", "bad_outputs"))
        self.assertIn("'n' should be int", run["detail"] if "detail" in run else d.cli_raw("show", "1").stdout.decode())

    def test_a_missing_image_holds_the_pipeline_and_heals_by_itself(self):
        d = self.daemon().start()
        d.pipeline("p", HASH, image="local/not-there-yet:1", settle="0s", extra="pull_policy: never\n" + SHA_OUTPUT)
        self.addCleanup(docker, "rmi", "local/not-there-yet:1", check=False)
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'held'"), 20, d.log)
        why = d.cli_raw("why", os.path.join(d.data, "a")).stdout.decode()
        self.assertIn("local/not-there-yet:1", why)
        docker("tag", "local/busybox:1", "local/not-there-yet:1")
        run = d.wait_runs(1, seconds=60)[0]
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1), "a missing image costs no attempt")

    def test_a_hold_is_over_when_the_image_is_there_though_the_run_fails(self):
        d = self.daemon().start()
        d.pipeline("p", ["false"], image="local/not-there-yet:2", settle="0s", extra="pull_policy: never\n")
        self.addCleanup(docker, "rmi", "local/not-there-yet:2", check=False)
        d.put("a", b"a")
        wait_until(lambda: d.sql("SELECT hold_reason FROM v1_pipelines")[0]["hold_reason"] == "image_unavailable", 20, d.log)
        docker("tag", "local/busybox:1", "local/not-there-yet:2")
        self.assertEqual(d.wait_runs(1, seconds=60)[0]["state"], "failed")
        self.assertIsNone(d.sql("SELECT hold_reason FROM v1_pipelines")[0]["hold_reason"])

    def test_a_registry_that_cannot_be_reached_is_not_the_engines_fault(self):
        d = self.daemon().start()
        # Nobody listens there; the engine says so after a moment.
        d.pipeline("p", ["true"], image="localhost:9/no/such:1", settle="0s")
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'held'"), 60, d.log)
        self.assertEqual(d.sql("SELECT hold_reason FROM v1_pipelines")[0]["hold_reason"], "image_unavailable")
        self.assertIn("localhost:9", d.cli_raw("why", "1").stdout.decode())

    def test_a_pipeline_file_that_cannot_be_read_says_so(self):
        d = self.daemon().start()
        d.write_pipeline("p", "version: 1\n")
        os.chmod(os.path.join(d.pipelines, "p.yaml"), 0o600)
        d.cli_raw("status")
        wait_until(lambda: "Permission denied" in d.cli_raw("pipelines").stdout.decode(), 10, lambda: d.cli_raw("pipelines").stdout.decode())

    def test_case_26_cancelled_although_its_script_exits_zero(self):
        d = self.daemon(runs=1).start()
        d.pipeline("p", ["sh", "-c", "trap 'exit 0' TERM; echo up; while true; do sleep 0.1; done"], settle="0s")
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'running'"), 20, d.log)
        d.put("b", b"b")
        wait_until(lambda: d.runs("state = 'queued'"), 20, d.log)
        self.assertEqual(d.cli_code("cancel", "2"), 0)
        self.assertEqual(d.cli_code("cancel", "1"), 0)
        runs = d.wait_runs(2)
        self.assertEqual([(r["state"], r["reason"]) for r in runs], [("cancelled", "cancelled_by_user")] * 2)
        d.wait_clean()

    def test_a_script_of_another_user_can_write_its_outputs(self):
        d, run = self.end_of(["sh", "-c", "id -u > /out/uid.txt; echo uid=$(id -u) >> $TIDEWHEEL_OUTPUTS"],
                             extra='user: "12345:12345"\noutputs: {uid: {type: int}}\n')
        self.assertEqual(run["state"], "succeeded", (run, d.log()[-2000:]))
        self.assertEqual(d.sql("SELECT uid FROM v1_p_p")[0]["uid"], 12345)


class Places(E2ETest):
    def test_no_docker_socket_waits_and_says_so_and_then_runs(self):
        # A proxy in front of the real engine stands for one that is not there yet.
        d = self.daemon(engine="unix:///var/tmp/tw-e2e-no-such.sock")
        d.start()
        d.pipeline("p", HASH, settle="0s", extra=SHA_OUTPUT)
        d.put("a", b"a")
        wait_until(lambda: d.runs("state IN ('queued', 'held')"), 20, d.log)
        why = d.cli_raw("why", "1").stdout.decode() + d.cli_raw("status").stdout.decode()
        self.assertIn("tw-e2e-no-such.sock", why)
        proxy = subprocess.Popen(["socat", "UNIX-LISTEN:/var/tmp/tw-e2e-no-such.sock,fork,mode=666", "UNIX-CONNECT:/var/run/docker.sock"])
        self.addCleanup(proxy.wait)
        self.addCleanup(proxy.terminate)
        run = d.wait_runs(1, seconds=60)[0]
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1))

    def test_an_unreadable_file_is_held_with_the_remedy_and_runs_once_it_is_readable(self):
        d = self.daemon().start()
        d.pipeline("p", HASH, settle="0s", extra=SHA_OUTPUT)
        d.put("a", b"a")
        d.wait_runs(1)
        temporary = os.path.join(d.dir, "secret")
        with open(temporary, "wb") as file:
            file.write(b"secret")
        os.chmod(temporary, 0o600)
        os.rename(temporary, os.path.join(d.data, "b"))
        wait_until(lambda: d.runs("state = 'held'"), 20, d.log)
        self.assertIn("input_unreadable", [r["reason"] for r in d.runs()])
        why = d.cli_raw("why", os.path.join(d.data, "b")).stdout.decode()
        self.assertIn("0600", why)
        self.assertNotIn("usermod", why, "its group may not read it either")
        status = d.cli_raw("status").stdout.decode()
        self.assertRegex(status, "(?s)run 2 is held: .*0600.*tidewheel why 2")
        os.chmod(os.path.join(d.data, "b"), 0o644)
        # Nobody could take its hash, so the chmod may have been a change: its run takes the place of the one that waited.
        runs = d.wait_runs(3, seconds=60)
        self.assertEqual([r["state"] for r in runs], ["succeeded", "outdated", "succeeded"])
        self.assertEqual(self.outputs(d, "p")["b"]["sha"], sha256(b"secret"))

    def test_an_unreadable_folder_is_told_and_loses_nothing(self):
        d = self.daemon().start()
        folder = os.path.join(d.data, "closed")
        os.mkdir(folder)
        d.pipeline("p", HASH, extra=SHA_OUTPUT)
        with open(os.path.join(folder, "x"), "wb") as file:
            file.write(b"x")
        d.wait_runs(1)
        os.chmod(folder, 0o700)  # root's: the daemon may not look inside
        d.stop()
        d.start()
        wait_until(lambda: any(s["unreadable"] > 0 for s in d.cli("status")["sources"]), 20, lambda: str(d.cli("status")))
        self.assertEqual(d.sql("SELECT change FROM v1_changes WHERE change = 'removed'"), [])
        os.chmod(folder, 0o755)
        with open(os.path.join(folder, "y"), "wb") as file:
            file.write(b"y")
        d.wait_runs(2, seconds=60)

    def test_case_50_a_locked_state_directory_names_the_holder(self):
        d = self.daemon().start()
        second = subprocess.run([os.path.join(BIN, "tidewheeld"), "--config", d.config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, timeout=20)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(str(d.process.pid), second.stdout)
        self.assertIn(d.state, second.stdout)
        self.assertEqual(d.cli_code("status"), 0, "the first daemon must not be disturbed")

    def test_a_taken_socket_is_told(self):
        d = self.daemon()
        taken = socket.socket(socket.AF_UNIX)
        taken.bind(d.socket)
        taken.listen(1)
        self.addCleanup(taken.close)
        os.chmod(d.socket, 0o666)
        d.start(wait=False)
        self.assertNotEqual(d.process.wait(20), 0)
        self.assertIn(d.socket, d.log())
        d.process = None

    def test_a_bad_configuration_ends_with_78_and_the_line(self):
        d = self.daemon()
        with open(d.config, "a") as file:
            file.write("limitz: {runs: 2}\n")
        done = subprocess.run([os.path.join(BIN, "tidewheeld"), "--config", d.config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stdout, r"tidewheeld\.yaml:\d+:\d+: error: unknown key 'limitz'")

    def test_a_bad_pipeline_keeps_the_old_revision_live(self):
        d = self.daemon().start()
        d.pipeline("p", HASH, extra=SHA_OUTPUT, settle="0s")
        d.write_pipeline("p", "version: 1\nname: p\nimage: [\n")
        wait_until(lambda: "error" in d.cli_raw("pipelines").stdout.decode(), 5, d.log)
        d.put("a", b"a")
        self.assertEqual(d.wait_runs(1)[0]["state"], "succeeded")

    def test_a_pipeline_taken_away_is_retired_and_its_results_stay(self):
        d = self.daemon().start()
        d.pipeline("p", HASH, extra=SHA_OUTPUT, settle="0s")
        d.put("a", b"a")
        d.wait_runs(1)
        os.remove(os.path.join(d.pipelines, "p.yaml"))
        wait_until(lambda: all(p["state"] == "retired" for p in d.cli("pipelines")["pipelines"]), 5, d.log)
        self.assertEqual(self.outputs(d, "p")["a"]["sha"], sha256(b"a"))
