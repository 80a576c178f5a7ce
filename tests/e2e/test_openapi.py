"""/openapi.json against the running daemon: what it says is so, and bad input at every route is refused, never a 500."""

import base64
import http.client
import json
import os
import socket
import time

import jsonschema
from harness import E2ETest

SCRIPT = ["sh", "-c", "echo a line; echo n=3 >> $TIDEWHEEL_OUTPUTS; echo '<p>x' > /out/report.html; echo a,b > /out/t.csv"]
HOSTILE = ["", "%20", "-1", "0", "99999999999999999999", "1e9", "NaN", "%00", "%ff%fe", "..%2f..%2fetc%2fpasswd", "'%20OR%201=1--", "%3Cscript%3E",
           "a" * 4000, "%F0%9F%92%A5", "null", "[]", "{}", "true", "2026-13-99", "state:", "-", "%22", "param.x%3E%3E1", "(", "1.2.3.4"]
BODIES = [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"a":1}', b'{"input":1}', b'{"input":"relative"}', b'{"params":[]}', b'{"token":1}',
          b'{"name":null}', b'{"name":"' + b"x" * 5000 + b'","access":"god"}', b'{"input":"\\ud800"}', b"[" * 5000, b"\xff\xfe", b'{"input":"/etc/passwd"}']


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class OpenApi(E2ETest):
    def setUp(self):
        self.d = self.daemon().start()
        self.d.pipeline("qc", SCRIPT, extra="outputs: {n: {type: int, alert: {above: 2}}}\n", settle="0s")
        self.d.put("a.csv", b"1")
        self.d.wait_runs(1)
        self.doc = json.loads(self.ask("GET", "/openapi.json")[2])

    def ask(self, method, target, body=None, headers=None):
        connection = Unix(self.d.socket)
        try:
            connection.request(method, target, body, headers or ({"Content-Type": "application/json"} if body is not None else {}))
            answer = connection.getresponse()
            endless = answer.headers.get("Content-Type", "").startswith("text/event-stream")
            return answer.status, answer.headers, b"" if endless else answer.read()
        finally:
            connection.close()

    def operations(self):
        for path, methods in self.doc["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation

    def fill(self, path, run="1", name="qc", other="1"):
        values = {"run": run, "name": name, "artifact": "t.csv", "file": name + ".svg", "revision": other, "id": other, "webhook": other,
                  "connection": other}
        for key, value in values.items():
            path = path.replace("{%s}" % key, value)
        return path

    def test_answers_are_what_the_document_says(self):
        checked = 0
        for method, path, operation in self.operations():
            content = operation["responses"].get("200", {}).get("content", {})
            if method != "GET" or not content:
                continue
            target = self.fill(path)
            if path == "/api/v1/why":
                target += "?run=1"
            if path.endswith("/search"):
                target += "?q=line"
            if path.endswith("/artifacts/{artifact}"):
                target += "?download=1"
            status, headers, body = self.ask("GET", target)
            self.assertEqual(status, 200, (target, body))
            media = next(iter(content))
            if not media.startswith("application/octet"):
                self.assertEqual(headers["Content-Type"].split(";")[0], media, target)
            if media == "application/json":
                schema = dict(content[media]["schema"], components=self.doc["components"])
                jsonschema.validate(json.loads(body), schema, format_checker=jsonschema.FormatChecker())
            checked += 1
        self.assertGreater(checked, 25)

    def test_every_error_is_a_problem(self):
        for target in ("/api/v1/runs/999", "/api/v1/pipelines/none", "/api/v1/nothing", "/api/v1/runs?state=odd", "/api/v1/runs?q=stat%3Ax",
                       "/latest/none/x", "/a/x/y/z", "/api/v1/items?before=x"):
            status, headers, body = self.ask("GET", target)
            self.assertGreaterEqual(status, 400, target)
            self.assertEqual(headers["Content-Type"], "application/problem+json", target)
            schema = dict(self.doc["components"]["schemas"]["Problem"])
            jsonschema.validate(json.loads(body), schema)

    def test_bad_input_at_every_route_is_refused_and_nothing_breaks(self):
        before, descriptors = self.d.pss(), self.descriptors()
        for method, path, operation in self.operations():
            if path in ("/api/v1/events", "/api/v1/feed"):  # they wait: with one wrong value each
                self.assertLess(self.ask("GET", path + "?after=x")[0], 500)
                continue
            for text in HOSTILE:
                target = self.fill(path, run=text or "%20", name=text or "%20", other=text or "%20")
                self.refused(method, target)
            for parameter in operation["parameters"]:
                if parameter["in"] != "query" or parameter["name"] == "follow":
                    continue
                for text in HOSTILE:
                    self.refused(method, self.fill(path) + "?%s=%s" % (parameter["name"], text))
            if method != "GET" and not path.endswith(("/retry", "/rerun")):
                for body in BODIES:
                    status = self.ask(method, self.fill(path), body)[0]
                    self.assertLess(status, 500, (method, path, body[:40]))
                self.assertIn(self.ask(method, self.fill(path), b"a=1", {"Content-Type": "application/x-www-form-urlencoded"})[0],
                              (401, 403, 404, 415, 200, 202, 204, 422), path)
        self.assertEqual(self.ask("GET", "/healthz")[0], 200)
        if "TIDEWHEEL_SANITIZED" not in os.environ:  # there the sanitizer itself finds what is not given back
            self.assertLess(self.d.pss() - before, 64 << 20, "memory that is not given back")
        end = time.monotonic() + 20
        while self.descriptors() > descriptors + 5 and time.monotonic() < end:  # the last connections are being closed
            time.sleep(0.1)
        self.assertLessEqual(self.descriptors(), descriptors + 5)
        log = self.d.log()
        self.assertNotIn("a request failed", log)

    def refused(self, method, target):
        status, _, body = self.ask(method, target, b"{}" if method == "POST" else None)
        self.assertLess(status, 500, (method, target[:200], body[:300]))

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.d.process.pid))
