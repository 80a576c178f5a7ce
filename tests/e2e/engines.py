"""A second, real Docker Engine to be stopped, killed and starved: containerd and dockerd with places of their own, in a network
and a mount namespace of their own. What it leaves in the kernel goes with it, and the engine of the machine never notices."""

import contextlib
import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time

from harness import BUSYBOX, docker, wait_until

CGROUPS = "/sys/fs/cgroup"
# The plug-in for Kubernetes wants a network and a bridge.
CONTAINERD = 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'


class Engine:
    """Begins without a process; `start` may be called again after every end. `close` leaves nothing."""

    def __init__(self, data_root=None, live_restore=False, options=(), hide=()):
        """`hide`: folders that are empty in the engine's namespace."""
        self.dir = tempfile.mkdtemp(prefix="tw-engine-", dir="/var/tmp")
        os.chmod(self.dir, 0o711)
        self.name = os.path.basename(self.dir)
        self.socket = os.path.join(self.dir, "docker.sock")
        self.host = "unix://" + self.socket
        self.data_root = data_root or os.path.join(self.dir, "data")
        self.exec_root = os.path.join(self.dir, "exec")
        self.containerd_socket = os.path.join(self.dir, "containerd.sock")
        self.log_path = os.path.join(self.dir, "log")
        self.live_restore = live_restore
        self.options = list(options)
        self.process = self.containerd = None
        # Holds both namespaces from one life of the engine to the next: mounts stay where the next dockerd looks for them.
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "--propagation", "private", "sleep", "infinity"])
        wait_until(lambda: self._comm(self.holder.pid) == "sleep", 10, "unshare does not give a namespace")
        for folder in hide:
            if self.inside(["mount", "-t", "tmpfs", "none", folder]).wait() != 0:
                raise AssertionError("%s cannot be hidden" % folder)

    @staticmethod
    def _comm(pid):
        with contextlib.suppress(OSError):
            with open("/proc/%d/comm" % pid) as file:
                return file.read().strip()

    def inside(self, command, **options):
        """Started in the engine's namespaces; nsenter becomes the command, so the pid is the command's own."""
        return subprocess.Popen(["nsenter", "--target", str(self.holder.pid), "--net", "--mount"] + command, **options)

    def _spawn(self, command):
        with open(self.log_path, "ab") as log:
            return self.inside(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    # -- life

    def start(self, seconds=60):
        if self.containerd is None:
            self.containerd = self._spawn(["containerd", "--address", self.containerd_socket, "--root", os.path.join(self.dir, "containerd"),
                                           "--state", os.path.join(self.dir, "containerd-state"), "--log-level", "warn",
                                           "--config", self._file("containerd.toml", CONTAINERD)])
        self.launch()
        self.wait_ready(seconds)
        return self

    def launch(self):
        """dockerd's process only: it answers some time later."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.dir, "pid"))  # of one that was killed; its number may be somebody else's by now
        self.process = self._spawn(
            ["dockerd", "--host", self.host, "--data-root", self.data_root, "--exec-root", self.exec_root, "--pidfile", os.path.join(self.dir, "pid"),
             "--containerd", self.containerd_socket, "--cgroup-parent", "/" + self.name, "--group", "docker", "--bridge", "none",
             "--iptables=false", "--ip6tables=false", "--config-file", self._file("daemon.json", "{}")] + (["--live-restore"] if self.live_restore else []) + self.options)

    def _file(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def answers(self):
        return subprocess.run(["docker", "-H", self.host, "version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def wait_ready(self, seconds=60):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError("dockerd ended with %s:\n%s" % (self.process.returncode, self.log()))
            return os.path.exists(self.socket) and self.answers()
        wait_until(ready, seconds, lambda: "the second dockerd does not answer:\n" + self.log())

    def kill(self, number=signal.SIGKILL):
        """dockerd alone, by its pid; containerd and containers go on, as they do under systemd."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(60)
            self.process = None

    def stop(self):
        self.kill(signal.SIGTERM)

    def go_on(self):
        """After a SIGSTOP."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def power_off(self):
        """Everything ends at once and what is kept in memory is gone: the nearest thing to a cut cable."""
        for process in (self.process, self.containerd):
            if process is not None:
                process.kill()
                process.wait()
        self.process = self.containerd = None
        self._end_containers()
        self.unmount_all()
        for folder in (self.exec_root, os.path.join(self.dir, "containerd-state")):
            shutil.rmtree(folder, ignore_errors=True)

    def unmount_all(self):
        """In the engine's own namespace, where a reboot would have taken them away."""
        with open("/proc/%d/mounts" % self.holder.pid) as file:
            places = [line.split()[1] for line in file]
        for place in reversed(places):
            if place.startswith(self.dir + "/") and place != self.data_root:
                self.inside(["umount", "-l", place], stderr=subprocess.DEVNULL).wait()

    def close(self):
        for process in (self.process, self.containerd):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        self.process = self.containerd = None
        self._end_containers()
        self.holder.kill()
        self.holder.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
        if os.path.exists(self.dir):
            raise AssertionError("%s could not be removed" % self.dir)

    # -- what its containers are to the kernel

    def shims(self):
        """Pids of shims: those whose command line names this engine's containerd."""
        found = []
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            with contextlib.suppress(OSError), open(path, "rb") as file:
                words = file.read().split(b"\0")
                if self.containerd_socket.encode() in words and b"shim" in words[0]:
                    found.append(int(path.split("/")[2]))
        return found

    def _cgroups(self):
        return sorted({os.path.dirname(path) for pattern in ("", "*/") for path in
                       glob.glob("%s/%s%s/**/cgroup.procs" % (CGROUPS, pattern, self.name), recursive=True)}, key=len, reverse=True)

    def processes(self):
        """Pids in containers of this engine, whatever dockerd believes."""
        found = set()
        for folder in self._cgroups():
            with contextlib.suppress(OSError), open(os.path.join(folder, "cgroup.procs")) as file:
                found.update(int(line) for line in file)
        return found - {0}

    @staticmethod
    def _is_first(pid):
        """PID 1 of a container: the kernel ends all of the others with it, so that none of them sees another one's end."""
        with contextlib.suppress(OSError), open("/proc/%d/status" % pid) as file:
            return any(line.startswith("NSpid:") and line.split()[-1] == "1" for line in file)
        return False

    def kill_processes(self):
        """SIGKILL to everything in its containers, until nothing is left; nobody tells dockerd."""
        def gone():
            pids = self.processes()
            for pid in [pid for pid in pids if self._is_first(pid)] or pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not self.processes()
        wait_until(gone, 20, lambda: "processes of containers do not end: %s" % self.processes())

    def _end_containers(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            self.thaw()
            self.kill_processes()
            left = self.shims()
            if not left:
                break
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        for folder in self._cgroups():
            with contextlib.suppress(OSError):
                os.rmdir(folder)

    def thaw(self):
        for folder in self._cgroups():
            with contextlib.suppress(OSError), open(os.path.join(folder, "freezer.state"), "w") as file:
                file.write("THAWED")

    # -- use

    def docker(self, *args, check=True):
        return docker("-H", self.host, *args, check=check)

    def load(self, image=BUSYBOX):
        saved = subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE)
        done = subprocess.run(["docker", "-H", self.host, "load"], stdin=saved.stdout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        saved.stdout.close()
        if saved.wait() or done.returncode:
            raise AssertionError("the image was not loaded: %s" % done.stdout)
        return self

    def containers(self, instance, everything=True):
        return self.docker("ps", "-q" + ("a" if everything else ""), "--no-trunc", "--filter", "label=io.tidewheel.instance=" + instance).split()

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()[-4000:]
