"""podman's Docker-compatible service, with a storage and namespaces of its own."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile

from harness import BUSYBOX, docker, wait_until

# podman 4.3 wants a limit of a million open files for every container of root, which is more than a sandbox may give.
RUNTIME = """#!/usr/bin/python3
import json, os, sys
words = sys.argv[1:]
if "create" in words:
    for at, word in enumerate(words):
        if word in ("--bundle", "-b"):
            path = os.path.join(words[at + 1], "config.json")
            with open(path) as file:
                config = json.load(file)
            config["process"].pop("rlimits", None)
            with open(path, "w") as file:
                json.dump(config, file)
os.execv("%s", ["runc"] + words)
"""


class Podman:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="tw-podman-", dir="/var/tmp")
        os.chmod(self.dir, 0o711)
        self.socket = os.path.join(self.dir, "podman.sock")
        self.host = "unix://" + self.socket
        self.process = None
        runtime = os.path.join(self.dir, "runc")
        with open(runtime, "w") as file:
            file.write(RUNTIME % shutil.which("runc"))
        os.chmod(runtime, 0o755)
        self.options = ["--root", os.path.join(self.dir, "root"), "--runroot", os.path.join(self.dir, "run"), "--tmpdir", os.path.join(self.dir, "tmp"),
                        "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", runtime]
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "--propagation", "private", "sleep", "infinity"])

    def _inside(self, command):
        return ["nsenter", "--target", str(self.holder.pid), "--net", "--mount"] + command

    def start(self):
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.process = subprocess.Popen(self._inside(["podman"] + self.options + ["system", "service", "--time", "0", self.host]),
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: docker("-H", self.host, "version", check=False) and os.path.exists(self.socket), 30, self.log)
        os.chmod(self.socket, 0o666)
        return self

    def load(self, image=BUSYBOX):
        path = os.path.join(self.dir, "image.tar")
        docker("save", "-o", path, image)
        self.podman("load", "-i", path)
        os.unlink(path)
        return self

    def podman(self, *args):
        done = subprocess.run(self._inside(["podman"] + self.options + list(args)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        if done.returncode:
            raise AssertionError("podman %s: %s" % (" ".join(args), done.stderr))
        return done.stdout

    def containers(self):
        return json.loads(self.podman("ps", "--all", "--format", "json"))

    def stop(self):
        """The service only: podman's containers have no daemon."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.socket)

    def log(self):
        with open(os.path.join(self.dir, "log"), errors="replace") as file:
            return file.read()[-3000:]

    def close(self):
        with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
            self.podman("rm", "--all", "--force", "--time", "0")
        self.stop()
        self.holder.kill()
        self.holder.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
