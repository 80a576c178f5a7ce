"""Runs that get a presigned URL of their object, and no copy: what it gives, for which version, for how long, and that nobody else
sees it."""

import contextlib
import glob
import http.server
import json
import os
import sqlite3
import threading
import time
import unittest
import unittest.mock

from harness import docker, sha256, wait_until
from s3 import FaultServer
from test_s3 import BUCKET, OnRgw
from test_s3_inputs import OPEN, InputsTest, waiting

BY_URL = "  fetch: false\nnetwork_mode: host\n"  # the servers listen on the loopback of the host
# Prints the SHA-256 of what the URL gives. The test's own wget takes it as an argument; docs/pipelines.md says how to avoid that.
URL_HASH = ["sh", "-c", '[ "$1" = "$TIDEWHEEL_INPUT_URL_FILE" ] && [ -z "$TIDEWHEEL_INPUT" ] || exit 9; '
            'wget -q -O /tmp/object "$(cat "$1")" || exit 8; '
            'set -- $(sha256sum < /tmp/object); echo "sha256 $1"; echo "sha=$1" >> $TIDEWHEEL_OUTPUTS', "sh", "${input.url_file}"]



@contextlib.contextmanager
def credential_endpoint(life):
    """What a container's agent does: session credentials that live for so many seconds."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + life))
            body = json.dumps({"AccessKeyId": FaultServer.access_key, "SecretAccessKey": "SECRET", "Token": "TOKEN", "Expiration": ends})
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket.setblocking(False)  # as in test_signals
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield "http://127.0.0.1:%d/" % server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class UrlTest(InputsTest):
    def by_url(self, daemon, command=None, **options):
        go = self.folder("tw-go-")
        os.chmod(go, 0o755)
        self.watch(daemon, command=command or URL_HASH, more=BY_URL + "timeout: 5m\nvolumes: [\"%s:/go\"]\n" % go, **options)
        return os.path.join(go, "go")


class OnBothServers:
    """Cases that can arise on any S3 server."""

    def test_a_url_gives_the_object_and_no_copy_is_made(self):
        d = self.connected(self.server, config=OPEN).start()
        self.by_url(d)
        data = os.urandom(300_000)
        self.server.put(BUCKET, "in/a b+\u00e9.bin", data)
        run = d.wait_runs(1)[0]
        self.assertEqual((run["state"], run["input_drifted"]), ("succeeded", 0), d.log())
        self.assertEqual(self.shas(d), {"in/a b+\u00e9.bin": [sha256(data)]})
        self.assertEqual([(r["sha256"], r["size"]) for r in d.sql("SELECT * FROM v1_inputs")], [(None, len(data))])
        d.wait_clean()
        wait_until(lambda: os.listdir(self.stage_folder(d)) == [], 30, lambda: os.listdir(self.stage_folder(d)))
        # The same bytes again are the same content, by ETag and size; others are not.
        self.server.put(BUCKET, "in/a b+\u00e9.bin", data)
        self.wait_complete(d)
        self.server.put(BUCKET, "in/a b+\u00e9.bin", data + b"more")
        d.wait_runs(2)
        self.assertEqual(self.shas(d), {"in/a b+\u00e9.bin": [sha256(data), sha256(data + b"more")]})

    def test_an_object_that_changes_under_its_url_is_told(self):
        d = self.connected(self.server, config=OPEN).start()
        go = self.by_url(d, waiting(URL_HASH))
        self.server.put(BUCKET, "a.csv", b"first")
        self.wait_running(d)
        self.server.put(BUCKET, "a.csv", b"second")
        with open(go, "wb"):
            pass
        runs = d.wait_runs(2)
        self.assertEqual([(r["state"], r["input_drifted"]) for r in runs], [("succeeded", 1), ("succeeded", 0)], d.log())
        self.assertEqual(self.shas(d), {"a.csv": [sha256(b"second")] * 2})

    def test_a_version_stays_what_it_is_under_its_url(self):
        bucket = "lab-versions"
        self.server.make_bucket(bucket)
        self.server.versioning(bucket)
        d = self.connected(self.server, config=OPEN).start()
        go = self.by_url(d, waiting(URL_HASH), bucket=bucket)
        self.server.put(bucket, "a.csv", b"first")
        self.wait_running(d)
        self.server.put(bucket, "a.csv", b"second")
        wait_until(lambda: len(d.runs()) == 2, 30, d.log)
        with open(go, "wb"):
            pass
        runs = d.wait_runs(2)
        self.assertEqual([(r["state"], r["input_drifted"]) for r in runs], [("succeeded", 0), ("succeeded", 0)])
        self.assertEqual(self.shas(d), {"a.csv": [sha256(b"first"), sha256(b"second")]})

    def test_the_signature_is_nowhere_but_in_its_file(self):
        d = self.connected(self.server, config=OPEN + "log: {level: trace}\n").start()
        go = self.by_url(d, waiting(URL_HASH))
        self.server.put(BUCKET, "a.csv", b"data")
        self.wait_running(d)
        files = glob.glob(os.path.join(self.stage_folder(d), "*", "input-url"))
        self.assertEqual(len(files), 1)
        with open(files[0]) as file:
            url = file.read()
        self.assertRegex(url, r"^http://.*X-Amz-Signature=[0-9a-f]{64}")
        signature = url.split("X-Amz-Signature=")[1][:64].encode()
        self.assertEqual(os.stat(files[0]).st_mode & 0o777, 0o444)
        self.assertEqual(os.stat(self.stage_folder(d)).st_mode & 0o777, 0o700)
        seen = {}
        for what in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
            try:
                with open(what, "rb") as file:
                    seen[what] = file.read()
            except OSError:
                continue  # it ended meanwhile
        self.assertIn("/proc/%d/cmdline" % d.process.pid, seen)
        seen["inspect"] = docker("inspect", d.containers()[0]).encode()
        self.assertIn(b"input-url", seen["inspect"])
        self.answers(d, seen, "while it runs, ")
        with open(go, "wb"):
            pass
        self.assertEqual(d.wait_runs(1)[0]["state"], "succeeded")
        self.answers(d, seen, "after it, ")
        d.wait_clean()
        d.stop()
        # All that is kept, the database's own files first: each as it lies there, and after its WAL was read back.
        for folder, _, names in os.walk(d.dir):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    seen[os.path.join(folder, name)] = file.read()
        self.assertIn(d.log_path, seen)
        with sqlite3.connect(os.path.join(d.state, "tidewheel.db")) as connection:
            seen["dump"] = "\n".join(connection.iterdump()).encode()
        connection.close()
        self.assertIn(b"a.csv", seen["dump"])
        self.assertEqual([what for what, text in seen.items() if signature in text], [])

    def answers(self, daemon, seen, when):
        for words in (["show", "1"], ["logs", "1"], ["why", "1"], ["status"], ["pipelines"], ["runs"], ["results", "hash"],
                      ["why", "s3://%s/a.csv" % BUCKET]):
            for form in ([], ["--json"]):
                done = daemon.cli_raw(*form, *words)
                seen[when + " ".join(form + words)] = done.stdout + done.stderr


class TestFaultServer(UrlTest, OnBothServers):
    def setUp(self):
        self.server = FaultServer("--check-access", "--make-bucket", BUCKET).start()
        self.addCleanup(lambda: self.server.stop())

    def test_an_object_that_changed_before_the_start_gives_no_url(self):
        d = self.connected(self.server, config=OPEN).start()
        self.by_url(d, every="10m")
        self.server.fault("hold", operation="HeadObject")
        self.server.put(BUCKET, "a.csv", b"first")
        d.stop()
        d.start()  # lists at once
        wait_until(lambda: d.runs("state = 'pulling'"), 30, d.log)
        self.server.put(BUCKET, "a.csv", b"second")
        self.server.clear_faults()
        wait_until(lambda: d.runs("state = 'succeeded'"), 60, d.log)
        self.assertEqual(self.shas(d), {"a.csv": [sha256(b"second")]})
        self.assertEqual([r["state"] for r in d.runs()], ["outdated", "succeeded"])

    def test_credentials_that_end_before_the_timeout_are_told(self):
        """As those of an instance's role do; a run that fails after that says it."""
        self.server.stop()
        self.server = FaultServer("--make-bucket", BUCKET).start()  # it takes the token as it comes
        with credential_endpoint(life=8) as address:
            d = self.daemon(config="s3: {acme: {endpoint: \"%s\"}}\n" % self.server.endpoint + OPEN)
            for name, value in {"AWS_CONTAINER_CREDENTIALS_FULL_URI": address, "HOME": d.dir}.items():
                patched = unittest.mock.patch.dict(os.environ, {name: value})
                patched.start()
                self.addCleanup(patched.stop)
            d.start()
            go = self.by_url(d, waiting(["sh", "-c", "exit 3", "sh", "${input.url_file}"]))
            self.server.put(BUCKET, "a.csv", b"data")
            self.wait_running(d)
            end = time.time() + 8
            self.assertIn("the URL of its input is good until", d.log())
            with open(glob.glob(os.path.join(self.stage_folder(d), "*", "input-url"))[0]) as file:
                self.assertRegex(file.read(), "X-Amz-Expires=[1-8]&.*X-Amz-Security-Token=TOKEN")
            wait_until(lambda: time.time() > end, 20, "the clock stands still")
            with open(go, "wb"):
                pass
            run = d.wait_runs(1)[0]
            self.assertEqual(run["state"], "failed")
            self.assertIn("the URL of its input was good until", run["detail"])
            self.assertNotIn("TOKEN", d.log())

    def test_a_phantom_gets_no_url(self):
        d = self.connected(self.server, config=OPEN).start()
        self.by_url(d)
        self.server.fault("phantom-key", text="phantom.csv")
        runs = d.wait_runs(1, 60)
        self.assertEqual((runs[0]["state"], runs[0]["reason"]), ("skipped", "input_gone"))
        self.assertEqual(d.sql("SELECT * FROM v1_attempts"), [])


class TestRgw(OnRgw, UrlTest, OnBothServers):
    pass


if __name__ == "__main__":
    unittest.main()
