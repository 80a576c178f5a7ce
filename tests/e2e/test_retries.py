"""Which ends are tried again, and that each attempt keeps what is its own."""

import os

from harness import E2ETest, wait_until

GREEDY = ["sh", "-c", "echo attempt in $HOSTNAME; exec tail -c 100000000 /dev/zero"]


class Retries(E2ETest):
    def one_run(self, command, extra, seconds=90):
        d = self.daemon().start()
        d.pipeline("p", command, settle="0s", extra=extra)
        d.put("a", b"a")
        run = d.wait_runs(1, seconds=seconds)[0]
        d.wait_clean()
        return d, run

    def test_killed_for_memory_is_tried_again_where_that_is_asked_for(self):
        d, run = self.one_run(GREEDY, "mem_limit: 24m\nretries: {max: 1, backoff: 100ms, if: [oom]}\n")
        self.assertEqual((run["state"], run["reason"], run["attempts"], run["oom_killed"]), ("failed", "out_of_memory", 2, 1))
        logs = [d.cli_raw("logs", run["run_id"], "--attempt", str(n)).stdout.decode() for n in (1, 2)]
        self.assertTrue(all(log.startswith("attempt in ") for log in logs), logs)
        self.assertNotEqual(logs[0], logs[1])
        self.assertEqual([r["outcome"] for r in d.sql("SELECT outcome FROM v1_attempts ORDER BY attempt")], ["failed"] * 2)

    def test_case_29_a_child_that_is_killed_for_memory_counts_when_the_shell_says_137(self):
        _, run = self.one_run(["sh", "-c", "tail -c 100000000 /dev/zero; exit $?"],
                              "mem_limit: 24m\nretries: {max: 1, backoff: 100ms, if: [oom]}\n")
        self.assertEqual((run["state"], run["reason"], run["exit_code"], run["attempts"]), ("failed", "out_of_memory", 137, 2))

    def test_an_exit_137_of_its_own_is_not_oom(self):
        _, run = self.one_run(["sh", "-c", "exit 137"], "retries: {max: 2, backoff: 100ms, if: [oom, timeout, interrupted]}\n")
        self.assertEqual((run["state"], run["reason"], run["exit_code"], run["attempts"], run["oom_killed"]),
                         ("failed", "exit_nonzero", 137, 1, 0))

    def test_past_its_timeout_is_tried_again_where_that_is_asked_for(self):
        _, run = self.one_run(["sleep", "60"],
                              "timeout: 1s\nstop_grace_period: 1s\nretries: {max: 1, backoff: 100ms, if: [timeout]}\n")
        self.assertEqual((run["state"], run["reason"], run["attempts"]), ("timed_out", "timeout", 2))

    def test_the_attempt_that_succeeds_publishes_and_the_run_keeps_its_id(self):
        flags = os.path.join("/var/tmp", "tw-retry-%d" % os.getpid())
        os.makedirs(flags, exist_ok=True)
        self.addCleanup(lambda: [os.path.exists(flags + "/go") and os.unlink(flags + "/go"), os.rmdir(flags)])
        d = self.daemon(config='policy: {paths: ["/**"], images: ["*"]}\n').start()
        d.pipeline("p", ["sh", "-c", "echo run ${run.id}; echo id=$TIDEWHEEL_RUN_ID >> $TIDEWHEEL_OUTPUTS; test -e /flags/go || exit 75"],
                   settle="0s", extra='volumes: ["%s:/flags"]\nretries: {max: 3, backoff: 2s}\noutputs: {id: {type: string}}\n' % flags)
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'retry_wait'"), 30, d.log)
        self.assertEqual(d.sql("SELECT * FROM v1_outputs"), [])
        waiting = d.cli("why", "1")
        self.assertIn("backoff", str(waiting) + str(d.runs()), waiting)
        open(flags + "/go", "w").close()
        run = d.wait_runs(1)[0]
        self.assertEqual(run["state"], "succeeded")
        self.assertGreaterEqual(run["attempts"], 2)
        self.assertEqual([r["value"] for r in d.sql("SELECT value FROM v1_outputs")], [run["run_id"]])
        self.assertEqual({r["stage"] for r in d.sql("SELECT stage FROM v1_stages WHERE stage = 'retry_wait'")}, {"retry_wait"})
        d.wait_clean()
