"""The systemd unit with all its hardening, under a real systemd: what it forbids must not be what the daemon needs."""

import contextlib
import os
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import unittest

from harness import BIN, BUSYBOX, CHECKOUT, docker, wait_until

IMAGE = "tidewheel/test-systemd:1"
SOCKET = "/var/run/docker.sock"
INSTALL = """set -e
# -o: the engine's group number may be another group's in here; without it groupadd would take another number.
groupadd -o -g "$(stat -c %g {socket})" docker
install -m 0755 /programs/tidewheeld /programs/tidewheel /usr/bin/
install -D -m 0644 /source/systemd/tidewheel.sysusers.conf /usr/lib/sysusers.d/tidewheel.conf
install -D -m 0644 /source/systemd/tidewheel.tmpfiles.conf /usr/lib/tmpfiles.d/tidewheel.conf
install -D -m 0644 /source/systemd/tidewheeld.service /usr/lib/systemd/system/tidewheeld.service
systemd-sysusers
systemd-tmpfiles --create tidewheel.conf
install -d -m 0750 -o tidewheel -g tidewheel {dir}/state
chgrp tidewheel {dir}/data
mkdir -p /etc/systemd/system/tidewheeld.service.d
printf '[Service]\\nReadWritePaths={dir}/state\\n' > /etc/systemd/system/tidewheeld.service.d/place.conf
systemctl daemon-reload
systemctl enable --now tidewheeld
"""
PIPELINE = """version: 1
name: copy
watch: {path: %s/data, existing: run, settle: 200ms}
image: %s
command: ["sh", "-c", "sleep ${params.seconds}; wc -c < ${input.path} | sed 's/^/size=/' >> $TIDEWHEEL_OUTPUTS"]
params: {seconds: {type: int, default: %d}}
outputs: {size: {type: int}}
"""


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        docker("build", "-q", "-t", IMAGE, os.path.join(CHECKOUT, "tests", "e2e", "systemd"))

    def setUp(self):
        # The engine mounts host paths, so state and data have to be at the same path here and in the container. The unit hides
        # /var/tmp and /tmp (PrivateTmp), hence /srv.
        os.makedirs("/srv", exist_ok=True)
        self.dir = tempfile.mkdtemp(prefix="tw-service-", dir="/srv")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        os.chmod(self.dir, 0o755)
        os.mkdir(self.dir + "/data")
        os.chmod(self.dir + "/data", 0o2750)
        self.box = docker("run", "-d", "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined",
                          "--cgroupns=host", "-v", "/sys/fs/cgroup:/sys/fs/cgroup:rw", "--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp",
                          "-v", "%s:%s" % (SOCKET, SOCKET), "-v", "%s:%s" % (self.dir, self.dir), "-v", CHECKOUT + ":/source:ro", "-v", BIN + ":/programs:ro",
                          IMAGE)
        self.addCleanup(docker, "rm", "-f", "-v", self.box)
        wait_until(lambda: self.inside("systemctl", "is-system-running", check=False) in ("running", "degraded"), 60, "systemd does not come up")
        self.inside("mkdir", "-p", "/etc/tidewheel")
        self.write("/etc/tidewheel/tidewheeld.yaml", "version: 1\ninstance: service\nstate_dir: %s/state\nstorage: {min_free: 100m}\n" % self.dir)
        self.inside("sh", "-c", INSTALL.format(dir=self.dir, socket=SOCKET))

    def inside(self, *command, check=True):
        return docker("exec", self.box, *command, check=check)

    def write(self, path, text):
        subprocess.run(["docker", "exec", "-i", self.box, "sh", "-c", 'cat > "$0.new" && mv "$0.new" "$0"', path], input=text, text=True, check=True)

    def put(self, name, data):
        """0640 of another user, readable for the daemon by the folder's group."""
        path = os.path.join(self.dir, "data", name)
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP)

    def pid(self):
        return int(self.inside("systemctl", "show", "-p", "MainPID", "--value", "tidewheeld"))

    def states(self):
        return [line.split()[2] for line in self.inside("tidewheel", "runs", check=False).splitlines()[1:] if line.strip()]

    def wait_states(self, wanted):
        wait_until(lambda: self.states() == wanted, 60,
                   lambda: "runs are %s, not %s\n%s\n%s" % (self.states(), wanted, self.inside("tidewheel", "status", check=False), self.journal()))

    def journal(self):
        return self.inside("journalctl", "-u", "tidewheeld", "--no-pager", "-n", "40", check=False)

    def test_runs_an_analysis_reloads_and_stops(self):
        self.write("/etc/tidewheel/pipelines.d/copy.yaml", PIPELINE % (self.dir, BUSYBOX, 0))
        self.put("a.csv", b"12345")
        self.wait_states(["succeeded"])
        self.assertIn(" 5", self.inside("tidewheel", "results", "copy"))
        before = self.pid()
        self.inside("systemctl", "reload", "tidewheeld")
        wait_until(lambda: "reading the pipelines again" in self.journal(), 10, self.journal)
        self.assertEqual(self.pid(), before)
        self.inside("systemctl", "stop", "tidewheeld")
        self.assertEqual(self.inside("systemctl", "show", "-p", "Result", "--value", "tidewheeld"), "success")

    def test_a_killed_daemon_is_started_again_and_its_run_goes_on(self):
        self.write("/etc/tidewheel/pipelines.d/copy.yaml", PIPELINE % (self.dir, BUSYBOX, 6))
        self.put("a.csv", b"12345")
        self.wait_states(["running"])
        before = self.pid()
        self.inside("sh", "-c", "kill -9 %d" % before)
        self.wait_states(["succeeded"])
        self.assertNotEqual(self.pid(), before)

    def test_may_see_which_start_of_the_machine_this_is_and_which_process_the_engine_is(self):
        """What a container without our init is judged by; the engine's process itself is outside of this test's systemd."""
        self.write("/etc/tidewheel/pipelines.d/copy.yaml", PIPELINE % (self.dir, BUSYBOX, 0) + "init: false\n")
        self.put("a.csv", b"12345")
        self.wait_states(["succeeded"])
        with contextlib.closing(sqlite3.connect(self.dir + "/state/tidewheel.db")) as db:
            boots = db.execute("SELECT running_boot FROM attempt").fetchall()
        with open("/proc/sys/kernel/random/boot_id") as file:
            self.assertEqual(boots, [(file.read().strip(),)])
        mounts = self.inside("cat", "/proc/%d/mountinfo" % self.pid()).splitlines()
        proc = [line for line in mounts if " /proc " in line]
        self.assertTrue(proc)
        for line in proc:
            self.assertNotRegex(line, "hidepid|subset")

    def test_a_bad_configuration_is_told_and_not_tried_again(self):
        self.write("/etc/tidewheel/tidewheeld.yaml", "version: 1\nlimit: {runs: 2}\n")
        self.inside("systemctl", "restart", "tidewheeld", check=False)
        wait_until(lambda: self.inside("systemctl", "is-active", "tidewheeld", check=False) == "failed", 20, self.journal)
        self.assertEqual(self.inside("systemctl", "show", "-p", "ExecMainStatus", "--value", "tidewheeld"), "78")
        self.assertEqual(self.inside("systemctl", "show", "-p", "NRestarts", "--value", "tidewheeld"), "0")
        self.assertIn("did you mean 'limits'", self.journal())


if __name__ == "__main__":
    unittest.main()
