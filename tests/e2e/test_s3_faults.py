"""Buckets and servers that make trouble, with the daemon as it is installed. Cases of the list of S3 failures, S01 to S31."""

import http.client
import threading
import time
import unittest
import xml.etree.ElementTree

from harness import sha256, wait_until
from s3 import FaultServer
from test_s3 import BUCKET, S3Test


class TestFaults(S3Test):
    def serve(self, *options):
        self.server = FaultServer(*options).start()
        self.addCleanup(self.server.stop)
        return self.server

    def put_many(self, keys):
        """Faster than a foreign client: more than 1000 a second."""
        def put(part):
            link = http.client.HTTPConnection(self.server.endpoint.split("//")[1], timeout=20)
            for key in part:
                link.request("PUT", "/%s/%s" % (BUCKET, key), key.encode())
                link.getresponse().read()
            link.close()
        threads = [threading.Thread(target=put, args=(keys[i::4],)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def seconds_of(self, prefix):
        """LastModified in whole seconds -> how many objects."""
        link = http.client.HTTPConnection(self.server.endpoint.split("//")[1], timeout=20)
        counts, after = {}, ""
        for _ in range(20):
            link.request("GET", "/%s?list-type=2&prefix=%s&start-after=%s" % (BUCKET, prefix, after))
            root = xml.etree.ElementTree.fromstring(link.getresponse().read())
            name = root.tag.replace("ListBucketResult", "%s")
            for entry in root.findall(name % "Contents"):
                second = entry.find(name % "LastModified").text[:19]
                counts[second] = counts.get(second, 0) + 1
                after = entry.find(name % "Key").text
            if root.find(name % "IsTruncated").text == "false":
                return counts
        raise AssertionError("a listing of more than 20 pages")

    def created(self, daemon):
        return {row["key"] for row in daemon.sql("SELECT key FROM v1_changes WHERE change = 'created'")}

    def wait_offline(self, daemon):
        return wait_until(lambda: (lambda s: s["reason"] if s["state"] == "offline" else None)(self.source(daemon)), 60, daemon.log)

    def test_S01_more_than_a_page_of_one_second_and_more_between_two_pages(self):
        self.serve("--make-bucket", BUCKET)
        d = self.connected(self.server).start()
        self.watch(d, more="  events: [modified]\n")  # what comes is recorded and runs nothing
        for turn in range(5):
            prefix = "t%d/" % turn
            keys = [prefix + "%04d" % i for i in range(1500)]
            now = time.time()
            wait_until(lambda: time.time() >= int(now) + 1, 5, "the clock stands still")
            self.put_many(keys)
            if max(self.seconds_of(prefix).values()) > 1000:
                break
        else:
            self.fail("this machine is too slow to write 1000 objects in a second")
        self.server.reset()
        self.server.fault("hold", operation="ListObjectsV2", after=1)  # the first page comes, then nothing
        wait_until(lambda: self.server.requests()["counts"].get("ListObjectsV2", 0) >= 2, 60, lambda: self.source(d))
        between = [prefix + "%04d-b" % i for i in range(0, 1500, 100)]
        self.put_many(between)
        self.server.clear_faults()
        wanted = {"t%d/%04d" % (t, i) for t in range(turn + 1) for i in range(1500)} | set(between)
        wait_until(lambda: len(self.created(d)) >= len(wanted), 60, lambda: self.source(d))
        self.wait_complete(d)
        self.assertEqual(self.created(d), wanted)
        self.assertEqual(d.sql("SELECT count(*) AS n FROM v1_changes")[0]["n"], len(wanted), "each once")

    def test_S12_a_pass_gets_through_slow_downs_resets_and_stalls(self):
        self.serve("--synthetic", "20000", "--bucket", BUCKET)
        d = self.connected(self.server).start()
        self.server.fault("slow-down", operation="ListObjectsV2", probability=0.3, value=1)  # Retry-After: 1
        self.server.fault("reset", operation="ListObjectsV2", probability=0.1)
        self.server.fault("stall", operation="ListObjectsV2", probability=0.1, value=2)
        self.watch(d, every="10m", wait=False)
        wait_until(lambda: d.cli("status")["sources"] and self.source(d)["scans"] >= 1, 300, d.log)
        statuses = self.server.requests()["statuses"]
        self.assertGreater(statuses.get("503", 0), 0)
        self.assertEqual(self.source(d)["items"], 20000)
        self.assertEqual(d.sql("SELECT * FROM v1_changes WHERE change = 'removed'"), [])

    def test_S18_an_expired_token_says_what_to_do(self):
        self.serve("--make-bucket", BUCKET)
        d = self.connected(self.server).start()
        self.server.put(BUCKET, "a", b"x")
        self.server.fault("expired-token")
        self.watch(d, wait=False)
        wait_until(lambda: d.cli("status")["sources"], 20, d.log)
        reason = self.wait_offline(d)
        self.assertIn("expired", reason.lower())
        self.assertIn("credential", reason.lower())
        self.server.clear_faults()
        d.wait_watching(60)
        self.assertEqual(self.source(d)["items"], 1)

    def test_S19_another_region_is_learnt(self):
        for fault in ("redirect-301", "wrong-region"):
            with self.subTest(fault):
                server = FaultServer("--check-access", "--make-bucket", BUCKET).start()
                self.addCleanup(server.stop)
                d = self.connected(server).start()
                self.watch(d)
                server.fault(fault, text="eu-west-2")
                wait_until(lambda: any(r["region"] == "eu-west-2" and r["status"] == 200 for r in server.requests()["log"]), 30, d.log)
                server.clear_faults()
                server.put(BUCKET, "a", b"data")
                d.wait_runs(1)
                self.assertEqual(self.shas(d), {"a": [sha256(b"data")]})

    def test_S13_a_listing_without_order_or_start_after_is_still_compared_whole(self):
        for fault in ("unsorted", "ignore-start-after"):
            with self.subTest(fault):
                server = FaultServer("--synthetic", "2500").start()
                self.addCleanup(server.stop)
                server.fault(fault)
                d = self.connected(server).start()
                self.watch(d, bucket="synthetic", more="  files: \"no such key\"\n", wait=False)
                wait_until(lambda: d.cli("status")["sources"] and self.source(d)["lag_ms"] is not None, 60, d.log)
                self.assertEqual((self.source(d)["items"], self.source(d)["missing"]), (2500, 0))
                self.wait_complete(d)
                self.assertEqual(d.sql("SELECT * FROM v1_changes"), [])
                d.stop()

    def test_S19_a_region_that_nobody_tells_says_what_to_do(self):
        self.serve("--check-access", "--make-bucket", BUCKET)
        d = self.connected(self.server).start()
        self.server.fault("redirect-301", text="none")
        self.watch(d, wait=False)
        source = wait_until(lambda: next((s for s in d.cli("status")["sources"] if s["state"] == "offline"), None), 60, d.log)
        self.assertIn("set the connection's region", source["reason"])
        self.server.clear_faults()
        self.server.put(BUCKET, "a", b"data")
        d.wait_runs(1, 90)

    def test_S20_a_clock_that_is_off_is_learnt_and_so_is_its_correction(self):
        self.serve("--check-access", "--make-bucket", BUCKET)
        d = self.connected(self.server).start()
        self.server.put(BUCKET, "a", b"1")
        self.server.fault("clock-skew", value=1200)
        self.watch(d, existing="run")
        d.wait_runs(1)
        self.assertGreater(self.server.requests()["statuses"].get("403", 0), 0)
        self.server.clear_faults()
        self.server.put(BUCKET, "b", b"2")
        d.wait_runs(2)
        self.assertEqual(self.shas(d), {"a": [sha256(b"1")], "b": [sha256(b"2")]})


if __name__ == "__main__":
    unittest.main()
