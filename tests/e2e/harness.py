"""A real tidewheeld in a folder of its own, driven from outside: files, the CLI, plain SQL, and witnesses that are not our database."""

import atexit
import contextlib
import hashlib
import json
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILT = os.environ.get("TIDEWHEEL_BIN", os.path.join(CHECKOUT, "build", "release", "bin"))
USER = os.environ.get("TIDEWHEEL_TEST_USER", "tidewheel")
BUSYBOX = "local/busybox:1"
DOCKER = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
ENDS = ("succeeded", "failed", "rejected", "timed_out", "cancelled", "interrupted", "outdated", "skipped")


def _copy_binaries():
    """A place that the daemon's user can reach, wherever the checkout is; and a build meanwhile changes nothing."""
    folder = tempfile.mkdtemp(prefix="tw-e2e-bin-", dir="/var/tmp")
    os.chmod(folder, 0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("tidewheel", "tidewheeld"):
        shutil.copy2(os.path.join(BUILT, name), folder)
    return folder


BIN = _copy_binaries()


def docker(*args, check=True, timeout=None):
    done = subprocess.run(("docker",) + args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError("docker %s: %s" % (" ".join(args), done.stdout))
    return done.stdout.strip()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def wait_until(condition, seconds, what):
    """Waits for something that an outside witness shows; the pause only limits how often it is asked."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("not within %d s: %s" % (seconds, what() if callable(what) else what))
        time.sleep(0.05)


def fill_disk(path, leave=0):
    """Grows a file until nothing fits on its disk; then so many bytes are given back."""
    with open(path, "ab", buffering=0) as file:
        piece = 1 << 20
        while piece >= 4096:
            try:
                file.write(bytes(piece))
            except OSError:
                piece //= 2
        if leave:
            file.truncate(max(0, file.tell() - leave))


class Events:
    """`docker events` of one instance, recorded from before the daemon starts: the witness of what was really started."""

    def __init__(self, host=DOCKER):
        self.lines = []
        self.process = subprocess.Popen(
            ["docker", "-H", host, "events", "--since", str(int(time.time())), "--filter", "type=container", "--format", "{{json .}}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        # The stream is live once it shows a container of our own; --since, because that may be faster than the stream.
        probe = docker("-H", host, "create", BUSYBOX, "true")
        wait_until(lambda: any(probe in line for line in self.lines), 20, "docker events is not recording")
        docker("-H", host, "rm", probe)

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def starts(self, instance, action="start"):
        """Container name -> how often it was started."""
        counts = {}
        for line in list(self.lines):
            event = json.loads(line)
            attributes = event["Actor"]["Attributes"]
            if attributes.get("io.tidewheel.instance") == instance and event["Action"] == action:
                counts[attributes["name"]] = counts.get(attributes["name"], 0) + 1
        return counts

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.thread.join()
        self.process.stdout.close()


class Daemon:
    """One daemon, run as an unprivileged user in group docker, with everything below one temporary folder."""

    def __init__(self, runs=4, config="", user=USER, engine=None, api="", witness=DOCKER):
        """`engine` is whom it asks, `witness` whom we ask; they differ where something stands in between."""
        self.dir = tempfile.mkdtemp(prefix="tw-e2e-", dir="/var/tmp")
        os.chmod(self.dir, 0o755)
        self.user = user
        self.witness = witness
        self.state = os.path.join(self.dir, "state")
        self.pipelines = os.path.join(self.dir, "pipelines.d")
        self.data = os.path.join(self.dir, "data")
        self.socket = os.path.join(self.dir, "run", "tidewheel.sock")
        self.config = os.path.join(self.dir, "tidewheeld.yaml")
        self.log_path = os.path.join(self.dir, "tidewheeld.log")
        for folder in (self.state, self.pipelines, self.data, os.path.dirname(self.socket)):
            os.mkdir(folder, 0o755)
        for folder in (self.state, os.path.dirname(self.socket)):
            shutil.chown(folder, user, user)
        with open(self.config, "w") as file:
            file.write("version: 1\ninstance: e2e\nstate_dir: %s\npipelines_dir: %s\napi: {socket: %s%s}\n"
                       "limits: {runs: %d}\nstorage: {min_free: 100m}\n%s%s" %
                       (self.state, self.pipelines, self.socket, ", " + api if api else "", runs,
                        "engine: {host: %s}\n" % engine if engine else "", config))
        self.process = None

    # -- life

    def start(self, wait=True, wrapper=()):
        account = pwd.getpwnam(self.user)
        command = list(wrapper) + [os.path.join(BIN, "tidewheeld"), "--config", self.config]

        def become():
            os.initgroups(self.user, account.pw_gid)
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)

        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=become)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=30):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError("tidewheeld ended with %d:\n%s" % (self.process.returncode, self.log()[-3000:]))
            return self.cli_code("status") == 0
        wait_until(ready, seconds, lambda: "tidewheeld is not ready:\n" + self.log()[-3000:])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=20):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("tidewheeld did not stop within %d s:\n%s" % (seconds, self.log()[-3000:]))
        if self.process.returncode != 0:
            raise AssertionError("tidewheeld ended with %d:\n%s" % (self.process.returncode, self.log()[-5000:]))

    def close(self):
        try:
            self.stop()
        finally:
            for container in self.containers():
                with contextlib.suppress(subprocess.TimeoutExpired):  # of an engine that a test has broken for good
                    self.docker("rm", "-f", "-v", container, check=False, timeout=60)
            shutil.rmtree(self.dir, ignore_errors=True)

    def pss(self):
        """Bytes of memory that are its own."""
        with open("/proc/%d/smaps_rollup" % self.process.pid, encoding="ascii") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    # -- use

    def pipeline(self, name, command, image=BUSYBOX, existing="skip", settle="200ms", extra="", watch="", path=None, files='"**"'):
        """Registers a pipeline and waits until it is live."""
        text = ("version: 1\nname: %s\nwatch:\n  path: %s\n  files: %s\n  existing: %s\n  settle: %s\n%simage: %s\ncommand: %s\n%s" %
                (name, path or self.data, files, existing, settle, watch, image, json.dumps(command), extra))
        self.write_pipeline(name, text)
        wait_until(lambda: any(p["name"] == name and p["state"] == "live" for p in self.cli("pipelines")["pipelines"]), 10,
                   lambda: "pipeline %s is not live: %s" % (name, self.cli("pipelines")))
        self.wait_watching()

    def write_pipeline(self, name, text):
        path = os.path.join(self.pipelines, name + ".yaml")
        with open(path + ".new", "w") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def wait_watching(self, seconds=15):
        wait_until(lambda: (lambda s: s and all(x["state"] == "watching" for x in s))(self.cli("status")["sources"]), seconds,
                   lambda: "sources are not watching: %s" % self.cli("status")["sources"])

    def put(self, name, data, folder=None):
        """Writes a file the careful way: under a temporary name, then rename."""
        path = os.path.join(os.fsencode(folder or self.data), os.fsencode(name))
        temporary = os.path.join(os.fsencode(self.dir), b"upload-%d" % time.monotonic_ns())
        with open(temporary, "wb") as file:
            file.write(data)
        os.rename(temporary, path)
        return path

    def cli_raw(self, *args, timeout=60):
        return subprocess.run([os.path.join(BIN, "tidewheel"), "--socket", self.socket] + [os.fsencode(a) for a in args],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)

    def cli_code(self, *args):
        return self.cli_raw(*args).returncode

    def cli(self, *args):
        done = self.cli_raw("--json", *args)
        if done.returncode != 0:
            raise AssertionError("tidewheel %s: exit %d: %s" % (args, done.returncode, done.stderr.decode(errors="replace")))
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def db(self):
        connection = sqlite3.connect("file:%s/tidewheel.db?mode=ro" % self.state, uri=True, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()

    def http(self, path):
        """What the daemon answers to a GET through its socket, as text."""
        return subprocess.run(["curl", "-sf", "--unix-socket", self.socket, "http://localhost" + path], capture_output=True, text=True, check=True).stdout

    def sql(self, text, *args):
        with self.db() as connection:
            return [dict(row) for row in connection.execute(text, args)]

    def instance(self):
        return self.sql("SELECT instance FROM v1_meta")[0]["instance"]

    def containers(self):
        with contextlib.suppress(Exception):
            return self.docker("ps", "-aq", "--no-trunc", "--filter", "label=io.tidewheel.instance=" + self.instance()).split()
        return []

    def docker(self, *args, check=True, timeout=None):
        return docker("-H", self.witness, *args, check=check, timeout=timeout)

    def runs(self, where="1", *args):
        return self.sql("SELECT * FROM v1_runs WHERE %s ORDER BY run_no" % where, *args)

    def wait_runs(self, count, seconds=60, states=ENDS):
        """Until there are `count` runs, each in one of the states."""
        def done():
            runs = self.runs()
            return runs if len(runs) >= count and all(r["state"] in states for r in runs) else None
        def problem():
            return "%d ended runs wanted, there are %s\n%s" % (
                count, [(r["run_no"], r["state"], r["reason"]) for r in self.runs()][-20:], self.log()[-2500:])
        runs = wait_until(done, seconds, problem)
        if len(runs) != count:
            raise AssertionError("%d runs wanted, %d came: %s" % (count, len(runs), [(r["run_no"], r["state"]) for r in runs]))
        return runs

    def wait_clean(self, seconds=30):
        """Until nothing of ours is left in the engine."""
        wait_until(lambda: not self.containers(), seconds, lambda: "containers are left: %s" % self.containers())

    def settle_down(self, seconds=15):
        """Until the daemon itself says that nothing waits, runs or settles."""
        wait_until(lambda: self.cli("status")["idle"], seconds, lambda: "not idle: %s" % self.cli("status"))


class E2ETest(unittest.TestCase):
    """One daemon a test; whatever happens, it is stopped by its pid and its containers are removed."""

    def daemon(self, **options):
        daemon = Daemon(**options)
        self.addCleanup(daemon.close)
        return daemon

    def outputs(self, daemon, pipeline):
        return {row["input_key"]: row for row in daemon.sql('SELECT * FROM "v1_p_%s"' % pipeline.replace("-", "_"))}
