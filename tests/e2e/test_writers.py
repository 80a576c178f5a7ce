"""However a file is written: one run, on the complete file."""

import ctypes
import os
import shutil
import subprocess
import tempfile
import time

from harness import E2ETest, sha256
from scripts import HASH, SHA_OUTPUT

MEGABYTE = 1 << 20


class Writers(E2ETest):
    def setUp(self):
        self.d = self.daemon().start()

    def pipeline(self, settle):
        self.d.pipeline("hash", HASH, extra=SHA_OUTPUT, settle=settle)

    def one_run_of(self, name, data, seconds=60):
        runs = self.d.wait_runs(1, seconds=seconds)
        self.assertEqual(runs[0]["state"], "succeeded")
        self.d.settle_down()
        self.assertEqual(len(self.d.runs()), 1)
        self.assertEqual(self.outputs(self.d, "hash")[name]["sha"], sha256(data))
        self.assertEqual(self.d.sql("SELECT sha256 FROM v1_inputs")[0]["sha256"], sha256(data))

    def slow_writer(self, settle):
        self.pipeline(settle)
        data = os.urandom(10 * MEGABYTE)
        with open(os.path.join(self.d.data, "slow.bin"), "wb", buffering=0) as file:
            for i in range(10):
                file.write(data[i * MEGABYTE:(i + 1) * MEGABYTE])
                if i == 9:
                    self.assertEqual(self.d.runs(), [], "a run was queued while the file was still being written")
                time.sleep(1)  # the writer's own pace, not a wait of the test
        self.one_run_of("slow.bin", data)

    def test_a_megabyte_a_second_for_ten_seconds(self):
        self.slow_writer("2s")

    def test_a_megabyte_a_second_with_settle_zero_waits_for_the_close(self):
        self.slow_writer("0s")

    def test_rsync(self):
        self.pipeline("0s")
        data = os.urandom(3 * MEGABYTE)
        source = os.path.join(self.d.dir, "big.bin")
        with open(source, "wb") as file:
            file.write(data)
        subprocess.run(["rsync", "-a", source, self.d.data + "/"], check=True)
        self.one_run_of("big.bin", data)

    def test_cp(self):
        self.pipeline("500ms")
        data = os.urandom(20 * MEGABYTE)
        source = os.path.join(self.d.dir, "big.bin")
        with open(source, "wb") as file:
            file.write(data)
        subprocess.run(["cp", source, self.d.data], check=True)
        self.one_run_of("big.bin", data)

    def test_mv_from_another_file_system(self):
        self.pipeline("500ms")
        data = os.urandom(20 * MEGABYTE)
        with tempfile.NamedTemporaryFile(dir="/dev/shm", delete=False) as file:
            file.write(data)
        os.chmod(file.name, 0o644)
        self.assertNotEqual(os.stat("/dev/shm").st_dev, os.stat(self.d.data).st_dev)
        subprocess.run(["mv", file.name, os.path.join(self.d.data, "moved.bin")], check=True)
        self.one_run_of("moved.bin", data)

    def test_write_then_rename(self):
        self.pipeline("0s")
        data = os.urandom(MEGABYTE)
        with open(os.path.join(self.d.data, "result.csv.tmp"), "wb") as file:
            for i in range(4):
                file.write(data[i * MEGABYTE // 4:(i + 1) * MEGABYTE // 4])
                file.flush()
        os.rename(file.name, os.path.join(self.d.data, "result.csv"))
        self.one_run_of("result.csv", data)

    def test_o_tmpfile_and_linkat(self):
        self.pipeline("0s")
        data = os.urandom(MEGABYTE)
        fd = os.open(self.d.data, os.O_TMPFILE | os.O_WRONLY, 0o644)
        os.write(fd, data)
        at_fdcwd, follow = -100, 0x400
        libc = ctypes.CDLL(None, use_errno=True)
        target = os.path.join(self.d.data, "linked.bin").encode()
        self.assertEqual(libc.linkat(at_fdcwd, b"/proc/self/fd/%d" % fd, at_fdcwd, target, follow), 0, os.strerror(ctypes.get_errno()))
        os.close(fd)
        self.one_run_of("linked.bin", data)

    def test_a_folder_moved_in_with_its_files(self):
        self.pipeline("200ms")
        folder = os.path.join(self.d.dir, "batch", "deep")
        os.makedirs(folder)
        with open(os.path.join(folder, "x.csv"), "wb") as file:
            file.write(b"x")
        shutil.move(os.path.join(self.d.dir, "batch"), self.d.data)
        self.one_run_of("batch/deep/x.csv", b"x")
