"""Notifications and metrics: a receiver that checks signatures as Standard Webhooks say, kill -9 around deliveries, and promtool as the judge."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import shutil
import subprocess
import threading

import yaml

from harness import CHECKOUT, E2ETest, wait_until

KEY = os.urandom(32)


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what came; `before` may hold a request back or answer something else than 204."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.socket.setblocking(False)  # a connection that went away before accept() must not hold the thread in it
        self.got = []
        self.before = lambda number: 204
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self):
        return "http://127.0.0.1:%d/hook" % self.server_port

    def types(self):
        """Each id once, in the order of their coming."""
        seen = {}
        for request in list(self.got):
            seen.setdefault(request["id"], request["event"]["type"].removeprefix("io.tidewheel."))
        return list(seen.values())


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = b".".join((self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), body))
        expected = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        with self.server.lock:
            self.server.got.append({"id": self.headers["webhook-id"], "event": json.loads(body),
                                    "good": hmac.compare_digest(self.headers["webhook-signature"], expected),
                                    "content_type": self.headers["Content-Type"]})
            number = len(self.server.got)
        try:
            self.send_response(self.server.before(number))
            self.send_header("Content-Length", "0")
            self.end_headers()
        except OSError:
            pass  # the daemon was killed meanwhile

    def log_message(self, *_):
        pass


class Signals(E2ETest):
    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.server_close)
        self.addCleanup(self.receiver.shutdown)
        self.d = self.daemon(config="webhooks: {ops: {url: %s, secret: file:/var/tmp/tw-e2e-unused}}\n" % self.receiver.url())
        secret = os.path.join(self.d.dir, "ops.secret")
        with open(secret, "w") as file:
            file.write("whsec_" + base64.b64encode(KEY).decode() + "\n")
        shutil.chown(secret, self.d.user, self.d.user)
        os.chmod(secret, 0o600)
        with open(self.d.config) as file:
            text = file.read()
        with open(self.d.config, "w") as file:
            file.write(text.replace("/var/tmp/tw-e2e-unused", secret))

    def told_pipeline(self):
        """A file's text is what its run gives as n; `fail` fails."""
        self.d.pipeline("told", ["sh", "-c", "read n < \"$0\"; [ \"$n\" = fail ] && exit 1; echo n=$n >> $TIDEWHEEL_OUTPUTS", "${input.path}"],
                        settle="0s", extra="outputs: {n: {type: int, alert: {above: 50}}}\nretries: {max: 0}\n"
                        "notify: {events: [failed, recovered, alert, overdue], webhook: ops}\nexpect: {at_least_every: 26h}\n")

    def wait_types(self, types):
        wait_until(lambda: self.receiver.types() == types, 30, lambda: "%s\n%s" % (self.receiver.types(), self.d.log()[-2000:]))
        self.assertTrue(all(r["good"] for r in self.receiver.got), "a signature is wrong")
        self.assertEqual({r["content_type"] for r in self.receiver.got}, {"application/cloudevents+json"})

    def metrics(self):
        return subprocess.run(["curl", "-sS", "--fail", "--unix-socket", self.d.socket, "http://localhost/metrics"], check=True, capture_output=True).stdout

    def test_what_happened_arrives_once_through_kill_nine_before_and_after_the_post(self):
        self.d.start()
        self.told_pipeline()
        self.d.put("a", b"1\n")
        self.d.wait_runs(1)
        held = threading.Event()
        self.addCleanup(held.set)
        self.receiver.before = lambda number: held.wait(60) and 204
        self.d.put("b", b"fail\n")
        wait_until(lambda: self.receiver.got, 30, self.d.log)
        self.d.kill()  # the receiver has it, and the daemon has not heard so
        self.receiver.before = lambda number: 503
        held.set()
        self.d.start()
        wait_until(lambda: len(self.receiver.got) >= 2, 30, self.d.log)
        self.d.put("c", b"2\n")
        self.d.wait_runs(3)
        self.d.kill()  # nothing of the recovery has been sent, or it was refused
        self.receiver.before = lambda number: 204
        self.d.start()
        self.wait_types(["run.failed.v1", "pipeline.recovered.v1"])
        self.d.put("d", b"51\n")
        self.wait_types(["run.failed.v1", "pipeline.recovered.v1", "output.alert.v1"])
        self.d.put("e", b"50\n")
        self.wait_types(["run.failed.v1", "pipeline.recovered.v1", "output.alert.v1", "pipeline.recovered.v1"])
        runs = {r["run_no"]: r for r in self.d.runs()}
        failed = self.receiver.got[0]["event"]
        self.assertEqual(failed["data"]["run_id"], runs[failed["data"]["run_no"]]["run_id"])
        self.assertEqual(failed["subject"], "told")
        hook = self.d.cli("webhooks")["webhooks"][0]
        self.assertEqual((hook["waiting"], hook["given_up"]), (0, 0))
        self.assertTrue(self.d.cli("webhooks", "test", "ops")["delivered"])

    def test_metrics_are_what_prometheus_reads(self):
        self.d.start()
        self.told_pipeline()
        self.d.put("a \"quoted\" \\ name", b"51\n")
        self.d.wait_runs(1)
        whole = (b"tidewheel_runs_total{", b"tidewheel_output_alert{", b'operation="remove_container",code="204"')
        # Asked once: what is told may come between two answers. The container goes after the run has ended.
        text = wait_until(lambda: (lambda said: said if all(line in said for line in whole) else None)(self.metrics()), 20,
                          "the run and its requests are not counted")
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, b""))
        values = dict(line.rsplit(" ", 1) for line in text.decode().splitlines() if not line.startswith("#"))
        self.assertEqual(values['tidewheel_runs_total{pipeline="told",state="succeeded"}'], "1")
        self.assertEqual(values['tidewheel_output_alert{pipeline="told",output="n",bound="above"}'], "1")
        self.assertEqual(values['tidewheel_pipeline_overdue{pipeline="told"}'], "0")
        for stage in ("settling", "queued", "pulling", "starting", "running", "collecting"):
            self.assertEqual(values['tidewheel_run_stage_seconds_count{pipeline="told",stage="%s"}' % stage], "1")
        stages = {r["stage"]: r["duration_s"] for r in self.d.sql("SELECT stage, duration_s FROM v1_stages")}
        self.assertAlmostEqual(float(values['tidewheel_run_stage_seconds_sum{pipeline="told",stage="running"}']), stages["running"], 3)
        for operation, code in (("create_container", 201), ("start_container", 204), ("wait_for_container", 200), ("remove_container", 204)):
            self.assertEqual(values['tidewheel_docker_requests_total{operation="%s",code="%d"}' % (operation, code)], "1")
            self.assertEqual(values['tidewheel_docker_request_duration_seconds_count{operation="%s"}' % operation], "1")
        self.assertGreater(float(values['tidewheel_docker_request_duration_seconds_sum{operation="start_container"}']), 0.005)
        events = 'tidewheel_events_total{source="%s",decision="%%s"}' % self.d.data
        self.assertEqual((values[events % "run"], values[events % "same_content"], values[events % "removed"]), ("1", "0", "0"))
        self.assertGreater(float(values["process_resident_memory_bytes"]), 1 << 20)
        ready = subprocess.run(["curl", "-sS", "--fail", "--unix-socket", self.d.socket, "http://localhost/readyz?verbose"], check=True, capture_output=True)
        self.assertIn(b"[+] engine ok", ready.stdout)

    def asked(self):
        """Every PromQL expression of the board and of the alert rules, with what Grafana puts in."""
        with open(os.path.join(CHECKOUT, "config", "grafana", "tidewheel.json"), encoding="utf-8") as file:
            board = json.load(file)
        with open(os.path.join(CHECKOUT, "config", "prometheus", "tidewheel.rules.yml"), encoding="utf-8") as file:
            rules = yaml.safe_load(file)
        asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        lists = [variable["query"] for variable in board["templating"]["list"]]
        asked += [query[len("label_values("):].rsplit(",", 1)[0] for query in lists if query.startswith("label_values(")]
        asked += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
        self.assertGreater(len(asked), 30)
        return [expr.replace("$__rate_interval", "5m").replace("$instance", ".*").replace("$pipeline", ".*") for expr in asked]

    def parses(self, expressions):
        path = os.path.join(self.d.dir, "asked.rules.yml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"groups": [{"name": "asked", "rules": [{"record": "a:%d" % i, "expr": e} for i, e in enumerate(expressions)]}]}, file)
        return subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True)

    def test_the_board_and_the_alert_rules_ask_for_what_there_is(self):
        asked = self.asked()
        self.assertEqual(self.parses(asked).returncode, 0, self.parses(asked).stderr)
        self.assertNotEqual(self.parses(asked + ["sum by (x) (tidewheel_runs_total{)"]).returncode, 0)
        self.d.start()
        self.told_pipeline()
        self.d.put("a", b"51\n")
        self.d.wait_runs(1)
        wait_until(lambda: b"tidewheel_runs_total{" in self.metrics(), 10, "the run is not counted")
        text = self.metrics().decode()
        known = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")} | {"up"}
        labels = {}  # metric -> labels of its samples; one that has none now may have any
        for name, inside in re.findall(r"^(\w+)(?:\{(.*)\})? ", text, re.M):
            labels.setdefault(name, {"instance", "job"}).update(re.findall(r"(\w+)=\"", inside))
        for expr in asked:
            names = re.findall(r"\b(?:tidewheel|process)_\w+|\bup\b", re.sub(r"\"[^\"]*\"", "", expr))
            self.assertTrue(names, expr)
            for name in names:
                self.assertIn(re.sub("_(bucket|sum|count)$", "", name), known, expr)
            for name, matchers in re.findall(r"\b((?:tidewheel|process)_\w+)\{([^}]*)\}", expr):
                used = set(re.findall(r"(\w+)(?:=|!=|=~|!~)\"", matchers))
                self.assertLessEqual(used, labels.get(name, used), expr)
