"""200 files in one second: 200 runs, each once."""

import collections
import os
import re
import subprocess
import time

from harness import BUSYBOX, E2ETest, Events, sha256, wait_until
from scripts import HASH, SHA_OUTPUT

# Sockets are non-blocking; futex is the hand-over to the workers; `write` is the log line on stderr. No file, no fsync, no sleep.
LOOP_CALLS = {
    "epoll_wait", "epoll_ctl", "futex", "recvmsg", "sendmsg", "recvfrom", "sendto", "socket", "connect", "accept", "accept4", "close", "ioctl",
    "fcntl", "setsockopt", "getsockopt", "getpeername", "getsockname", "shutdown", "timerfd_settime", "clock_gettime", "getrusage", "getrandom",
    "gettid", "brk", "mmap", "munmap", "madvise", "mprotect", "sched_yield", "eventfd2", "read", "write", "writev", "rt_sigprocmask", "restart_syscall",
}


class Burst(E2ETest):
    def test_two_hundred_files_in_one_second_run_once_each_on_the_right_bytes(self):
        events = Events()
        self.addCleanup(events.close)
        daemon = self.daemon(runs=4).start()
        daemon.pipeline("hash", HASH, extra=SHA_OUTPUT + "max_running: 8\n", settle="0s")
        contents = {"f%03d.bin" % i: os.urandom(100 + i * 37) for i in range(200)}
        began = time.monotonic()
        for name, data in contents.items():
            daemon.put(name, data)
        self.assertLess(time.monotonic() - began, 1.0, "the files were to arrive within a second")
        runs = daemon.wait_runs(200, seconds=240)
        self.assertEqual({r["state"] for r in runs}, {"succeeded"})
        self.assertEqual({r["attempts"] for r in runs}, {1})

        inputs = {r["key"]: r for r in daemon.sql("SELECT key, sha256, run_id FROM v1_inputs")}
        results = self.outputs(daemon, "hash")
        for name, data in contents.items():
            self.assertEqual(inputs[name]["sha256"], sha256(data), name)
            self.assertEqual(results[name]["sha"], sha256(data), name)
        for name in list(contents)[::20]:
            log = daemon.cli_raw("logs", inputs[name]["run_id"]).stdout.decode()
            self.assertEqual(re.search("sha256 ([0-9a-f]{64})", log).group(1), sha256(contents[name]))

        daemon.wait_clean()
        starts = events.starts(daemon.instance())
        self.assertEqual(len(starts), 200)
        self.assertEqual(set(starts.values()), {1})
        self.loop_stays_free(daemon)

    def loop_stays_free(self, daemon):
        loop = daemon.cli("status")["loop"]
        self.assertGreater(loop["handlers"], 1000)
        # Sanitizers make every handler slower; the bound is for the binary that ships.
        if "TIDEWHEEL_SANITIZED" not in os.environ:
            self.assertLessEqual(loop["longest_handler_us"], 10_000, loop)

    def test_a_pipeline_with_a_folder_of_its_own_takes_little_memory(self):
        daemon = self.daemon().start()

        def add(count):
            for i in range(count):
                folder = os.path.join(daemon.data, str(i))
                os.makedirs(folder, exist_ok=True)
                daemon.write_pipeline("p%d" % i, "version: 1\nname: p%d\nwatch: {path: %s, existing: skip}\nimage: %s\ncommand: [\"true\"]\n" % (i, folder, BUSYBOX))
            wait_until(lambda: daemon.sql("SELECT count(*) AS n FROM v1_pipelines WHERE state = 'live'")[0]["n"] == count, 30, daemon.log)
            wait_until(lambda: len(daemon.cli("status")["sources"]) == count, 30, daemon.log)
            daemon.wait_watching()
            return daemon.pss()

        before = add(1)
        each = (add(61) - before) / 60
        self.assertLess(each, 150_000, "bytes of memory (PSS) for a pipeline of 150 bytes and a folder without files")

    def test_the_loop_thread_makes_no_call_that_can_block_but_epoll_wait(self):
        daemon = self.daemon(runs=4).start()
        daemon.pipeline("hash", HASH, extra=SHA_OUTPUT, settle="0s")
        trace = os.path.join(daemon.dir, "loop.strace")
        # Without -f: only the main thread, which is the loop's.
        tracer = subprocess.Popen(["strace", "-o", trace, "-p", str(daemon.process.pid)], stderr=subprocess.PIPE, text=True)
        self.assertIn("attached", tracer.stderr.readline())
        for i in range(40):
            daemon.put("f%d" % i, b"%d" % i)
        daemon.wait_runs(40, seconds=120)
        tracer.terminate()
        tracer.wait()
        tracer.stderr.close()
        with open(trace) as file:
            calls = collections.Counter(line.split("(")[0] for line in file if "(" in line and not line.startswith(("+", "-")))
        self.assertGreater(calls["epoll_wait"], 100)
        self.assertEqual(set(calls) - LOOP_CALLS, set(), calls)

    def test_changes_come_with_gap_free_numbers_and_the_feed_too(self):
        daemon = self.daemon().start()
        daemon.pipeline("hash", HASH, extra=SHA_OUTPUT, settle="0s")
        for i in range(10):
            daemon.put("a%d" % i, b"x%d" % i)
        daemon.wait_runs(10)
        self.assertEqual([r["seq"] for r in daemon.sql("SELECT seq FROM v1_changes ORDER BY seq")], list(range(1, 11)))
        feed = [r["seq"] for r in daemon.sql("SELECT seq FROM v1_feed ORDER BY seq")]
        self.assertEqual(feed, list(range(1, len(feed) + 1)))
