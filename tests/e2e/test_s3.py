"""Buckets as sources, from the outside: objects put by s3cmd and rclone, hashes told by the scripts themselves. The names
S01 ... S31 are those of the list of S3 cases; what a bucket can do to a pass page by page is in tests/unit/watch."""

import json
import os
import shutil
import signal
import tempfile
import time
import unittest
import urllib.parse

import botocore.config
import botocore.session

from harness import E2ETest, sha256, wait_until
from s3 import FaultServer, Rgw
from scripts import HASH, SHA_OUTPUT

BUCKET = "lab-data"
KEYS = ["a b.csv", "a+b.csv", "a%2Bb.csv", "a=b&c?d#e.csv", "dir/below/x.csv", "a//b.csv", "/lead.csv", "./dot/../x.csv",
        "../up.csv", "new\nline.csv", "\u00e9.csv", "e\u0301.csv", "\U0010ffff.csv", "&lt;.csv", "'\"$`\\.csv",
        "/".join(["x" * 255, "y" * 255, "z" * 255, "w" * 252 + ".csv"])]  # 1,024 bytes


class S3Test(E2ETest):
    """One daemon with a connection `acme` to the server."""

    server = None

    def connected(self, server, config="", connection="", **options):
        """`connection`: more of its keys; `config`: more of the daemon's."""
        keys = os.path.join(self.folder("tw-keys-"), "keys")
        self.write_keys(keys, server.access_key, server.secret_key)
        daemon = self.daemon(config="s3: {acme: {endpoint: \"%s\", credentials: \"file:%s\"%s}}\n" %
                             (server.endpoint, keys, ", " + connection if connection else "") + config,
                             **options)
        daemon.keys = keys
        return daemon

    def folder(self, prefix):
        path = tempfile.mkdtemp(prefix=prefix, dir="/var/tmp")
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        return path

    @staticmethod
    def write_keys(path, access_key, secret_key):
        os.chmod(os.path.dirname(path), 0o755)
        with open(path + ".new", "w") as file:
            file.write("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (access_key, secret_key))
        os.chmod(path + ".new", 0o644)
        os.rename(path + ".new", path)

    @staticmethod
    def watch(daemon, name="hash", prefix="", bucket=BUCKET, every="1s", existing="skip", more="", command=HASH, wait=True):
        daemon.write_pipeline(name, "version: 1\nname: %s\nimage: local/busybox:1\nwatch:\n  s3: \"s3://%s/%s\"\n  every: %s\n"
                              "  existing: %s\n%scommand: %s\n%s" %
                              (name, bucket, prefix, every, existing, more, json.dumps(command), SHA_OUTPUT))
        if wait:
            daemon.wait_watching()

    @staticmethod
    def source(daemon):
        return daemon.cli("status")["sources"][0]

    def wait_complete(self, daemon, seconds=30):
        """Until a pass that began from now on is complete: what was there before is known then."""
        passes = self.source(daemon)["scans"]
        wait_until(lambda: self.source(daemon)["scans"] >= passes + 2, seconds, lambda: self.source(daemon))

    def shas(self, daemon):
        """Key -> the hashes that its succeeded runs told, in order."""
        told = {}
        for row in daemon.sql("SELECT i.key_raw, o.value FROM v1_inputs i JOIN v1_outputs o USING(run_no)"
                              " WHERE o.name = 'sha' ORDER BY run_no"):
            told.setdefault(row["key_raw"].decode(), []).append(row["value"])
        return told


class OnBothServers:
    """Cases that can arise on any S3 server."""

    def test_rclone_copy_overwrite_rewrite_and_delete(self):
        count = 2000 if os.environ.get("TIDEWHEEL_LONG") else 200
        d = self.connected(self.server, runs=4).start()
        self.watch(d, more="  files: \"**/*.csv\"\n", prefix="in/")
        folder = self.folder("tw-s3-")
        contents = {"d%d/f%03d.csv" % (i % 7, i): b"%d," % i * (i % 50 + 1) for i in range(count)}
        for key, data in contents.items():
            os.makedirs(os.path.join(folder, os.path.dirname(key)), exist_ok=True)
            with open(os.path.join(folder, key), "wb") as file:
                file.write(data)
        self.server.rclone("copy", folder, "t:%s/in" % BUCKET)
        d.wait_runs(count, 300 + count)
        self.assertEqual(self.shas(d), {"in/" + key: [sha256(data)] for key, data in contents.items()})
        # What the daemon says it gave is what the scripts say they got.
        self.assertEqual({r["key"]: [r["sha256"]] for r in d.sql("SELECT key, sha256 FROM v1_inputs")}, self.shas(d))

        self.server.put(BUCKET, "in/d1/f001.csv", b"other")
        self.server.put(BUCKET, "in/d2/f002.csv", contents["d2/f002.csv"])
        self.server.put(BUCKET, "in/d3/ignored.txt", b"not wanted")
        self.server.delete(BUCKET, "in/d3/f003.csv")
        d.wait_runs(count + 1, 60)
        wait_until(lambda: d.sql("SELECT 1 FROM v1_changes WHERE change = 'removed'"), 30, d.log)
        self.wait_complete(d)
        self.assertEqual([r["key"] for r in d.sql("SELECT key FROM v1_changes WHERE change = 'removed'")], ["in/d3/f003.csv"])
        self.assertEqual(len(d.runs()), count + 1, "the identical rewrite made no run")
        self.assertEqual(self.shas(d)["in/d1/f001.csv"], [sha256(contents["d1/f001.csv"]), sha256(b"other")])
        self.assertEqual([r["reason"] for r in d.sql("SELECT reason FROM v1_items WHERE key = 'in/d2/f002.csv'")],
                         ["same_content"])
        why = d.cli_raw("why", "s3://%s/in/d2/f002.csv" % BUCKET).stdout.decode()
        self.assertIn("same content", why)
        d.wait_clean()

    def test_S14_hostile_keys(self):
        d = self.connected(self.server).start()
        self.watch(d)
        for number, key in enumerate(KEYS):
            self.server.put(BUCKET, key, b"%d" % number)
        d.wait_runs(len(KEYS), 120)
        self.assertEqual(self.shas(d), {key: [sha256(b"%d" % number)] for number, key in enumerate(KEYS)})
        for row in d.sql("SELECT uri, key_raw FROM v1_inputs"):
            self.assertEqual(urllib.parse.unquote(row["uri"]),
                             "s3://%s/%s" % (BUCKET, row["key_raw"].decode()))

    def test_S29_only_what_a_glob_can_match_is_listed(self):
        folder = self.folder("tw-s3-")
        for place in ("a", "b", "\u00fc"):
            for year in range(2020, 2028):
                os.makedirs(os.path.join(folder, place, str(year)))
                for number in range(2):
                    with open(os.path.join(folder, place, str(year), "%d.csv" % number), "w") as file:
                        file.write("%s %d %d" % (place, year, number))
        self.server.rclone("copy", folder, "t:%s/data" % BUCKET)
        d = self.connected(self.server).start()
        self.watch(d, more="  files: \"data/*/2026/*.csv\"\n", existing="run")
        d.wait_runs(6)
        self.server.put(BUCKET, "data/b/2026/new.csv", b"new")
        self.server.delete(BUCKET, "data/a/2026/0.csv")
        d.wait_runs(7)
        wait_until(lambda: d.sql("SELECT 1 FROM v1_changes WHERE change = 'removed'"), 30, d.log)
        self.wait_complete(d)
        self.assertEqual(sorted(self.shas(d)), ["data/a/2026/0.csv", "data/a/2026/1.csv", "data/b/2026/0.csv", "data/b/2026/1.csv",
                                                "data/b/2026/new.csv", "data/\u00fc/2026/0.csv", "data/\u00fc/2026/1.csv"])
        self.assertEqual([r["key"] for r in d.sql("SELECT key FROM v1_changes WHERE change = 'removed'")], ["data/a/2026/0.csv"])

    def test_S05_the_end_of_growing_keys_is_seen_long_before_the_next_full_listing(self):
        for day in range(10, 20):
            self.server.put(BUCKET, "2026-11-%d.csv" % day, b"%d" % day)
        d = self.connected(self.server).start()
        self.watch(d, more="  order: append\n  full_every: 6h\n", existing="run")
        d.wait_runs(10)
        passes = self.source(d)["scans"]
        self.server.put(BUCKET, "2026-11-20.csv", b"20")
        self.server.put(BUCKET, "2026-11-12-late.csv", b"late")  # among the last 2000 known keys
        d.wait_runs(12)
        self.assertEqual(self.source(d)["scans"], passes, "no full listing was needed")
        self.assertEqual(self.shas(d)["2026-11-20.csv"], [sha256(b"20")])

    def test_S26_nested_prefixes_and_two_buckets_do_not_mix(self):
        self.server.make_bucket("other")
        self.addCleanup(self.server.s3cmd, "rb", "--force", "--recursive", "s3://other", check=False)
        d = self.connected(self.server).start()
        self.watch(d, name="outer", prefix="a/")
        self.watch(d, name="inner", prefix="a/b/")
        self.watch(d, name="other", bucket="other", prefix="a/")
        self.server.put(BUCKET, "a/b/k", b"both")
        self.server.put(BUCKET, "a/k", b"outer")
        self.server.put("other", "a/b/k", b"elsewhere")
        d.wait_runs(4)
        told = {(r["pipeline"], r["uri"], r["value"]) for r in d.sql(
            "SELECT r.pipeline, i.uri, o.value FROM v1_runs r JOIN v1_inputs i USING(run_no) JOIN v1_outputs o USING(run_no)"
            " WHERE o.name = 'sha'")}
        self.assertEqual(told, {("outer", "s3://%s/a/b/k" % BUCKET, sha256(b"both")), ("inner", "s3://%s/a/b/k" % BUCKET, sha256(b"both")),
                                ("outer", "s3://%s/a/k" % BUCKET, sha256(b"outer")), ("other", "s3://other/a/b/k", sha256(b"elsewhere"))})

    def test_S30_keys_that_leave_the_scope_are_not_removed(self):
        d = self.connected(self.server).start()
        self.watch(d, prefix="in/")
        for key in ("in/x", "in/sub/y"):
            self.server.put(BUCKET, key, b"data " + key.encode())
        d.wait_runs(2)
        self.watch(d, prefix="in/sub/", wait=False)
        wait_until(lambda: [s["uri"] for s in d.cli("status")["sources"]] == ["s3://%s/in/sub/" % BUCKET], 30, lambda: d.cli("status"))
        d.wait_watching()
        for _ in range(2):
            self.wait_complete(d)
        self.server.put(BUCKET, "in/sub/z", b"new")
        d.wait_runs(3)
        self.assertEqual(d.sql("SELECT key FROM v1_changes WHERE change = 'removed'"), [])
        self.assertEqual(len(d.runs()), 3, "nothing ran twice")

    def test_S15_S16_keys_in_byte_order_and_folder_markers(self):
        keys = ["a", "a!", "a/b", "\ue000", "\U00010000"]  # in UTF-16 the last two would change places
        for key in keys:
            self.server.put(BUCKET, key, key.encode())
        for marker in ("a/", "empty/"):
            self.server.folder_marker(BUCKET, marker)
        d = self.connected(self.server).start()
        self.watch(d, existing="run")
        d.wait_runs(len(keys))
        self.wait_complete(d)
        self.assertEqual(self.shas(d), {key: [sha256(key.encode())] for key in keys})
        source = self.source(d)
        self.assertEqual((source["state"], source["items"], source["missing"]), ("watching", len(keys), 0))

    def test_run_and_why_by_hand(self):
        self.server.put(BUCKET, "in/a b.csv", b"old")
        second = int(time.time())  # LastModified has whole seconds: what comes in the pipeline's own second is new
        wait_until(lambda: int(time.time()) > second, 5, "the clock stands still")
        d = self.connected(self.server).start()
        self.watch(d, prefix="in/")
        self.wait_complete(d)
        self.assertEqual(d.runs(), [])
        self.assertIn("existing", d.cli_raw("why", "s3://%s/in/a b.csv" % BUCKET).stdout.decode())
        d.cli("run", "hash", "--input", "s3://%s/in/a b.csv" % BUCKET)
        d.wait_runs(1)
        d.cli("run", "hash", "--input", "s3://%s/in/a%%20b.csv" % BUCKET)  # as we show it
        d.wait_runs(2)
        self.assertEqual(self.shas(d), {"in/a b.csv": [sha256(b"old")] * 2})
        missing = d.cli_raw("run", "hash", "--input", "s3://%s/in/none" % BUCKET)
        self.assertNotEqual(missing.returncode, 0)
        outside = d.cli_raw("run", "hash", "--input", "s3://%s/out/a" % BUCKET)
        self.assertIn(b"it watches s3://%s/in/" % BUCKET.encode(), outside.stderr)
        self.assertIn("no object", d.cli_raw("why", "s3://%s/in/none" % BUCKET).stdout.decode())

    def test_S18_wrong_credentials_and_a_missing_bucket_say_what_to_do(self):
        d = self.connected(self.server).start()
        self.write_keys(d.keys, "NOBODY", "nothing")
        self.watch(d, wait=False)
        state = wait_until(lambda: (lambda s: s if s and s[0]["state"] == "offline" else None)(d.cli("status")["sources"]), 30, d.log)
        self.assertRegex(state[0]["reason"].lower(), "credential|key")
        self.assertNotIn("nothing", d.log())
        self.write_keys(d.keys, self.server.access_key, self.server.secret_key)
        self.server.put(BUCKET, "late.csv", b"late")
        d.kill()  # a new life reads the file at once
        d.start()
        d.wait_runs(1)
        self.watch(d, name="other", bucket="no-such-bucket-here", wait=False)
        reason = wait_until(lambda: [s["reason"] for s in d.cli("status")["sources"] if s["state"] == "offline"], 30, d.log)[0]
        self.assertIn("bucket", reason)

    def test_S06_killed_in_mid_pass_and_mid_download(self):
        d = self.connected(self.server, runs=2).start()
        self.watch(d, existing="run")
        big = os.urandom(3 << 20)
        for i in range(30):
            self.server.put(BUCKET, "k%02d" % i, big + b"%d" % i)
            if i % 6 == 5:
                d.process.send_signal(signal.SIGKILL)
                d.process.wait()
                d.start()
        d.wait_runs(30, 180)
        self.assertEqual(self.shas(d), {"k%02d" % i: [sha256(big + b"%d" % i)] for i in range(30)})
        d.wait_clean()


class TestFaultServer(S3Test, OnBothServers):
    def setUp(self):
        self.server = FaultServer("--check-access", "--make-bucket", BUCKET).start()
        self.addCleanup(self.server.stop)

    def test_the_server_is_away_for_a_while(self):
        d = self.connected(self.server).start()
        self.watch(d)
        self.server.put(BUCKET, "before.csv", b"1")
        d.wait_runs(1)
        # Its objects live in memory: it does not answer, but it stays.
        self.server.fault("hold", operation="*")
        wait_until(lambda: "has not answered for" in self.source(d)["reason"], 60, lambda: self.source(d))
        self.assertEqual(self.source(d)["state"], "degraded")
        self.server.clear_faults()
        self.server.put(BUCKET, "after.csv", b"2")
        d.wait_runs(2, 120)
        d.wait_watching(30)
        self.assertEqual(d.sql("SELECT 1 FROM v1_changes WHERE change = 'removed'"), [])

    def test_S09_S11_a_listing_that_lies_removes_nothing(self):
        d = self.connected(self.server).start()
        for i in range(20):
            self.server.put(BUCKET, "k%02d" % i, b"%d" % i)
        self.watch(d, existing="run")
        d.wait_runs(20, 120)
        for fault in ("lost-keys", "truncated-xml", "wrong-bucket", "unsorted", "duplicate-key", "v1-answer", "html-504"):
            self.server.reset()
            self.server.fault(fault, operation="ListObjectsV2", count=3)
            wait_until(lambda: self.server.requests()["counts"].get("ListObjectsV2", 0) > 3, 60, lambda: self.source(d))
            self.server.clear_faults()
            d.wait_watching(60)
        self.assertEqual(d.sql("SELECT * FROM v1_changes WHERE change <> 'created'"), [])
        self.assertEqual(len(d.runs()), 20)

    def test_S10_a_phantom_makes_no_container(self):
        d = self.connected(self.server).start()
        self.watch(d)
        self.server.fault("phantom-key", text="phantom.csv")
        runs = d.wait_runs(1, 60)
        self.assertEqual((runs[0]["state"], runs[0]["reason"]), ("skipped", "input_gone"))
        self.assertEqual(d.sql("SELECT * FROM v1_attempts"), [])

    def test_a_download_that_breaks_is_taken_up_where_it_broke(self):
        d = self.connected(self.server).start()
        self.watch(d)
        data = os.urandom(4 << 20)
        self.server.fault("reset-in-body", operation="GetObject", count=3)
        self.server.put(BUCKET, "big.csv", data)
        d.wait_runs(1, 120)
        self.assertEqual(self.shas(d), {"big.csv": [sha256(data)]})

    def test_changed_between_listing_and_download_runs_once_on_the_new_version(self):
        d = self.connected(self.server, runs=1).start()
        self.watch(d, every="10m", command=HASH)
        self.server.fault("hold", operation="GetObject")
        self.server.put(BUCKET, "a.csv", b"first")
        d.stop()
        d.start()  # lists at once
        wait_until(lambda: self.server.requests()["counts"].get("GetObject", 0) > 0, 30, d.log)
        self.server.put(BUCKET, "a.csv", b"second")
        self.server.clear_faults()
        wait_until(lambda: d.runs("state = 'succeeded'"), 60, d.log)
        self.assertEqual(self.shas(d)["a.csv"][-1], sha256(b"second"))
        self.assertEqual({r["state"] for r in d.runs()} - {"succeeded", "outdated"}, set())


@unittest.skipUnless(os.environ.get("TIDEWHEEL_RGW", "1") == "1", "without Ceph")
class OnRgw:
    """A bucket on the gateway that the tests of this process share."""

    def setUp(self):
        self.server = Rgw.shared()
        self.server.make_bucket(BUCKET)
        self.addCleanup(self.server.drop_bucket, BUCKET)


class TestRgw(OnRgw, S3Test, OnBothServers):
    def test_the_gateway_is_away_for_a_while(self):
        d = self.connected(self.server).start()
        self.watch(d)
        self.server.put(BUCKET, "before.csv", b"1")
        d.wait_runs(1)
        self.server.halt()
        wait_until(lambda: self.source(d)["state"] == "offline", 120, lambda: self.source(d))
        self.server.resume()
        self.server.put(BUCKET, "after.csv", b"2")
        d.wait_runs(2, 120)
        d.wait_watching(30)
        self.assertEqual(d.sql("SELECT 1 FROM v1_changes WHERE change = 'removed'"), [])

    def test_S02_a_multipart_upload_that_began_long_before_is_found(self):
        d = self.connected(self.server).start()
        self.watch(d)
        os.environ["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_required"  # newer ones send what this gateway does not know
        self.addCleanup(os.environ.pop, "AWS_REQUEST_CHECKSUM_CALCULATION")
        client = botocore.session.get_session().create_client(
            "s3", endpoint_url=self.server.endpoint, region_name=self.server.region,
            aws_access_key_id=self.server.access_key, aws_secret_access_key=self.server.secret_key,
            config=botocore.config.Config(s3={"addressing_style": "path"}))
        object_ = {"Bucket": BUCKET, "Key": "late.csv"}
        parts = [os.urandom(5 << 20), b"the end"]
        upload = client.create_multipart_upload(**object_)["UploadId"]
        tags = [client.upload_part(Body=part, PartNumber=n + 1, UploadId=upload, **object_)["ETag"] for n, part in enumerate(parts)]
        passes = self.source(d)["scans"]
        wait_until(lambda: self.source(d)["scans"] >= passes + 3, 60, lambda: self.source(d))
        self.assertEqual(d.runs(), [], "what is not complete is not there")
        client.complete_multipart_upload(UploadId=upload, MultipartUpload={
            "Parts": [{"PartNumber": n + 1, "ETag": tag} for n, tag in enumerate(tags)]}, **object_)
        d.wait_runs(1, 60)
        self.assertEqual(self.shas(d), {"late.csv": [sha256(b"".join(parts))]})

    def test_S17_versions_are_recorded_and_a_delete_marker_is_a_removal(self):
        self.server.versioning(BUCKET)
        d = self.connected(self.server).start()
        self.watch(d)
        self.server.put(BUCKET, "a.csv", b"1")
        d.wait_runs(1)
        version = d.sql("SELECT version FROM v1_inputs")[0]["version"]
        self.assertNotIn(version, (sha256(b"1"), ""))
        self.assertNotRegex(version, "^[0-9a-f]{32}$")  # no ETag
        self.server.delete(BUCKET, "a.csv")
        wait_until(lambda: d.sql("SELECT 1 FROM v1_changes WHERE change = 'removed'"), 30, d.log)
        self.server.put(BUCKET, "a.csv", b"1")
        d.wait_runs(2)


if __name__ == "__main__":
    unittest.main()
