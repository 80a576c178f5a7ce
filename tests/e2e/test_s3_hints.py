"""Push notifications of buckets, from the outside. The pipelines list once an hour: what runs soon ran because of a hint."""

import json
import os
import unittest

import push
from harness import sha256, wait_until
from push import event_bridge, minio, post, record, records, sns
from s3 import FaultServer, Rgw
from test_s3 import BUCKET, S3Test

SECRET = "correct-horse-battery-staple"


class HintsTest(S3Test):
    def hints(self, daemon):
        return self.source(daemon)["hints"]

    def wait_handled(self, daemon, seconds=60):
        """Until no stored hint waits to be looked at."""
        wait_until(lambda: self.hints(daemon)["waiting"] == 0, seconds, lambda: self.source(daemon))

    def assert_post(self, daemon, body, status=200, **options):
        answer = post(daemon, body, **options)
        self.assertEqual(answer[0], status, answer[2])
        return answer[2]

    def heads(self):
        return self.server.requests()["counts"].get("HeadObject", 0)

    @staticmethod
    def changes(daemon):
        return [(r["change"], r["key"]) for r in daemon.sql("SELECT change, key FROM v1_changes ORDER BY seq")]


class TestFaultServer(HintsTest):
    def setUp(self):
        self.server = FaultServer("--check-access", "--make-bucket", BUCKET).start()
        self.addCleanup(self.server.stop)

    def listed_hourly(self, prefix="in/", **options):
        d = self.connected(self.server, **options).start()
        self.watch(d, prefix=prefix, every="1h")
        return d

    def test_S23_every_sender_is_understood(self):
        d = self.listed_hourly()
        keys = ["in/a b+c%2B.csv", "in/sns \u00e9.csv", "in/raw", "in/bridge+%20", "in/bridge2", "in/minio a+b", "in/ceph+1"]
        for key in keys:
            self.server.put(BUCKET, key, key.encode())
        self.assertEqual(self.assert_post(d, records(record(BUCKET, keys[0]))), {"taken": 1, "not_watched": 0, "unreadable": 0})
        self.assert_post(d, sns(records(record(BUCKET, keys[1]))), headers={"Content-Type": "text/plain; charset=UTF-8"})
        self.assert_post(d, records(record(BUCKET, keys[2])), headers={"x-amz-sns-rawdelivery": "true", "Content-Type": "text/plain"})
        self.assert_post(d, event_bridge(BUCKET, keys[3]))
        self.assert_post(d, sns(event_bridge(BUCKET, keys[4])))
        self.assert_post(d, minio(BUCKET, keys[5]))
        ceph = record(BUCKET, keys[6], source="ceph:s3")
        ceph["s3"]["object"]["key"] = keys[6]  # not encoded by Ceph 16
        self.assert_post(d, records(ceph))
        d.wait_runs(len(keys), 120)
        self.assertEqual(self.shas(d), {key: [sha256(key.encode())] for key in keys})
        self.assertEqual(self.source(d)["scans"], 1, "no listing was needed")
        self.wait_handled(d)
        hints = self.hints(d)
        self.assertEqual((hints["alive"], hints["misses"], hints["miss_ratio"], hints["warning"]), (True, 0, 0, None))
        self.assertEqual(hints["received"], len(keys) + 1, "one of Ceph could mean two")
        self.assertIsNotNone(hints["last_at"])

    def test_S23_test_events_and_subscriptions(self):
        d = self.listed_hourly()
        test = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-11-22T10:00:00.000Z", "Bucket": BUCKET}
        nothing = {"taken": 0, "not_watched": 0, "unreadable": 0}
        self.assertEqual(self.assert_post(d, test), nothing)
        self.assertEqual(self.assert_post(d, sns(test)), nothing)
        # An address that would answer, had somebody asked.
        url = self.server.endpoint + "/?Action=ConfirmSubscription&Token=2336412f37\n2026 [error] forged"
        self.server.reset()
        self.assertEqual(self.assert_post(d, dict(sns({}, "SubscriptionConfirmation"), SubscribeURL=url, Token="2336412f37")), nothing)
        line = [l for l in d.log().splitlines() if "SNS asks" in l]
        self.assertEqual(len(line), 1)
        self.assertIn("Token=2336412f37\\x0a2026", line[0])
        self.assertIn("arn:aws:sns:eu-central-1:1:lab", line[0])
        self.assertEqual(self.server.requests()["counts"], {}, "the address was not opened")

    def test_S23_duplicates_and_disorder(self):
        d = self.listed_hourly()
        self.server.put(BUCKET, "in/kept", b"1")
        self.server.put(BUCKET, "in/brief", b"2")
        self.server.delete(BUCKET, "in/brief")
        gone = [record(BUCKET, "in/brief", "ObjectRemoved:Delete"), record(BUCKET, "in/brief")]
        kept = [record(BUCKET, "in/kept", "ObjectRemoved:Delete"), record(BUCKET, "in/kept")]
        for _ in range(20):
            self.assert_post(d, records(*gone, *kept, *kept))
        d.wait_runs(1)
        self.wait_handled(d)
        self.assertEqual(self.changes(d), [("created", "in/kept")])
        self.server.put(BUCKET, "in/kept", b"3")
        self.assert_post(d, records(*reversed(kept)))
        d.wait_runs(2)
        self.wait_handled(d)
        self.assertEqual(self.shas(d), {"in/kept": [sha256(b"1"), sha256(b"3")]})
        self.assertEqual([c for c, _ in self.changes(d)], ["created", "modified"])

    def test_S23_a_removal_is_proven_by_listings_not_by_its_event(self):
        d = self.listed_hourly()
        self.server.put(BUCKET, "in/a", b"1")
        self.assert_post(d, records(record(BUCKET, "in/a")))
        d.wait_runs(1)
        self.server.delete(BUCKET, "in/a")
        self.assert_post(d, records(record(BUCKET, "in/a", "ObjectRemoved:Delete")))
        # The event makes it list at once, an hour early.
        wait_until(lambda: self.source(d)["scans"] == 2 and self.source(d)["missing"] == 1, 30, lambda: self.source(d))
        self.assertEqual(self.changes(d), [("created", "in/a")])

    def test_S23_wrong_bucket_prefix_and_connection(self):
        d = self.listed_hourly()
        self.server.put(BUCKET, "out/a", b"1")
        told = self.assert_post(d, records(record("other-bucket", "in/a"), record(BUCKET, "out/a"), record(BUCKET, "in"), {"s3": {}}))
        self.assertEqual(told, {"taken": 0, "not_watched": 3, "unreadable": 1})
        self.assertEqual(self.hints(d)["received"], 0)
        problem = self.assert_post(d, records(), 404, connection="acne")
        self.assertEqual(problem["type"], "urn:tidewheel:problem:not_found")
        self.assertIn("acme", problem["hint"])

    def test_S23_what_is_no_event_says_what_is_wrong(self):
        d = self.listed_hourly()
        for body, what in ((b"", "JSON"), (b"\xff{", "JSON"), (b"[1]", "object"), ({"a": 1}, "Records"), (records({}), "s3.bucket.name"),
                           (b"[" * 100000, "JSON")):
            problem = self.assert_post(d, body, 422)
            self.assertIn(what, problem["detail"])
        status, headers, problem = post(d, b'{"Records":[' + b" " * (5 << 20) + b"]}")
        self.assertEqual((status, headers["Content-Type"], problem["status"]), (413, "application/problem+json", 413))
        self.assert_post(d, records(*[{}] * 10001), 413)
        self.assertEqual(self.hints(d)["received"], 0)

    def test_S23_bad_token(self):
        folder = self.folder("tw-secret-")
        os.chmod(folder, 0o755)
        secret = os.path.join(folder, "secret")
        with open(secret, "w") as file:
            file.write(SECRET + "\n")
        keys = os.path.join(folder, "keys")
        self.write_keys(keys, self.server.access_key, self.server.secret_key)
        d = self.daemon(config="s3: {acme: {endpoint: \"%s\", credentials: \"file:%s\", hints_secret: \"file:%s\"}}\n" %
                        (self.server.endpoint, keys, secret)).start()
        self.watch(d, prefix="in/", every="1h")
        self.server.put(BUCKET, "in/a", b"1")
        event = records(record(BUCKET, "in/a"))
        for headers in ({}, {"Authorization": "Bearer " + SECRET[:-1]}, {"Authorization": "Bearer " + SECRET + "x"}, {"Authorization": "Bearer"},
                        {"Authorization": SECRET}, {"Authorization": "Basic !!!"}, push.basic("wrong"), push.basic("", name=SECRET)):
            status, answered, problem = post(d, event, headers=headers)
            self.assertEqual(status, 401, headers)
            self.assertIn('Basic realm="tidewheel hints"', answered.get_all("WWW-Authenticate"))
            self.assertIn("hints_secret", problem["detail"])
        self.assertEqual(self.hints(d)["received"], 0)
        self.assertEqual(d.log().count("they are refused"), 1, "told once")
        self.assert_post(d, event, headers={"Authorization": "Bearer " + SECRET})
        d.wait_runs(1)
        self.assert_post(d, event, headers=push.basic(SECRET))
        with open(secret, "w") as file:
            file.write("another-secret-of-some-length")
        self.assert_post(d, event, 401, headers=push.basic(SECRET))
        os.unlink(secret)
        self.assert_post(d, event, 503, headers=push.basic(SECRET))
        self.assertNotIn(SECRET, json.dumps(d.cli("status")))
        d.stop()
        for name in (d.log_path, os.path.join(d.state, "tidewheel.db"), os.path.join(d.state, "tidewheel.db-wal")):
            with open(name, "rb") as file:
                self.assertNotIn(SECRET.encode(), file.read(), name)

    def test_S24_a_silent_webhook_loses_nothing_and_shows(self):
        d = self.connected(self.server).start()
        self.watch(d, prefix="in/", every="1s")
        self.wait_complete(d)
        self.server.put(BUCKET, "in/told", b"0")
        self.assert_post(d, records(record(BUCKET, "in/told")))
        d.wait_runs(1)
        for i in range(10):
            self.server.put(BUCKET, "in/untold%d" % i, b"%d" % i)
        d.wait_runs(11)
        # A hint may come up to two minutes late, so that is how long it takes to call them missed.
        wait_until(lambda: self.hints(d)["misses"] == 10, 180, lambda: self.source(d))
        hints = self.hints(d)
        self.assertGreater(hints["miss_ratio"], 0.9)
        self.assertIn("came without a hint", hints["warning"])
        self.assertIn("came without a hint", self.source(d)["reason"])
        wait_until(lambda: "came without a hint" in d.log(), 30, d.log)
        self.assertRegex(d.cli_raw("status").stdout.decode(), r"1, 10 missed +.*came without a hint")
        self.server.fault("hold", operation="ListObjectsV2")
        wait_until(lambda: self.source(d)["reason"].startswith("listing"), 10, lambda: self.source(d))
        self.assertIn("came without a hint", self.source(d)["reason"], "nor is it forgotten while a listing goes on")
        self.server.clear_faults()

    def test_S25_a_burst_after_the_daemon_was_down(self):
        d = self.listed_hourly()
        d.stop()
        real = {"in/k%06d" % (i * 9973): b"%d" % i for i in range(8)}
        for key, data in list(real.items())[:4]:
            self.server.put(BUCKET, key, data)
        with self.assertRaises(OSError):
            post(d, records(record(BUCKET, "in/k000000")))  # and so its sender queues
        d.start()
        d.wait_watching()
        self.assertEqual(self.source(d)["scans"], 1)
        for key, data in list(real.items())[4:]:  # after the one listing of this hour: only hints tell of these
            self.server.put(BUCKET, key, data)
        before = peak = self.rss(d)
        for first in range(0, 100000, 1000):
            told = self.assert_post(d, records(*[record(BUCKET, "in/k%06d" % i) for i in range(first, first + 1000)]))
            self.assertEqual(told["taken"], 1000)
            peak = max(peak, self.rss(d))
        self.assertEqual(self.hints(d)["received"], 100000)
        d.wait_runs(len(real), 400)
        self.wait_handled(d, 400)
        peak = max(peak, self.rss(d))
        print("S25: RSS %.1f MB before the burst, %.1f MB at most" % (before / 1024, peak / 1024))
        self.assertEqual(self.shas(d), {key: [sha256(data)] for key, data in real.items()})
        self.assertEqual(self.source(d)["scans"], 1)
        self.assertLess(peak - before, 40 * 1024, "100 k hints stay on disk, not in memory")

    def test_S25_more_than_is_kept_becomes_a_listing(self):
        d = self.listed_hourly()
        self.server.put(BUCKET, "in/z", b"1")
        self.server.fault("hold", operation="HeadObject")  # so none is handled
        for first in range(0, 101000, 1000):
            self.assert_post(d, records(*[record(BUCKET, "in/k%06d" % i) for i in range(first, first + 1000)]))
        self.server.clear_faults()
        d.wait_runs(1, 60)
        self.assertEqual(self.source(d)["scans"], 2)
        self.assertIn("more than 100000 hints wait", d.log())
        self.wait_handled(d, 120)
        self.assertEqual(self.shas(d), {"in/z": [sha256(b"1")]})

    def test_stored_hints_outlive_a_kill(self):
        d = self.listed_hourly()
        self.server.put(BUCKET, "in/a", b"1")
        self.server.fault("slow-down", operation="*")
        self.assert_post(d, records(record(BUCKET, "in/a")))
        self.assertEqual(self.hints(d)["waiting"], 1)
        d.kill()
        d.start()
        wait_until(lambda: self.hints(d)["waiting"] == 1, 20, lambda: self.source(d))
        self.server.clear_faults()
        d.wait_runs(1, 120)
        self.wait_handled(d)
        self.assertEqual(self.shas(d), {"in/a": [sha256(b"1")]})

    @staticmethod
    def rss(daemon):
        """kB"""
        with open("/proc/%d/status" % daemon.process.pid) as file:
            return int(next(line for line in file if line.startswith("VmRSS")).split()[1])


class TestRgw(HintsTest):
    """Ceph's gateway itself pushes, over a relay from TCP to the socket."""

    def setUp(self):
        self.server = Rgw().start()
        self.addCleanup(self.server.stop)
        self.server.make_bucket(BUCKET)

    def test_rgw_pushes_and_runs_start_long_before_the_listing(self):
        d = self.connected(self.server).start()
        self.watch(d, prefix="in/", every="1h")
        relay = push.Relay(d.socket)
        self.addCleanup(relay.close)
        self.server.push_to(BUCKET, "http://127.0.0.1:%d/api/v1/hints/s3/acme" % relay.port)
        folder = self.folder("tw-s3-")
        contents = {"a b+c%%2B %d.csv" % i: b"%d" % i for i in range(12)}
        for name, data in contents.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        self.server.rclone("copy", folder, "t:%s/in" % BUCKET)
        d.wait_runs(len(contents), 120)
        self.assertEqual(self.shas(d), {"in/" + name: [sha256(data)] for name, data in contents.items()})
        self.assertEqual(self.source(d)["scans"], 1, "no listing was needed")
        self.wait_handled(d)
        self.server.delete(BUCKET, "in/a b+c%2B 3.csv")
        wait_until(lambda: self.source(d)["missing"] == 1, 30, lambda: self.source(d))


if __name__ == "__main__":
    unittest.main()
