"""`init: false` while the engine is killed, stopped and restarted: what is not proven is no success, and nothing runs twice at one time.
A real dockerd, but a second one; numbers are those of the list of cases."""

import signal
import time
import unittest

from harness import wait_until
from plain import Plain
from proxy import Proxy
from test_engine_faults import LONG, MOMENTS, Deaths, EngineTest
from witness import say, wait_for


class Restarts(Plain, EngineTest):
    """With live-restore off: the engine ends what it finds when it comes back."""

    def test_case_12_an_exit_of_three_is_never_a_success_whenever_the_engine_dies(self):
        codes = set()
        for d, run in self.at_die(3, range(0, 41, 1 if LONG else 5)):
            attempts = self.attempts(d, run)
            # Later crashes of this test interrupt what is tried again, so one run or the other may have had all of its attempts.
            self.assertIn((run["state"], run["exit_code"]), [("failed", 3), ("interrupted", None)], attempts)
            self.assertLessEqual(len(self.said(run, "begun")), len(attempts), "an attempt is one execution")
            self.assertEqual({outcome for outcome, _ in attempts[:-1]} - {"interrupted"}, set())
            codes.add(run["exit_code"])
        self.assertIn(3, codes)

    def test_case_13_an_exit_of_zero_is_believed_only_of_the_engine_that_saw_it(self):
        states = set()
        for d, run in self.at_die(0, range(0, 41, 2 if LONG else 10)):
            attempts = self.attempts(d, run)
            self.assertIn(run["state"], ["succeeded", "interrupted"], attempts)
            self.assertLessEqual(len(self.said(run, "begun")), len(attempts))
            kept = d.sql("SELECT name FROM v1_artifacts WHERE run_id = ? AND attempt = ?", run["run_id"], run["attempts"])
            self.assertTrue(kept or run["state"] != "succeeded", attempts)
            self.assertEqual({outcome for outcome, _ in attempts[:-1]} - {"interrupted"}, set())
            states.add(run["state"])
        self.assertIn("succeeded", states)

    def test_case_13_a_zero_that_nobody_of_ours_saw_is_done_again(self):
        d = self.begin([say("begun"), wait_for("go"), say("ends")])
        d.put("a", b"a")
        self.wait_said("begun")
        self.wait_state(d, "a", ["running"])
        self.engine.kill()
        self.pipe.tell("go")
        wait_until(lambda: not self.engine.processes(), 20, "the container does not end")
        self.engine.start()
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "ends"))), ("succeeded", 2, 2))
        self.assertEqual(self.attempts(d, run)[0], ("interrupted", "engine_restarted"))

    def test_case_15_a_retry_begins_after_the_old_container_is_dead(self):
        d = self.begin(["trap 'sleep 1; %s; exit 0' TERM" % say("dies"), say("begun"), "%s & wait" % wait_for("go"), say("ends")])
        d.put("a", b"a")
        self.wait_said("begun")
        self.engine.kill()
        self.engine.start()
        self.wait_said("begun", 2)
        self.pipe.tell("go")
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 2))
        lines = [line.split()[1:] for line in self.said(run, "")]
        self.assertEqual([word for _, word in lines], ["begun", "dies", "begun", "ends"])

    def test_case_16_a_zero_after_the_engines_sigterm_is_no_success(self):
        deaths = Deaths(self.engine)
        d = self.begin(["trap '%s; exit 0' TERM" % say("dies"), say("begun"), "%s & wait" % wait_for("go"), say("ends")])
        d.put("a", b"a")
        self.wait_said("begun")
        self.wait_state(d, "a", ["running"])
        self.engine.stop()
        deaths.close()
        self.assertEqual(deaths.codes, ["0"], "the engine itself has to take it for a success, or this shows nothing")
        self.pipe.tell("go")
        self.engine.start()
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "ends"))), ("succeeded", 2, 1))
        self.assertEqual(self.attempts(d, run)[0][0], "interrupted")

    def test_case_16_the_same_with_nobody_there_to_see_it(self):
        d = self.begin(["trap '%s; exit 0' TERM" % say("dies"), say("begun"), "%s & wait" % wait_for("go"), say("ends")])
        d.put("a", b"a")
        self.wait_said("begun")
        self.wait_state(d, "a", ["running"])
        d.kill()
        self.engine.stop()
        self.pipe.tell("go")
        self.engine.start()
        d.start()
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "ends"))), ("succeeded", 2, 1))
        self.assertEqual(self.attempts(d, run)[0], ("interrupted", "engine_restarted"))

    def test_case_16_behind_a_proxy_whose_process_is_no_engine(self):
        proxy = Proxy(self.engine.host)
        self.addCleanup(proxy.close)
        d = self.begin(["trap '%s; exit 0' TERM" % say("dies"), say("begun"), "%s & wait" % wait_for("go"), say("ends")], engine=proxy.url)
        d.put("a", b"a")
        self.wait_said("begun")
        self.wait_state(d, "a", ["running"])
        self.engine.stop()
        self.pipe.tell("go")
        self.engine.start()
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "ends"))), ("succeeded", 2, 1))
        self.assertEqual(self.attempts(d, run)[0][0], "interrupted")

    def test_case_17_killed_at_any_moment_after_a_start(self):
        """Where nobody can tell whether the command runs, nobody runs it again: such a run ends as interrupted, and says why."""
        proxy = Proxy(self.engine.host)
        self.addCleanup(proxy.close)
        d = self.begin([say("begun"), "sleep 1", say("ends")], engine=proxy.url)
        states = set()
        for moment in MOMENTS if LONG else (0, 40, 80, 110, 200, 450):
            trap = proxy.trap("POST .*/start")
            d.put(str(moment), str(moment).encode())
            self.assertTrue(trap.met.wait(30), d.log())
            trap.release()
            time.sleep(moment / 1000)  # the moment of the crash
            self.engine.kill()
            self.engine.start()
            run = self.ended(d, str(moment), seconds=150)
            attempts = self.attempts(d, run)
            said = [line.split()[1:] for line in self.said(run, "")]
            hosts = list(dict.fromkeys(host for host, _ in said))
            for host in hosts:
                self.assertEqual(said.count([host, "begun"]), 1, (moment, said, attempts))
            self.assertEqual([host for host, _ in said], sorted((host for host, _ in said), key=hosts.index), "two containers of a run at one time")
            self.assertLessEqual(len(hosts), run["attempts"])
            states.add(run["state"])
            if run["state"] == "interrupted":
                self.assertIn("look for it on the host", run["detail"])  # behind a proxy its processes cannot be looked for
            else:
                # One that ended well while the engine was away is done again, so an earlier container may have come to its end too.
                self.assertEqual((run["state"], said.count([hosts[-1], "ends"])), ("succeeded", 1), (moment, attempts, said))
                self.assertEqual({outcome for outcome, _ in attempts[:-1]} - {"interrupted"}, set(), attempts)
        self.assertIn("succeeded", states)
        d.wait_clean()

    def test_case_20_a_cut_cable_interrupts(self):
        d = self.begin([say("begun"), wait_for("go"), say("ends")])
        d.put("a", b"a")
        self.wait_said("begun")
        self.engine.power_off()
        d.kill()
        self.pipe.tell("go")
        self.engine.start()
        d.start()
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 2))
        self.assertEqual(self.attempts(d, run)[0][0], "interrupted")


class LiveRestore(Plain, EngineTest):
    def setUp(self):
        super().setUp()
        self.back(live_restore=True)

    def test_case_14_a_run_goes_on_under_the_next_engine_and_its_end_is_believed(self):
        d = self.begin([say("begun"), "i=0; until [ -e /witness/go ]; do i=$((i + 1)); echo line $i; sleep 0.02; done", "echo last $i", say("ends")])
        d.put("a", b"a")
        self.wait_state(d, "a", ["running"])
        engines = {d.sql("SELECT engine FROM attempt")[0]["engine"]}
        for _ in range(2):
            self.engine.kill()
            time.sleep(0.5)
            self.engine.start()
            wait_until(lambda: d.sql("SELECT engine FROM attempt")[0]["engine"] not in engines, 30, d.log)  # adopted
            engines.add(d.sql("SELECT engine FROM attempt")[0]["engine"])
        self.assertEqual(len(engines), 3)
        self.pipe.tell("go")
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "begun"))), ("succeeded", 1, 1))
        lines = d.cli_raw("logs", run["run_id"]).stdout.decode().splitlines()
        self.assertEqual(lines, ["line %d" % (i + 1) for i in range(len(lines) - 1)] + ["last %d" % (len(lines) - 1)])

    def ends_while_away(self, code, go="go"):
        begun = sum("begun" in line for line in list(self.pipe.lines))
        d = self.begin([say("begun"), wait_for(go), "echo unheard", "echo kept > /out/kept.txt", say("ends"), "exit %d" % code])
        d.put("a", b"a")
        self.wait_said("begun", begun + 1)
        self.wait_state(d, "a", ["running"])
        self.engine.kill()
        self.pipe.tell(go)
        wait_until(lambda: not self.engine.processes(), 20, "the container does not end")
        self.engine.start()
        return d, self.ended(d, "a")

    def test_case_19_the_code_of_an_end_while_the_engine_was_away_is_kept(self):
        for number in range(4):
            d, run = self.ends_while_away(7, "go%d" % number)
            if run["attempts"] == 1:
                break
            # Now and then this dockerd does not know the code itself: then it has to be done again.
            first = d.sql("SELECT outcome, reason FROM v1_attempts WHERE attempt = 1")[0]
            self.assertEqual((first["outcome"], first["reason"], run["exit_code"]), ("interrupted", "engine_restarted", 7))
            d.close()
        self.assertEqual((run["state"], run["exit_code"], run["attempts"], len(self.said(run, "begun"))), ("failed", 7, 1, 1))
        self.assertEqual([r["name"] for r in d.sql("SELECT name FROM v1_artifacts")], ["kept.txt"])
        self.assertEqual([a["log_suspect"] for a in d.sql("SELECT log_suspect FROM v1_attempts")], [1])

    def test_case_19_but_a_zero_is_done_again(self):
        _, run = self.ends_while_away(0)
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "begun"))), ("succeeded", 2, 2))


class Requests(Plain, EngineTest):
    """Who asked is dead, and the engine does it all the same."""

    def test_case_6_killed_while_a_stopped_engine_has_the_start(self):
        proxy = Proxy(self.engine.host)
        self.addCleanup(proxy.close)
        d = self.begin([say("begun"), "sleep 0.2"], engine=proxy.url)
        for name in "abc":
            trap = proxy.trap("POST .*/start")
            d.put(name, name.encode())
            self.assertTrue(trap.met.wait(30), d.log())
            self.engine.process.send_signal(signal.SIGSTOP)
            self.addCleanup(self.engine.go_on)
            trap.release()
            d.kill()
            d.start()
            self.engine.go_on()
            run = self.ended(d, name)
            self.assertEqual((run["state"], run["attempts"], len(self.said(run, "begun"))), ("succeeded", 1, 1), self.attempts(d, run))
        d.wait_clean()


if __name__ == "__main__":
    unittest.main()
