"""A real docker-registry with basic auth, fronts that misbehave before it, and images that nobody else has."""

import base64
import http.client
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import urllib.parse
import uuid

from harness import BUSYBOX, docker, wait_until

NAME, PASSWORD = "ci", "s3cret-pass-of-ci"
IDENTITY = "identity-token-of-ci"


def free_port(host="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def basic(name=NAME, password=PASSWORD):
    return base64.b64encode(("%s:%s" % (name, password)).encode()).decode()


class Registry:
    """Debian's docker-registry on a port of its own; every access wants NAME and PASSWORD."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="tw-e2e-registry-", dir="/var/tmp")
        self.port = free_port()
        self.host = "127.0.0.1:%d" % self.port
        with open(os.path.join(self.dir, "htpasswd"), "w") as file:
            subprocess.run(["htpasswd", "-nBi", NAME], input=PASSWORD.encode(), stdout=file, check=True)
        with open(os.path.join(self.dir, "config.yml"), "w") as file:
            file.write("version: 0.1\nlog: {level: warn}\nstorage:\n  filesystem: {rootdirectory: %s/data}\n  delete: {enabled: true}\n"
                       "http: {addr: %s}\nauth: {htpasswd: {realm: test, path: %s/htpasswd}}\n" % (self.dir, self.host, self.dir))
        os.mkdir(os.path.join(self.dir, "docker"))
        with open(os.path.join(self.dir, "docker", "config.json"), "w") as file:
            json.dump({"auths": {self.host: {"auth": basic()}}}, file)
        self.process = None
        self.start()

    def start(self):
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.process = subprocess.Popen(["docker-registry", "serve", os.path.join(self.dir, "config.yml")],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def answers():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        wait_until(answers, 20, "docker-registry does not answer")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def push(self, name, tag="1", size=100_000):
        """Pushes an image with a layer of its own, and leaves nothing of it on the engine. Its digest."""
        marker = os.path.join(self.dir, "marker")
        with open(marker, "wb") as file:
            file.write(os.urandom(size))
        container = docker("create", BUSYBOX, "true")
        reference = "%s/%s:%s" % (self.host, name, tag)
        try:
            docker("cp", marker, container + ":/marker")
            image = docker("commit", container, reference)
        finally:
            docker("rm", container)
        said = docker("--config", os.path.join(self.dir, "docker"), "push", reference)
        docker("rmi", reference)
        docker("rmi", image, check=False)
        return re.search(r"digest: (sha256:[0-9a-f]{64})", said).group(1)


class Front:
    """A server before a registry that hands everything on, but for what a test has told it to spoil."""

    def __init__(self, registry, host="127.0.0.1"):
        self.registry = registry
        self.seen = []                  # (method, path)
        self.rule = None                # (regex of the path, what to do): see answer()
        self.tokens = False             # as a registry with a token service: `docker login` got IDENTITY there
        self.go_on = threading.Event()  # for rule "stall"
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                front.answer(self)
            do_GET = do_HEAD = do_POST = handle_any

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        self.host = "%s:%d" % (host, self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def count(self, pattern, method="GET"):
        return sum(1 for m, path in list(self.seen) if m == method and re.search(pattern, path))

    @staticmethod
    def say(request, status, body, headers=()):
        request.send_response(status)
        for name, value in headers:
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    def answer(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        self.seen.append((request.command, request.path))
        if self.tokens and not self.token_service(request, body):
            return
        rule = self.rule if self.rule and re.search(self.rule[0], request.path) else None
        if rule and isinstance(rule[1], int):
            errors = {"errors": [{"code": "SPOILT", "message": "spoilt by the test"}]} if rule[1] != 403 else {}
            return self.say(request, rule[1], json.dumps(errors).encode(), [("Content-Type", "application/json")])
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("connection",)}
        if self.tokens:
            headers["Authorization"] = "Basic " + basic()
        inner = http.client.HTTPConnection(self.registry.host, timeout=60)
        try:
            inner.request(request.command, request.path, headers=headers)
            got = inner.getresponse()
            data = got.read()
        except OSError:
            return self.say(request, 502, b"the registry is away")
        finally:
            inner.close()
        if rule and rule[1] == "damage" and data:
            data = bytes(len(data))
        request.send_response(got.status)
        for name, value in got.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                request.send_header(name, value)
        request.send_header("Content-Length", got.getheader("Content-Length") or str(len(data)))
        request.end_headers()
        if request.command == "HEAD":
            return None
        if rule and rule[1] == "stall" and len(data) > 10_000:
            request.wfile.write(data[:10_000])
            request.wfile.flush()
            self.go_on.wait(120)
            data = data[10_000:]
        try:
            request.wfile.write(data)
        except OSError:
            pass  # the engine has given up
        return None

    def token_service(self, request, body):
        """Whether this request may pass; distribution.github.io/distribution/spec/auth/oauth."""
        if request.path.startswith("/token"):
            form = urllib.parse.parse_qs(body.decode())
            if form.get("grant_type") == ["refresh_token"] and form.get("refresh_token") == [IDENTITY]:
                self.say(request, 200, json.dumps({"access_token": "access", "expires_in": 300}).encode(),
                         [("Content-Type", "application/json")])
            else:
                self.say(request, 401, b"{}")
            return False
        if request.headers.get("Authorization") == "Bearer access":
            return True
        challenge = 'Bearer realm="http://%s/token",service="test"' % self.host
        self.say(request, 401, json.dumps({"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}).encode(),
                 [("WWW-Authenticate", challenge), ("Docker-Distribution-Api-Version", "registry/2.0")])
        return False


def new_name():
    return "tw-e2e/" + uuid.uuid4().hex[:12]
