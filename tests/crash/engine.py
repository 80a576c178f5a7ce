"""A Docker Engine of its own, beside the machine's: it may be killed, frozen and left in pieces."""

import os
import shutil
import signal
import subprocess
import tempfile
import time

DOCKERD = shutil.which("dockerd") or "/usr/sbin/dockerd"


def descendants(roots):
    """The processes below these, as /proc shows them now."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name) as file:
                parents[int(name)] = int(file.read().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
    found, grown = set(roots), True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return found - set(roots)


class Engine:
    """dockerd in a network namespace of its own: with --bridge=none outside of one it deletes the host's docker0."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="tw-torture-engine-", dir="/var/tmp")
        os.chmod(self.dir, 0o755)
        self.socket = os.path.join(self.dir, "docker.sock")
        self.host = "unix://" + self.socket
        self.log_path = os.path.join(self.dir, "dockerd.log")
        self.process = None

    def start(self, seconds=90, times=3):
        """As systemd would: anew when dockerd gives up by itself, as it does where its containerd of before is just dying."""
        for time_left in reversed(range(times)):
            self._wait_for_containerds_end()
            try:
                return self._start(seconds)
            except AssertionError:
                if time_left == 0:
                    raise
                self.kill()
                time.sleep(2)

    def _wait_for_containerds_end(self):
        """A dockerd that finds the pid of a dying containerd takes it for alive and waits for it in vain."""
        try:
            with open(os.path.join(self.dir, "exec", "containerd", "containerd.pid")) as file:
                pid = int(file.read())
            for _ in range(200):
                with open("/proc/%d/stat" % pid) as file:
                    if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                        return
                time.sleep(0.05)
        except (OSError, ValueError):
            return  # it is gone

    def _start(self, seconds):
        place = lambda name: os.path.join(self.dir, name)
        environment = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
        environment.pop("DOCKER_HOST", None)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(  # unshare becomes dockerd, so its pid is dockerd's
                ["unshare", "-n", DOCKERD, "--host", self.host, "--data-root", place("data"), "--exec-root", place("exec"),
                 "--pidfile", place("pid"), "--bridge=none", "--iptables=false"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        deadline = time.monotonic() + seconds
        while self.docker("version", timeout=10)[0] != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the second dockerd does not answer (exit %s):\n%s" % (self.process.poll(), self.log()[-3000:]))
            time.sleep(0.2)
        return self

    def docker(self, *args, timeout=120, data=None):
        """(exit status, output) of one docker command against this engine."""
        try:
            done = subprocess.run(("docker", "-H", self.host) + args, input=data, timeout=timeout,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired:
            return 124, ""
        return done.returncode, done.stdout.decode(errors="replace").strip()

    def load(self, image):
        """From the machine's engine."""
        saved = subprocess.run(["docker", "save", image], stdout=subprocess.PIPE, check=True).stdout
        code, said = self.docker("load", data=saved)
        if code != 0:
            raise AssertionError("docker load %s: %s" % (image, said))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def _left(self):
        """What a killed dockerd left: its shims name our folder, and what they started is below them."""
        shims = set()
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % name, "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if os.fsencode(self.dir) in b"\0".join(words) and b"containerd" in words[0]:
                shims.add(int(name))
        return shims | descendants(shims)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.thaw()
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()
        for pid in self._left():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        with open("/proc/self/mounts") as file:
            mounts = [line.split()[1] for line in file]
        for mount in reversed([m for m in mounts if m.startswith(self.dir + "/")]):
            subprocess.run(["umount", "-l", mount], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.dir, ignore_errors=True)
