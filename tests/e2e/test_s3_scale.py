"""S27: memory stays flat however many keys a bucket has. The server computes its keys from a seed; `tests/run --long` takes
1,000,000, tests/bench/s3 up to 10,000,000."""

import os
import unittest

from harness import wait_until
from s3 import FaultServer
from test_s3 import S3Test

MANY = 1_000_000 if os.environ.get("TIDEWHEEL_LONG") else 100_000
FEW = 2_000


class TestScale(S3Test):
    def list_twice(self, keys):
        """The daemon's largest resident memory and the database's size, in bytes, after a first and an unchanged pass."""
        server = FaultServer("--synthetic", str(keys)).start()
        self.addCleanup(server.stop)
        d = self.connected(server).start()
        self.watch(d, bucket="synthetic", more="  files: \"no such key\"\n", wait=False)
        wait_until(lambda: self.source(d)["scans"] >= 2 if d.cli("status")["sources"] else False, 300, d.log)
        source = self.source(d)
        self.assertEqual((source["items"], source["missing"]), (keys, 0))
        self.assertEqual(d.sql("SELECT count(*) AS n FROM v1_changes"), [{"n": 0}], "all of it was there before")
        with open("/proc/%d/status" % d.process.pid) as status:
            peak = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))
        d.stop()
        return peak, os.path.getsize(os.path.join(d.state, "tidewheel.db")), source

    def test_S27_memory_is_flat_and_a_key_takes_little_room(self):
        few, base, _ = self.list_twice(FEW)
        many, size, source = self.list_twice(MANY)
        self.assertLess(many, few + (24 << 20))
        self.assertLess(many, 64 << 20)
        self.assertLess((size - base) / (MANY - FEW), 250, "bytes a key")
        self.assertEqual(source["shards"], MANY // 50_000)
        self.assertLess(source["pass_lists"], MANY // 1000 + 2 * source["shards"] + 1, "a page more for each shard at most")


if __name__ == "__main__":
    unittest.main()
