"""Single requests to the engine wait, get lost or are answered by a liar; strangers lay hands on our containers. The numbers are those of the
list of cases that container runs have to stand."""

import os
import shutil
import time

from harness import DOCKER, ENDS, Events, docker, wait_until
from proxy import Proxy
from witness import AGAIN, WitnessTest, say, wait_for

KEEPS = ["echo kept > /out/kept.txt", "echo n=5 >> $TIDEWHEEL_OUTPUTS"]
OUTPUT = AGAIN + "outputs: {n: {type: int}}\n"


class ProxyTest(WitnessTest):
    def setUp(self):
        super().setUp()
        self.proxy = Proxy(DOCKER)
        self.addCleanup(self.proxy.close)

    def good(self, d, name, begun=1, attempts=1):
        """It ended well, ran as often as it should, and its result is there once."""
        run = self.ended(d, name)
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "begun"))), ("succeeded", attempts, begun), d.log()[-2500:])
        self.assertEqual([r["name"] for r in d.sql("SELECT name FROM v1_artifacts WHERE run_id = ?", run["run_id"])], ["kept.txt"])
        self.assertEqual([r["value"] for r in d.sql("SELECT value FROM v1_outputs WHERE run_id = ?", run["run_id"])], [5])
        ends = [r["state"] for r in d.sql("SELECT state FROM v1_feed WHERE run_id = ?", run["run_id"]) if r["state"] in ENDS]
        self.assertEqual(ends, ["succeeded"])
        return run


class Kills(ProxyTest):
    """kill -9 of the daemon while one request is under way."""

    def killed_at(self, pattern, before, extra=OUTPUT, script=KEEPS):
        events = Events()
        self.addCleanup(events.close)
        d = self.begin([say("begun")] + script, extra=extra, engine=self.proxy.url)
        trap = self.proxy.trap(pattern, before)
        d.put("a", b"a")
        self.assertTrue(trap.met.wait(30), d.log())
        d.kill()
        trap.release()
        d.start()
        self.good(d, "a")
        d.wait_clean()
        self.assertEqual(list(events.starts(d.instance()).values()), [1])
        self.assertEqual(list(events.starts(d.instance(), "create").values()), [1])

    def test_case_1_a_container_that_is_there_is_taken_on(self):
        self.killed_at("POST .*/containers/create", before=False)

    def test_case_4_killed_before_the_create_was_answered(self):
        self.killed_at("POST .*/containers/create", before=True)

    def test_case_7_killed_between_the_end_and_the_collection(self):
        self.killed_at("GET .*/logs.*timestamps=1$", before=True)

    def test_case_7_killed_while_the_engine_gives_the_outputs(self):
        # More than a bundle holds, so that the engine is asked for it.
        script = KEEPS + ["head -c 70000000 /dev/zero > /out/outputs.bin", "rm /out/outputs.bin", "truncate -s 70000000 /out/kept.txt"]
        self.killed_at("GET .*/archive", before=False, script=script)

    def test_case_8_killed_between_the_collection_and_the_removal(self):
        self.killed_at("DELETE ", before=True)

    def test_case_8_killed_after_the_removal(self):
        self.killed_at("DELETE ", before=False)


class Lies(ProxyTest):
    def test_case_10_an_answer_to_wait_is_no_result(self):
        d = self.begin([say("begun"), wait_for("go")] + KEEPS, extra=OUTPUT, engine=self.proxy.url)
        lie = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"StatusCode": 0}'
        self.proxy.trap("POST .*/wait", times=3, answer=lie)
        d.put("a", b"a")
        self.wait_state(d, "a", ["running"])
        wait_until(lambda: self.proxy.count("POST .*/wait") >= 4, 20, lambda: "it does not ask again: %s" % self.proxy.requests[-10:])
        self.assertEqual(self.run_of(d, "a")["state"], "running")
        self.pipe.tell("go")
        self.good(d, "a")

    def test_case_53_an_engine_of_another_age_starts_nothing_and_says_who_must_be_upgraded(self):
        def version(oldest, newest):
            body = b'{"Version": "1", "ApiVersion": "%s", "MinAPIVersion": "%s", "Os": "linux", "Arch": "amd64"}' % (newest, oldest)
            return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        lie = self.proxy.trap("GET /version", times=1 << 30, answer=version(b"1.12", b"1.30"))
        d = self.begin([say("begun")] + KEEPS, extra=OUTPUT, engine=self.proxy.url)
        d.put("a", b"a")
        told = lambda: (d.cli("status")["obstacle"] or {}).get("detail", "")
        wait_until(lambda: "the engine offers API 1.30 at most" in told() and "upgrade the engine" in told(), 20, lambda: d.cli("status"))
        self.assertEqual(self.run_of(d, "a")["state"], "queued")
        lie.answer = version(b"1.90", b"1.99")
        wait_until(lambda: "the engine asks for API 1.90 at least" in told() and "upgrade Tidewheel" in told(), 20, lambda: d.cli("status"))
        self.assertEqual(self.run_of(d, "a")["state"], "queued")
        self.assertEqual(self.proxy.count("POST "), 0, "nothing was asked of it in a language that it does not speak")
        lie.release()
        self.good(d, "a")

    def test_case_43_an_exit_is_noticed_where_the_answer_to_wait_never_comes(self):
        d = self.begin([say("begun"), wait_for("go")] + KEEPS, extra=OUTPUT, engine=self.proxy.url)
        wait = self.proxy.trap("POST .*/wait")
        log = self.proxy.trap("GET .*/logs.*follow=1")
        d.put("a", b"a")
        self.wait_state(d, "a", ["running"])
        self.assertTrue(wait.met.wait(10))
        self.assertTrue(log.met.wait(10))
        self.pipe.tell("go")
        self.good(d, "a")
        self.assertEqual(self.proxy.count("POST .*/wait"), 1)

    def test_case_43_a_proxy_that_cuts_idle_connections_costs_nothing(self):
        d = self.begin([say("begun"), wait_for("go")] + KEEPS, extra=OUTPUT, engine=self.proxy.url)
        d.put("a", b"a")
        self.wait_state(d, "a", ["running"])
        for count in (2, 3):
            self.proxy.drop()
            wait_until(lambda: self.proxy.count("POST .*/wait") >= count, 20, lambda: "it does not ask again: %s" % self.proxy.requests[-10:])
        self.pipe.tell("go")
        self.good(d, "a")

    def test_case_44_ends_among_more_events_than_the_engine_keeps_are_all_found(self):
        d = self.begin([say("begun"), wait_for("go")] + KEEPS, extra=OUTPUT, engine=self.proxy.url)
        names = ["a", "b", "c", "d"]
        for name in names:
            d.put(name, name.encode())
        d.wait_runs(4, states=["running"])
        self.proxy.cut()
        self.pipe.tell("go")
        for container in d.containers():
            d.docker("wait", container)
        for _ in range(27):  # ten events each; the engine keeps 256
            made = docker("create", "--network", "none", "local/busybox:1", "true")
            for number in range(8):
                docker("rename", made, "tw-noise-%s-%d" % (made[:12], number))
            docker("rm", made)
        self.proxy.listen()
        for name in names:
            self.good(d, name)
        d.wait_clean()


class Strangers(ProxyTest):
    def test_case_3_a_container_that_only_has_our_name_is_left_alone(self):
        d = self.begin([say("begun")])
        self.assertEqual(d.cli_code("pause", "p"), 0)
        d.put("a", b"a")
        run = self.wait_state(d, "a", ["queued", "held"])
        d.put("b", b"b")
        other = self.wait_state(d, "b", ["queued", "held"])
        name = "tidewheel-%s-%s-a1" % (d.instance()[:8], run["run_id"])
        # The very labels of a container of ours, but what it runs is another thing.
        stranger = docker("create", "--name", name, "--label", "io.tidewheel.instance=" + d.instance(), "--label", "io.tidewheel.run=" + run["run_id"],
                          "local/busybox:1", "true")
        self.addCleanup(docker, "rm", "-f", stranger, check=False)
        self.assertEqual(d.cli_code("resume", "p"), 0)
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["reason"], self.said(run, "begun")), ("failed", "create_refused", []))
        self.assertIn(name, d.cli_raw("show", run["run_id"]).stdout.decode())
        self.assertEqual(self.ended(d, "b")["state"], "succeeded")
        made = d.sql("SELECT container_name FROM v1_attempts WHERE run_id = ?", other["run_id"])[0]["container_name"]
        self.assertEqual(made.replace(other["run_id"], run["run_id"]), name, "the stranger has to have the name that ours would have")
        self.assertEqual(docker("inspect", "-f", "{{.State.Status}}", stranger), "created")

    def test_case_23_started_again_by_a_stranger_runs_nothing(self):
        for how in ("start", "restart"):
            with self.subTest(how):
                self.started_again(how)

    def started_again(self, how):
        d = self.begin([say("begun"), wait_for("go-" + how)] + KEEPS, extra=OUTPUT)
        d.put("a", b"a")
        self.wait_state(d, "a", ["running"])
        container = d.containers()[0]
        d.kill()
        self.pipe.tell("go-" + how)
        docker("wait", container)
        docker(how, container)
        self.assertEqual(docker("wait", container), "125")
        d.start()
        self.good(d, "a")
        d.wait_clean()

    def test_case_24_paused_and_resumed(self):
        d = self.begin([say("begun"), wait_for("go")] + KEEPS, extra=OUTPUT)
        d.put("a", b"a")
        self.wait_state(d, "a", ["running"])
        docker("pause", d.containers()[0])
        self.pipe.tell("go")
        # Two looks of the daemon see it paused: the one after a restart, and the one that is taken every 30 s.
        d.kill()
        d.start()
        time.sleep(600 if "TIDEWHEEL_LONG" in os.environ else 3)  # as long as it is paused
        self.assertEqual(self.run_of(d, "a")["state"], "running")
        docker("unpause", d.containers()[0])
        self.good(d, "a")

    def test_case_24_a_paused_one_can_be_cancelled(self):
        d = self.begin([say("begun"), wait_for("go")])
        d.put("a", b"a")
        self.wait_state(d, "a", ["running"])
        docker("pause", d.containers()[0])
        self.assertEqual(d.cli_code("cancel", "1"), 0)
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["reason"]), ("cancelled", "cancelled_by_user"))
        d.wait_clean()


class Neighbours(WitnessTest):
    def test_case_50_two_daemons_at_one_engine(self):
        first, second = (self.begin([say("begun"), wait_for("go-" + name)] + KEEPS, extra=OUTPUT) for name in ("one", "two"))
        for d in (first, second):
            d.put("a", b"a")
            self.wait_state(d, "a", ["running"])
        self.assertEqual((len(first.containers()), len(second.containers())), (1, 1))
        theirs = second.containers()
        first.kill()
        first.start()
        self.assertEqual(first.cli_code("cancel", "1"), 0)
        self.assertEqual(self.ended(first, "a")["state"], "cancelled")
        first.wait_clean()
        self.assertEqual(second.containers(), theirs)
        self.assertNotIn(theirs[0][:12], first.log())
        self.pipe.tell("go-two")
        run = self.ended(second, "a")
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "begun"))), ("succeeded", 1, 1))

    def test_case_51_what_an_older_database_does_not_know_is_told_and_left_alone(self):
        d = self.begin([say("begun"), wait_for("go")] + KEEPS, extra=OUTPUT)
        d.stop()
        backup = os.path.join(d.dir, "yesterday.db")
        shutil.copy2(os.path.join(d.state, "tidewheel.db"), backup)
        d.start()
        d.put("a", b"a")
        lost = self.wait_state(d, "a", ["running"])
        container = d.containers()[0]
        d.kill()
        for name in os.listdir(d.state):
            if name.startswith("tidewheel.db"):
                os.unlink(os.path.join(d.state, name))
        shutil.copy2(backup, os.path.join(d.state, "tidewheel.db"))
        shutil.chown(os.path.join(d.state, "tidewheel.db"), d.user, d.user)
        d.start()
        name = docker("inspect", "-f", "{{.Name}}", container).lstrip("/")
        wait_until(lambda: name in d.log(), 20, d.log)
        # The file is a change that this database has not seen: its run is another one, and the unknown container goes on beside it.
        run = self.wait_state(d, "a", ["running"])
        self.assertNotEqual(run["run_id"], lost["run_id"])
        self.assertEqual(docker("inspect", "-f", "{{.State.Running}}", container), "true")
        self.pipe.tell("go")
        self.assertEqual(self.ended(d, "a")["state"], "succeeded")
        self.assertEqual(docker("wait", container), "0")
        docker("rm", container)
