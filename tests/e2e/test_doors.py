"""The API over TCP as programs and browsers use it: tokens by the command line, TLS, and a crowd that is rude."""

import contextlib
import http.client
import json
import os
import re
import resource
import select
import signal
import socket
import subprocess
import time

from harness import E2ETest, wait_until

HALF_OPEN, STREAMS, ASKED = 200, 1000, 200


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def curl(*args):
    """Status and body."""
    done = subprocess.run(("curl", "-sS", "-m", "20", "-w", "\n%{http_code}") + args, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode != 0:
        return done.returncode, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


class Tokens(E2ETest):
    def setUp(self):
        self.port = free_port()
        self.base = "http://127.0.0.1:%d" % self.port
        self.d = self.daemon(api="listen: 127.0.0.1:%d" % self.port).start()

    def me(self, token):
        return curl("-H", "Authorization: Bearer " + token, self.base + "/api/v1/me")

    def test_a_token_opens_the_api_until_it_is_revoked(self):
        self.assertEqual(curl(self.base + "/api/v1/me")[0], 401)
        made = self.d.cli("token", "create", "ci", "--access", "operate", "--expires", "12h")
        status, body = self.me(made["token"])
        self.assertEqual(status, 200, body)
        self.assertEqual(json.loads(body)["access"], "operate")
        listed = self.d.cli("token", "list")["tokens"]
        self.assertEqual([(t["name"], t["access"]) for t in listed], [("ci", "operate")])
        self.assertIsNotNone(listed[0]["last_used_at"])
        self.assertNotIn(made["token"], json.dumps(listed))
        with open(os.path.join(self.d.state, "tidewheel.db"), "rb") as file:
            self.assertNotIn(made["token"].encode(), file.read())
        self.d.stop()
        self.d.start()
        self.assertEqual(self.me(made["token"])[0], 200, "it outlives the daemon")
        self.d.cli("token", "revoke", str(made["id"]))
        self.assertEqual(self.me(made["token"])[0], 401)
        self.assertEqual(self.d.cli_code("token", "revoke", str(made["id"])), 66)

    def test_a_link_signs_a_browser_in(self):
        done = self.d.cli_raw("token", "create", "Ana's laptop", "--qr")
        self.assertEqual(done.returncode, 0, done.stderr)
        token, link = done.stdout.decode().splitlines()[:2]
        self.assertEqual(link, "%s/sign-in#token=%s" % (self.base, token))
        self.assertIn("▀", done.stdout.decode())
        jar = os.path.join(self.d.dir, "jar")
        status, _ = curl("-c", jar, "-H", "Content-Type: application/json", "-d", json.dumps({"token": token}), self.base + "/api/v1/session")
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(curl("-b", jar, self.base + "/api/v1/me")[1])["via"], "session")
        write = ("-b", jar, "-H", "Content-Type: application/json", "-d", "{}", self.base + "/api/v1/runs/1/cancel")
        self.assertEqual(curl("-H", "Origin: null", *write)[0], 403)
        self.assertEqual(curl("-H", "Sec-Fetch-Site: same-origin", *write)[0], 403, "it may only read")

    def test_wrong_words_are_explained(self):
        done = self.d.cli_raw("token", "create", "x", "--expires", "soon")
        self.assertEqual(done.returncode, 64)
        self.assertIn(b"never", done.stderr)
        self.assertEqual(self.d.cli_code("token", "create", "x", "--pipeline", "none"), 65)
        self.assertEqual(self.d.cli_code("token"), 64)
        self.assertIn(b"tidewheel token create", self.d.cli_raw("token", "--help").stdout)

    def test_a_paused_pipeline_starts_nothing_until_it_is_resumed(self):
        self.d.pipeline("qc", ["true"], settle="0s")
        self.assertEqual(self.d.cli("pause", "qc"), {"paused": True})
        self.d.put("a.csv", b"1")
        wait_until(lambda: self.d.runs(), 20, "no run came")
        self.assertIn("paused", self.d.cli_raw("why", "1").stdout.decode())
        self.assertNotIn("tidewheel logs", self.d.cli_raw("show", "1").stdout.decode(), "there is none yet")
        for command in ("status", "pipelines"):
            self.assertIn("nothing new of it starts until `tidewheel resume qc`", self.d.cli_raw(command).stdout.decode())
        self.assertEqual(self.d.cli("resume", "qc"), {"paused": False})
        self.assertEqual(self.d.wait_runs(1)[0]["state"], "succeeded")
        self.assertEqual(self.d.cli_code("pause", "none"), 66)


class Exposure(E2ETest):
    def refused(self, api):
        daemon = self.daemon(api=api)
        daemon.start(wait=False)
        return daemon.process.wait(20), daemon.log()

    def test_no_daemon_starts_beyond_loopback_without_tls(self):
        code, said = self.refused("listen: 0.0.0.0:%d" % free_port())
        self.assertEqual(code, 78)
        self.assertIn("trusted_proxy", said)

    def test_no_daemon_starts_with_a_certificate_that_is_none(self):
        code, said = self.refused("listen: 127.0.0.1:%d, tls: {cert: /etc/hostname, key: /etc/hostname}" % free_port())
        self.assertEqual(code, 78)
        self.assertIn("/etc/hostname", said)

    def test_without_tcp_there_is_no_link_and_the_key_to_set_is_named(self):
        daemon = self.daemon().start()
        done = daemon.cli_raw("token", "create", "x")
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"api: {listen: 127.0.0.1:7420}", done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1)


class Tls(E2ETest):
    def certificate(self, daemon, serial):
        for name in ("cert.pem", "key.pem"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(os.path.join(daemon.dir, name))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=tidewheel-%s" % serial, "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", daemon.dir + "/key.pem", "-out", daemon.dir + "/cert.pem"], check=True, capture_output=True)
        os.chmod(daemon.dir + "/key.pem", 0o644)

    def test_a_client_that_trusts_the_certificate_is_served_and_a_new_one_is_taken_up(self):
        port = free_port()
        daemon = self.daemon(api="listen: 127.0.0.1:%d" % port)
        with open(daemon.config, encoding="utf-8") as file:
            text = file.read()
        with open(daemon.config, "w", encoding="utf-8") as file:
            file.write(text.replace("listen:", "tls: {cert: %s/cert.pem, key: %s/key.pem}, listen:" % (daemon.dir, daemon.dir)))
        self.certificate(daemon, 1)
        daemon.start()
        url, trust = "https://localhost:%d/healthz" % port, daemon.dir + "/cert.pem"
        self.assertEqual(curl("--cacert", trust, url)[0], 200)
        self.assertEqual(curl(url)[0], 60, "nobody else vouches for it")
        self.assertEqual(curl("--tls-max", "1.1", "--cacert", trust, url)[0], 35)
        plain, said = curl("http://localhost:%d/healthz" % port)
        self.assertEqual(plain, 400)
        self.assertIn("https://", said)
        made = daemon.cli("token", "create", "x")
        self.assertTrue(made["link"].startswith("https://127.0.0.1:%d/sign-in#" % port), made["link"])
        old = open(trust, encoding="ascii").read()
        self.certificate(daemon, 2)
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: curl("--cacert", trust, url)[0] == 200, 10, "the new certificate is not used")
        with open(daemon.dir + "/old.pem", "w", encoding="ascii") as file:
            file.write(old)
        self.assertEqual(curl("--cacert", daemon.dir + "/old.pem", url)[0], 60)


class Crowd(E2ETest):
    """Slow and half-open clients, and a thousand streams; each from some address of loopback, as from so many machines."""

    def setUp(self):
        wanted = HALF_OPEN + STREAMS + 200
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, wanted), hard))
            self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.port = free_port()
        self.d = self.daemon(api="listen: 127.0.0.1:%d" % self.port).start()
        self.open = []
        self.addCleanup(lambda: [each.close() for each in self.open])

    def connect(self, address, said):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20, source_address=(address, 0))
        self.open.append(connection)
        connection.sendall(said)
        return connection

    def ask(self, token):
        """Seconds that ordinary requests take, sorted; each has to be answered."""
        times = []
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for _ in range(ASKED):
            began = time.monotonic()
            connection.request("GET", "/api/v1/runs?limit=10", headers={"Authorization": "Bearer " + token})
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.status, 200)
            times.append(time.monotonic() - began)
            time.sleep(0.01)  # below what one caller may ask
        connection.close()
        return sorted(times)

    def tell(self, what, times):
        print("%-42s p50 %.1f ms, p99 %.1f ms" % (what, 1e3 * times[len(times) // 2], 1e3 * times[len(times) * 99 // 100]), flush=True)

    def tell_runs(self, what):
        """Runs one after another, from the request to the end: each has to succeed."""
        times = []
        for _ in range(10):
            began = time.monotonic()
            self.assertEqual(self.d.cli_code("run", "quick", "--follow"), 0)
            times.append(time.monotonic() - began)
        print("a run %-36s p50 %.0f ms, max %.0f ms" % (what, 1e3 * sorted(times)[5], 1e3 * max(times)), flush=True)

    def test_a_thousand_streams_and_two_hundred_slow_clients_keep_nobody_out(self):
        token = self.d.cli("token", "create", "asks")["token"]
        self.d.pipeline("waits", ["true"], settle="0s")
        self.d.cli("pause", "waits")
        run = self.d.cli("run", "waits")["run_no"]
        self.d.pipeline("quick", ["true"], settle="0s")
        self.tell_runs("alone")
        self.tell("alone", self.ask(token))
        before = self.d.pss()
        for i in range(HALF_OPEN):
            self.connect("127.0.0.%d" % (2 + i % 8), b"GET /healthz HTT" if i % 2 else b"")
        streams = []
        for i in range(STREAMS):
            stream = self.connect("127.0.0.%d" % (20 + i % 10), (
                "GET /api/v1/runs/%d/log?follow=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n" % (run, token)).encode())
            streams.append(stream)
            while i % 100 == 99 and len(self.answered(streams)) <= i:
                pass
        heads = self.answered(streams)
        self.assertEqual({head.split(b"\r\n")[0] for head in heads.values()}, {b"HTTP/1.1 200 OK"})
        self.tell("with %d streams and %d slow clients" % (STREAMS, HALF_OPEN), self.ask(token))
        self.tell_runs("with all of them")
        each = (self.d.pss() - before) / (STREAMS + HALF_OPEN)
        print("PSS %.1f MB, %.1f kB a connection" % (self.d.pss() / 1e6, each / 1e3), flush=True)
        self.assertLess(each, 64 * 1024)
        self.assertEqual(self.d.cli_code("status"), 0)
        began = time.monotonic()
        self.d.stop()
        print("stopped with all of them in %.2f s" % (time.monotonic() - began), flush=True)

    def answered(self, streams):
        """The heads that have come, by stream."""
        self.heads = getattr(self, "heads", {})
        poll = select.poll()
        waiting = {each.fileno(): each for each in streams if each not in self.heads}
        for number in waiting:
            poll.register(number, select.POLLIN)
        for number, _ in poll.poll(1000) if waiting else []:
            self.heads[waiting[number]] = waiting[number].recv(4096)
        return self.heads


if __name__ == "__main__":
    import unittest
    unittest.main()
