"""A real dockerd on another "host": its own network namespace, TLS that wants a certificate from us, and none of our folders. The numbers
are those of the list of cases that container runs have to stand."""

import json
import os
import shutil
import subprocess
import tempfile
import threading

from engines import Engine
from harness import BIN, BUSYBOX, ENDS, E2ETest, Events, sha256, wait_until
from s3 import FaultServer

PORT = 2376
AGAIN = "retries: {max: 5, backoff: 100ms, if: [interrupted]}\nstop_grace_period: 2s\n"


def openssl(*args):
    done = subprocess.run(("openssl",) + args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise AssertionError("openssl %s: %s" % (" ".join(args), done.stdout))


class Authority:
    """Certificates in a folder that the daemon's user can read."""

    def __init__(self, folder, name="ca"):
        self.folder, self.name = folder, name
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name, "-days", "30",
                "-keyout", self.path(name + ".key"), "-out", self.path(name + ".pem"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def sign(self, name, purpose, san=None, begin=None, end=None):
        """`begin` and `end`: YYYYMMDDHHMMSSZ, of a certificate whose time is another one than now."""
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                "-keyout", self.path(name + ".key"), "-out", self.path(name + ".csr"))
        os.chmod(self.path(name + ".key"), 0o640)
        with open(self.path(name + ".ext"), "w") as file:
            file.write("[x]\nextendedKeyUsage=%s\n%s" % (purpose, "subjectAltName=%s\n" % san if san else ""))
        if end is None:
            openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path(self.name + ".pem"), "-CAkey", self.path(self.name + ".key"),
                    "-CAcreateserial", "-days", "30", "-extfile", self.path(name + ".ext"), "-extensions", "x", "-out", self.path(name + ".pem"))
            return
        with open(self.path("ca.conf"), "w") as file:
            file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=%s\nserial=%s\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n" %
                       (self.path("index"), self.path("serial"), self.folder))
        open(self.path("index"), "w").close()
        with open(self.path("serial"), "w") as file:
            file.write("77\n")
        openssl("ca", "-batch", "-config", self.path("ca.conf"), "-in", self.path(name + ".csr"), "-cert", self.path(self.name + ".pem"),
                "-keyfile", self.path(self.name + ".key"), "-startdate", begin, "-enddate", end, "-extfile", self.path(name + ".ext"),
                "-extensions", "x", "-out", self.path(name + ".pem"), "-notext")


class RemoteTest(E2ETest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificates = tempfile.mkdtemp(prefix="tw-certs-", dir="/var/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.certificates)
        shutil.chown(cls.certificates, None, "tidewheel")
        os.chmod(cls.certificates, 0o2750)  # files have the daemon's group
        cls.authority = Authority(cls.certificates)
        cls.authority.sign("server", "serverAuth", "IP:127.0.0.1")
        cls.authority.sign("client", "clientAuth")
        cls.engine = Engine(options=cls.listen())
        cls.addClassCleanup(cls.engine.close)
        cls.engine.inside(["ip", "link", "set", "lo", "up"]).wait()
        cls.engine.start().load()

    @classmethod
    def listen(cls):
        return ["--host", "tcp://127.0.0.1:%d" % PORT, "--tlsverify", "--tlscacert", cls.path("ca.pem"), "--tlscert", cls.path("server.pem"),
                "--tlskey", cls.path("server.key")]

    @classmethod
    def path(cls, name):
        return os.path.join(cls.certificates, name)

    def begin(self, ca="ca.pem", cert="client.pem", key="client.key", host="127.0.0.1", port=PORT, config="", start=True, **options):
        text = "engine: {host: 'tcp://%s:%d', tls: {ca: %s, cert: %s, key: %s}}\n%s" % (
            host, port, self.path(ca), self.path(cert), self.path(key), config)
        self.d = self.daemon(witness=self.engine.host, config=text, **options)
        # What the engine sees of the daemon's folders: nothing.
        if self.engine.inside(["mount", "-t", "tmpfs", "none", self.d.dir]).wait() != 0:
            raise AssertionError("the daemon's folder cannot be hidden")
        if start:
            self.start()
        return self.d

    def start(self, wait=True):
        """In the engine's network, which is the only way to it."""
        with open(self.d.log_path, "ab") as log:
            self.d.process = subprocess.Popen(
                ["nsenter", "--target", str(self.engine.holder.pid), "--net", "setpriv", "--reuid", self.d.user, "--regid", self.d.user,
                 "--clear-groups", os.path.join(BIN, "tidewheeld"), "--config", self.d.config], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            self.d.wait_ready()

    def run_of(self, name):
        runs = self.d.sql("SELECT r.* FROM v1_runs r JOIN v1_inputs i USING (run_id) WHERE i.key = ?", name)
        self.assertLessEqual(len(runs), 1)
        return runs[0] if runs else None

    def wait_state(self, name, states, seconds=60):
        def there():
            run = self.run_of(name)
            return run if run and run["state"] in states else None
        return wait_until(there, seconds, lambda: "%s is not %s: %s\n%s\n%s" % (name, states, self.run_of(name), self.d.log()[-2500:], self.engine.log()[-800:]))

    def ended(self, name, seconds=90):
        return self.wait_state(name, ENDS, seconds)

    def pipeline(self, script, extra=AGAIN, **options):
        self.d.pipeline("p", ["sh", "-c", "; ".join(script), "sh", "${input.path}"], settle="0s", extra=extra, **options)

    def log_of(self, run):
        return self.d.cli_raw("logs", run["run_id"]).stdout.decode()

    def artifact(self, name):
        row = self.d.sql("SELECT path FROM v1_artifacts WHERE name = ?", name)[0]
        with open(os.path.join(self.d.state, row["path"]), "rb") as file:
            return file.read()

    def bodies(self):
        """What was said to the engine about containers, as it remembers it."""
        return [json.loads(self.d.docker("inspect", c))[0] for c in self.d.containers()]


class Runs(RemoteTest):
    def test_input_params_secret_artifacts_and_outputs(self):
        d = self.begin(config="secrets_dir: %s\npolicy: {images: ['*'], paths: ['/var/tmp/**'], secrets: {word: ['*']}}\n" % self.path("secrets"))
        os.makedirs(self.path("secrets"), exist_ok=True)
        os.chmod(self.path("secrets"), 0o2750)
        with open(self.path("secrets/word"), "w") as file:
            file.write("swordfish-of-the-test")
        os.chmod(self.path("secrets/word"), 0o640)
        self.pipeline(['cat "$1" > /out/copy', "sha256sum < /run/secrets/word > /out/secret", "cp $TIDEWHEEL_PARAMS /out/params",
                       "echo answer=42 >> $TIDEWHEEL_OUTPUTS", "grep -c localhost /etc/hosts > /out/hosts", "wget -O- http://localhost:1/ > /out/resolved 2>&1 || true",
                       "stat -c '%a %u' \"$1\" /.tidewheel /out /run/secrets/word > /out/modes", "ls -A / > /out/root", "echo said $(cat /run/secrets/word)",
                       "cat /proc/mounts > /out/mounts"],
                      extra=AGAIN + "secrets: [word]\nparams:\n  n: {type: int, default: 7}\noutputs:\n  answer: {type: int}\n")
        name = "a long name " + "x" * 150 + ".csv"
        d.put(name, b"the bytes")
        run = self.ended(name)
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1), (run, d.log()[-2000:]))
        self.assertEqual(self.artifact("copy"), b"the bytes")
        self.assertEqual(self.artifact("secret").split()[0].decode(), sha256(b"swordfish-of-the-test"))
        self.assertEqual(json.loads(self.artifact("params"))["n"], 7)
        self.assertEqual(self.artifact("modes").split(b"\n")[:4], [b"444 0", b"1777 0", b"777 0", b"444 0"])
        self.assertNotEqual(self.artifact("hosts").strip(), b"0")
        self.assertIn(b"127.0.0.1:1", self.artifact("resolved"), "localhost does not resolve")
        self.assertNotIn(d.dir.encode(), self.artifact("mounts"))
        self.assertNotIn("swordfish", self.log_of(run))
        self.assertEqual(d.sql("SELECT value_text FROM v1_outputs WHERE name = 'answer'")[0]["value_text"], "42")
        d.wait_clean()
        wait_until(lambda: not self.engine.docker("volume", "ls", "-q"), 20, "volumes are left")

    def test_without_our_init(self):
        d = self.begin()
        self.pipeline(['cat "$1" > /out/copy', 'cat "$1"', "echo answer=42 >> $TIDEWHEEL_OUTPUTS"],
                      extra="init: false\noutputs: {answer: {type: int}}\n")
        d.put("a", b"the bytes\n")
        run = self.ended("a")
        self.assertEqual((run["state"], run["exit_code"], run["attempts"]), ("succeeded", 0, 1), (run, d.log()[-2000:]))
        self.assertEqual((self.artifact("copy"), self.log_of(run)), (b"the bytes\n", "the bytes\n"))
        self.assertEqual([row["value"] for row in d.sql("SELECT value FROM v1_outputs")], [42])
        d.wait_clean()

    def test_frozen_copies_and_names_of_any_bytes(self):
        d = self.begin()
        d.pipeline("p", ["sh", "-c", 'until [ -e /out/go ]; do sleep 0.1; [ $((n=n+1)) -lt 30 ] || touch /out/go; done; cat "$1"; printf "%s" "$1" > /out/name',
                         "sh", "${input.path}"], settle="0s", extra=AGAIN, watch="  snapshot: copy\n")
        name = "na\nme \udcff\udcfe.csv"
        d.put(name, b"frozen\n")
        wait_until(lambda: d.runs("state = 'running'"), 60, d.log)
        with open(os.path.join(d.data, name).encode(errors="surrogateescape"), "r+b") as file:
            file.write(b"thawed\n")  # the very file, while it runs
        run, second = sorted(d.wait_runs(2), key=lambda r: r["run_no"])
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1), d.log()[-2000:])
        self.assertEqual((self.log_of(run), self.log_of(second)), ("frozen\n", "thawed\n"))
        self.assertEqual(self.artifact("name"), b"/in/input.csv", "a name that is no plain one gets another inside, as on this host")

    def test_another_user_and_no_path_of_this_host(self):
        d = self.begin()
        self.pipeline(["id -u", "until [ -e /out/go ]; do sleep 0.1; [ $((n=n+1)) -lt 40 ] || touch /out/go; done", "cat $1", "echo x=1 >> $TIDEWHEEL_OUTPUTS"],
                      extra=AGAIN + "user: '1234:1234'\n")
        d.put("a", b"content\n")
        self.wait_state("a", ["running"])
        for body in self.bodies():
            self.assertNotIn(d.dir, json.dumps(body))
            self.assertEqual([m["Type"] for m in body["Mounts"]], ["volume"])
        run = self.ended("a")
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1), d.log()[-2000:])
        self.assertEqual(self.log_of(run).split(), ["1234", "content"])
        self.assertEqual(len(d.sql("SELECT * FROM v1_outputs WHERE name = 'x'")), 1)

    def test_a_big_input_takes_no_memory(self):
        d = self.begin()
        self.pipeline(["sha256sum < $1"])
        path = os.path.join(d.dir, "big")
        subprocess.run("head -c 300000000 /dev/urandom > %s" % path, shell=True, check=True)
        with open(path, "rb") as file:
            expected = sha256(file.read())
        most = [0]
        done = threading.Event()

        def measure():
            while not done.wait(0.02):
                most[0] = max(most[0], d.pss())
        thread = threading.Thread(target=measure)
        thread.start()
        try:
            os.rename(path, os.path.join(d.data, "big"))
            run = self.ended("big", 180)
        finally:
            done.set()
            thread.join()
        self.assertEqual((run["state"], self.log_of(run).split()[0]), ("succeeded", expected))
        self.assertLess(most[0], 100 << 20)

    def test_killed_at_any_moment_it_runs_once(self):
        d = self.begin()
        events = Events(self.engine.host)
        self.addCleanup(events.close)
        self.pipeline(["echo begun", "sha256sum < $1", "sleep 1", "echo ended"])
        body = os.urandom(1 << 20) * 120
        for i, pause in enumerate((0.02, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.6)):
            name = "f%d" % i
            d.put(name, body)
            wait_until(lambda: (self.run_of(name) or {}).get("state") in ("starting", "running"), 60, d.log)
            threading.Event().wait(pause)
            d.kill()
            self.start()
            run = self.ended(name)
            self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1), (pause, d.log()[-2500:]))
            lines = self.log_of(run).split("\n")
            self.assertEqual([lines.count("begun"), lines.count("ended")], [1, 1], (pause, lines))
            self.assertEqual(lines[1].split()[0], sha256(body))
        d.wait_clean()
        self.assertEqual(set(events.starts(d.instance()).values()), {1})

    def test_dockerd_restarts_in_the_middle(self):
        engine_dies = Engine(options=self.listen(), live_restore=True)
        self.addCleanup(engine_dies.close)
        engine_dies.inside(["ip", "link", "set", "lo", "up"]).wait()
        engine_dies.start().load()
        shared, type(self).engine = self.engine, engine_dies
        try:
            d = self.begin()
            self.pipeline(["echo begun", "sleep 6", "cat $1", "echo n=3 >> $TIDEWHEEL_OUTPUTS"])
            d.put("a", b"whole\n")
            self.wait_state("a", ["running"])
            engine_dies.kill()
            engine_dies.start()
            run = self.ended("a")
            self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1), d.log()[-2500:])
            self.assertEqual(self.log_of(run).split(), ["begun", "whole"])
            self.assertEqual(len(d.sql("SELECT * FROM v1_outputs WHERE name = 'n'")), 1)
            d.close()
        finally:
            type(self).engine = shared

    def test_what_it_cannot_do_is_said(self):
        d = self.begin(config="policy: {images: ['*'], paths: ['/var/tmp/**']}\n")
        for kind, extra, watch, words in (("volumes", "volumes: ['%s:/ref']\n" % d.data, "", "folders for `volumes`"),
                                          ("folder", "", "  mount: folder\n", "(`mount: file`)")):
            data = os.path.join(d.dir, "data-" + kind)
            os.mkdir(data)
            d.pipeline(kind, ["true"], path=data, settle="0s", extra=extra, watch=watch)
            with open(os.path.join(data, "a"), "w") as file:
                file.write("x")
            run = wait_until(lambda: next(iter(d.sql("SELECT * FROM v1_runs WHERE pipeline = ? AND state = 'held'", kind)), None), 30, d.log)
            self.assertEqual(run["reason"], "engine_unsuitable")
            self.assertIn(words, run["detail"])
        self.assertEqual(d.containers(), [])


class Objects(RemoteTest):
    def bridge(self, server):
        """The server's port inside the engine's network, which is where the daemon is."""
        port = server.endpoint.rsplit(":", 1)[1]
        pipe = self.path("s3-%s.sock" % port)
        for end in (subprocess.Popen(["socat", "UNIX-LISTEN:%s,fork" % pipe, "TCP:127.0.0.1:" + port]),
                    self.engine.inside(["socat", "TCP-LISTEN:%s,bind=127.0.0.1,fork,reuseaddr" % port, "UNIX-CONNECT:" + pipe])):
            self.addCleanup(end.wait)
            self.addCleanup(end.kill)

    def test_an_object_of_a_bucket_gets_there_whole_whenever_the_daemon_dies(self):
        server = FaultServer("--make-bucket", "bucket").start()
        self.addCleanup(server.stop)
        self.bridge(server)
        with open(self.path("keys"), "w") as file:
            file.write("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (server.access_key, server.secret_key))
        os.chmod(self.path("keys"), 0o640)
        d = self.begin(config='policy: {images: ["*"], paths: ["*"], buckets: ["*"]}\ns3: {acme: {endpoint: "%s", credentials: "file:%s"}}\n' %
                       (server.endpoint, self.path("keys")))
        events = Events(self.engine.host)
        self.addCleanup(events.close)
        d.write_pipeline("p", "version: 1\nname: p\nimage: %s\nwatch:\n  s3: s3://bucket/in/\n  every: 1s\n  existing: run\ncommand: %s\n%s" % (
            BUSYBOX, json.dumps(["sh", "-c", 'echo begun; sha256sum < "$1"; sleep 1; echo ended', "sh", "${input.path}"]), AGAIN))
        d.wait_watching()
        server.fault("slow-body", operation="GetObject", value=20 << 20)
        body = os.urandom(30 << 20)
        # While it is fetched, while it is sent, and while it is worked on.
        for i, (states, pause) in enumerate(((("pulling",), 0.3), (("pulling",), 1.2), (("starting",), 0.05), (("starting",), 0.4), (("running",), 0.3))):
            name = "in/a %d.bin" % i
            server._put("bucket/" + name.replace(" ", "%20"), body)
            self.wait_state(name, states + ("running",) + ENDS)
            threading.Event().wait(pause)
            d.kill()
            self.start()
            run = self.ended(name)
            self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1), (i, d.log()[-2500:]))
            lines = self.log_of(run).split("\n")
            self.assertEqual((lines[0], lines[1].split()[0], lines[2:]), ("begun", sha256(body), ["ended", ""]), i)
        d.wait_clean()
        self.assertEqual(sorted(events.starts(d.instance()).values()), [1] * 5)
        wait_until(lambda: os.listdir(os.path.join(d.state, "attempts")) == [], 20, "files of attempts are left")


class Trust(RemoteTest):
    """Whatever is wrong: the run waits, says why, and goes on once it is right; nothing is ever said without TLS."""

    def held(self, words, **options):
        d = self.begin(**options)
        self.pipeline(["echo ran"])
        d.put("a", b"a")
        said = wait_until(lambda: d.cli("status")["obstacle"], 30, d.log)
        self.assertEqual(said["reason"], "engine_unavailable")
        self.assertIn(words, said["detail"])
        self.assertIn(words, d.cli_raw("status").stdout.decode())
        self.assertEqual(self.wait_state("a", ["queued"])["attempts"], 0)

    def test_case_55_an_expired_client_certificate_is_renewed_without_a_restart(self):
        self.authority.sign("old", "clientAuth", begin="20200101000000Z", end="20200201000000Z")
        self.held("TLS: our own certificate is of no use: it expired on Feb  1 00:00:00 2020 GMT: " + self.path("old.pem"), cert="old.pem", key="old.key")
        checked = subprocess.run([os.path.join(BIN, "tidewheeld"), "--config", self.d.config, "--check"], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
        self.assertNotEqual(checked.returncode, 0)
        self.assertIn("it expired on Feb  1 00:00:00 2020 GMT", checked.stdout)
        shutil.copy2(self.path("client.key"), self.path("old.key"))
        shutil.copy2(self.path("client.pem"), self.path("old.pem"))
        self.assertEqual(self.ended("a", 120)["state"], "succeeded")

    def test_case_55_the_engine_does_not_believe_our_certificate(self):
        Authority(self.certificates, "other").sign("stranger", "clientAuth")
        self.held("TLS: the server does not believe our certificate: ", cert="stranger.pem", key="stranger.key")

    def test_case_55_an_engine_of_another_authority(self):
        Authority(self.certificates, "third")
        self.held("TLS: the server's certificate is not believed: it is signed by 'CN=ca', which is not trusted here", ca="third.pem")

    def test_case_55_an_engine_of_another_name(self):
        self.held("TLS: the server's certificate is not believed: it is for 127.0.0.1 and not for localhost", host="localhost")

    def test_case_55_no_way_without_tls(self):
        plain = self.engine.inside(["python3", "-c", PLAIN], stdout=subprocess.PIPE)
        self.addCleanup(plain.stdout.close)
        self.addCleanup(plain.wait)
        self.addCleanup(plain.kill)
        self.assertEqual(plain.stdout.readline(), b"listens\n")
        self.held("the server does not speak TLS on this port", port=2375)
        self.assertEqual(plain.stdout.readline()[:1], b"\x16", "the first byte of a TLS handshake is all that a server without TLS hears")

    def test_case_55_a_key_that_everybody_may_read(self):
        shutil.copy2(self.path("client.key"), self.path("open.key"))
        os.chmod(self.path("open.key"), 0o644)
        self.held("read key: everybody may read or write it", key="open.key")


PLAIN = r"""
import socket, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", 2375)); s.listen(8)
print("listens", flush=True)
while True:
    c, _ = s.accept()
    sys.stdout.buffer.write(c.recv(4096)[:1] + b"\n"); sys.stdout.flush()
    c.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"); c.close()
"""
