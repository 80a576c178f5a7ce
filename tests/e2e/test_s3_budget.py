"""S31: what a provider bills stays below what the configuration says. The server's own log is the witness."""

import unittest

from harness import wait_until
from s3 import FaultServer
from test_s3 import S3Test

PER_MINUTE = 150
WINDOW_MS = 10000


class TestBudget(S3Test):
    def lists(self):
        return [r["at_ms"] for r in self.server.requests()["log"] if r["operation"] == "ListObjectsV2"]

    def test_S31_never_above_the_budget_through_restart_storms(self):
        self.server = FaultServer("--make-bucket", "data", "--make-bucket", "other", "--log-size", "5000").start()
        self.addCleanup(self.server.stop)
        for bucket, key in (("data", "a/1"), ("data", "b/1"), ("data", "c/1"), ("other", "a/1")):
            self.server.put(bucket, key, b"x")
        daemon = self.connected(self.server, connection="lists_per_minute: %d" % PER_MINUTE)
        daemon.start()
        for name, bucket, prefix in (("a", "data", "a/"), ("b", "data", "b/"), ("c", "data", "c/"), ("other", "other", "a/")):
            self.watch(daemon, name=name, bucket=bucket, prefix=prefix, wait=False)  # together 240 a minute
        self.server.fault("slow-down", operation="ListObjectsV2", probability=0.2)  # what is tried again counts, too
        lives = []
        for life in range(5):
            before = len(self.lists())
            wait_until(lambda: len(self.lists()) >= before + (20 if life in (0, 4) else 3), 60, self.lists)
            daemon.kill()
            lives.append(len(self.lists()) - before)
            daemon.start(wait=False)
        self.server.clear_faults()
        daemon.wait_ready()
        wait_until(lambda: len(daemon.cli("status")["sources"]) == 4 and all(s["scans"] > 0 for s in daemon.cli("status")["sources"]),
                   60, daemon.log)
        at = self.lists()
        allowed = PER_MINUTE * WINDOW_MS // 60000
        # The 26th comes at the earliest 10 s after the first; 50 ms for what a connection takes on its way.
        closest = min(later - first for first, later in zip(at, at[allowed:]))
        self.assertGreaterEqual(closest, WINDOW_MS - 50, (lives, at))


if __name__ == "__main__":
    unittest.main()
