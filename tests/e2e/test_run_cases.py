"""What scripts, people and the machine do to runs, each with the number that it has in the list of cases that container runs have to stand."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from engines import Engine
from harness import BIN, DOCKER, ENDS, Events, sha256, wait_until
from proxy import Proxy
from push import UnixConnection
from witness import AGAIN, WitnessTest, say, wait_for

LONG = "TIDEWHEEL_LONG" in os.environ


class Cancels(WitnessTest):
    def cancelled(self, d, run, states=("cancelled",)):
        self.assertEqual(d.cli_code("cancel", str(run["run_no"])), 0)
        run = self.wait_state(d, "a", ENDS)
        self.assertIn(run["state"], states)
        return run

    def over(self, d, run):
        d.wait_clean()
        d.settle_down()
        ends = [r["state"] for r in d.sql("SELECT state FROM v1_feed WHERE run_id = ?", run["run_id"]) if r["state"] in ENDS]
        self.assertEqual(ends, [run["state"]])

    def test_case_25_cancelled_while_pulling(self):
        silent = socket.create_server(("127.0.0.1", 0))  # a registry that takes calls and says nothing
        self.addCleanup(silent.close)
        d = self.daemon().start()
        d.pipeline("p", ["true"], image="localhost:%d/no/such:1" % silent.getsockname()[1], settle="0s")
        d.put("a", b"a")
        run = self.wait_state(d, "a", ["pulling"])
        self.over(d, self.cancelled(d, run))

    def cancelled_at(self, pattern, states=("cancelled",)):
        proxy = Proxy(DOCKER)
        self.addCleanup(proxy.close)
        d = self.begin([say("begun"), "sleep 0.5", "echo kept > /out/kept.txt"], engine=proxy.url)
        trap = proxy.trap(pattern)
        d.put("a", b"a")
        self.assertTrue(trap.met.wait(30), d.log())
        self.assertEqual(d.cli_code("cancel", "1"), 0)
        trap.release()
        run = self.ended(d, "a")
        self.assertIn(run["state"], states)
        self.assertLessEqual(len(self.said(run, "begun")), 1)
        self.over(d, run)
        return d, run

    def test_case_25_cancelled_while_it_is_created(self):
        self.cancelled_at("POST .*/containers/create")

    def test_case_25_cancelled_while_it_is_started(self):
        self.cancelled_at("POST .*/start")

    def test_case_25_cancelled_while_it_runs(self):
        d = self.begin([say("begun"), wait_for("go")])
        d.put("a", b"a")
        run = self.wait_state(d, "a", ["running"])
        self.over(d, self.cancelled(d, run))

    def test_case_25_cancelled_while_it_is_collected(self):
        d, run = self.cancelled_at("GET .*/logs.*timestamps=1$", ("succeeded", "cancelled"))
        kept = [r["name"] for r in d.sql("SELECT name FROM v1_artifacts")]
        self.assertEqual(kept, ["kept.txt"])
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1), "it had ended well before")

    def test_case_28_a_stop_that_races_the_end(self):
        d = self.begin([say("begun"), "sleep 0.4", say("ends"), "echo kept > /out/kept.txt"], runs=2)
        chance = random.Random(int(os.environ.get("TIDEWHEEL_SEED", "28")))
        for number in range(100 if LONG else 12):
            name = "f%d" % number
            d.put(name, name.encode())
            wait_until(lambda name=name: self.run_of(d, name) and self.said(self.run_of(d, name), "begun"), 30, d.log)
            time.sleep(chance.uniform(0.3, 0.6))  # around the end
            d.cli_code("cancel", str(self.run_of(d, name)["run_no"]))
            run = self.ended(d, name)
            self.assertIn(run["state"], ("succeeded", "cancelled"))
            self.assertEqual((run["attempts"], len(self.said(run, "begun"))), (1, 1))
            if run["state"] == "succeeded":
                self.assertEqual(len(self.said(run, "ends")), 1)
                self.assertEqual([r["name"] for r in d.sql("SELECT name FROM v1_artifacts WHERE run_id = ?", run["run_id"])], ["kept.txt"])
        d.wait_clean()


class Scripts(WitnessTest):
    def test_case_30_exit_codes_verbatim(self):
        d = self.begin(["exit $(cat $1)"], extra="retries: {max: 0}\n")
        codes = (0, 1, 75, 99, 125, 126, 127, 137, 143, 255)
        for code in codes:
            d.put("code-%d" % code, b"%d" % code)
        d.wait_runs(len(codes))
        for code in codes:
            run = self.run_of(d, "code-%d" % code)
            wanted = {0: ("succeeded", "exit_zero"), 75: ("failed", "exit_try_again")}.get(code, ("failed", "exit_nonzero"))
            self.assertEqual((run["exit_code"], run["state"], run["reason"]), (code,) + wanted)

    def test_case_38_a_hundred_megabytes_of_log_take_no_memory_and_block_nothing(self):
        d = self.begin([say("begun"), "head -c 99000000 /dev/zero | tr '\\0' x | fold -w 99", say("ends"), "echo", "echo last line"])
        d.put("a", b"a")
        run = self.ended(d, "a", seconds=180)
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "ends"))), ("succeeded", 1, 1))
        with open("/proc/%d/status" % d.process.pid) as file:
            peak = int(next(line for line in file if line.startswith("VmHWM")).split()[1]) * 1024
        if "TIDEWHEEL_SANITIZED" not in os.environ:  # AddressSanitizer gives freed memory back late
            self.assertLess(peak, 100_000_000)
        log = subprocess.Popen([os.path.join(BIN, "tidewheel"), "--socket", d.socket, "logs", run["run_id"]], stdout=subprocess.PIPE)
        size, tail = 0, b""
        while data := log.stdout.read(1 << 20):
            size, tail = size + len(data), (tail + data)[-200:]
        log.stdout.close()
        self.assertEqual(log.wait(), 0)
        self.assertTrue(tail.endswith(b"x\nlast line\n"), tail)
        # The engine keeps five files of 20 MB, and its own marks of each line are in them.
        self.assertGreater(size, 50_000_000)

    def test_case_39_bytes_of_any_kind_come_through_the_log(self):
        text = b"x" * 40000 + b"\nnul \0 inside\ninvalid \xff\xfe\xc3( utf-8\r\nreturn \r in the middle\r\n\n\x1b[31mred\nno newline at the end"
        d = self.begin(["cat $1"])
        d.put("a", text)
        run = self.ended(d, "a")
        self.assertEqual(run["state"], "succeeded")
        self.assertEqual(d.cli_raw("logs", run["run_id"]).stdout.removesuffix(b"\n"), text)

    def test_case_45_hostile_outputs_stay_inside(self):
        d = self.begin(["cd /out", "echo good > good.txt", "ln -s /etc/passwd link", "ln -s ../../../../etc dir-link", "ln good.txt hard", "mkfifo fifo",
                        "mkdir -p deep/er", "echo deep > deep/er/file.txt", "echo suid > suid.txt", "chmod 6755 suid.txt",
                        "printf 'raw' > $(printf 'raw-\\\\377.txt')", "truncate -s 20M sparse.bin", "echo dots > ..hidden", "mknod null c 1 3 || true"])
        d.put("a", b"a")
        run = self.ended(d, "a")
        self.assertEqual(run["state"], "succeeded", d.log()[-2000:])
        rows = {r["name"]: r for r in d.sql("SELECT name, path, size, sha256 FROM v1_artifacts")}
        self.assertEqual(rows["good.txt"]["sha256"], sha256(b"good\n"))
        self.assertEqual(rows["deep/er/file.txt"]["sha256"], sha256(b"deep\n"))
        self.assertEqual(rows["sparse.bin"]["size"], 20 << 20)
        self.assertFalse({"link", "dir-link", "fifo", "null"} & set(rows), sorted(rows))
        root = os.path.join(d.state, "artifacts")
        for folder, folders, files in os.walk(root):
            for name in folders + files:
                path = os.path.join(folder, name)
                self.assertFalse(os.path.islink(path), path)
                self.assertTrue(os.path.isdir(path) or os.path.isfile(path), path)
                self.assertEqual(os.stat(path).st_mode & 0o7000 & ~0o2000 if os.path.isdir(path) else os.stat(path).st_mode & 0o7111, 0, path)

    def test_case_45_more_than_may_come_is_refused(self):
        d = self.begin(["cd /out", "case $(cat $1) in sparse) truncate -s 100G huge.bin;; many) seq 1 12000 | xargs touch;; esac"])
        for name in ("sparse", "many"):
            d.put(name, name.encode())
        for name in ("sparse", "many"):
            run = self.ended(d, name, seconds=120)
            self.assertEqual((run["state"], run["reason"], run["attempts"]), ("failed", "output_too_large", 1), name)
        self.assertEqual(d.sql("SELECT name FROM v1_artifacts"), [])
        d.wait_clean()

    def test_case_46_outputs_json_that_is_none(self):
        bad = {"invalid": b'{"n": 1', "nan": b'{"n": NaN}', "large": b'{"n": 1, "pad": "' + b"x" * 2_000_000 + b'"}', "nested": b'{"n": {"deep": [1]}}',
               "double": b'{"n": 1, "n": 2}', "list": b"[1]", "empty": b""}
        d = self.begin(["cp $1 /out/outputs.json", "echo kept > /out/kept.txt"], extra=AGAIN + "outputs: {n: {type: int}}\n")
        for name, text in bad.items():
            d.put(name, text)
        d.put("good", b'{"n": 1}')
        d.wait_runs(len(bad) + 1)
        self.assertEqual(self.run_of(d, "good")["state"], "succeeded")
        for name in bad:
            run = self.run_of(d, name)
            self.assertEqual((run["state"], run["reason"], run["attempts"]), ("failed", "bad_outputs", 1), name)
            self.assertEqual([r["name"] for r in d.sql("SELECT name FROM v1_artifacts WHERE run_id = ?", run["run_id"])], ["kept.txt"])
        self.assertEqual([r["run_id"] for r in d.sql("SELECT run_id FROM v1_outputs")], [self.run_of(d, "good")["run_id"]])

    def test_case_47_a_required_output_is_missing(self):
        d = self.begin(["echo to the log", "echo kept > /out/kept.txt", "echo '{\"n\": 1}' > /out/outputs.json"],
                       extra=AGAIN + "outputs: {n: {type: int}, r2: {type: float}}\nartifacts: {report.html: {required: true}}\n")
        d.put("a", b"a")
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["reason"], run["exit_code"], run["attempts"]), ("failed", "bad_outputs", 0, 1))
        self.assertIn("r2", d.cli_raw("show", "1").stdout.decode())
        self.assertEqual(d.cli_raw("logs", "1").stdout, b"to the log\n")
        self.assertEqual([r["name"] for r in d.sql("SELECT name FROM v1_artifacts")], ["kept.txt"])
        self.assertEqual(d.sql("SELECT * FROM v1_outputs"), [])

    def test_case_48_arguments_arrive_as_they_were_written(self):
        hostile = ["two words", "'single'", 'double "quotes"', "$(touch /out/injected)", "`id`", ";", "&& exit 9", "new\nline", "", "-rf", "--", "*", "~", "\\", "\u00e4", "x" * 120_000]
        d = self.daemon().start()
        d.pipeline("p", ["sh", "-c", 'shift; for i in "$@"; do printf "%s" "$i" | sha256sum; done', "sh", "first"] + hostile, settle="0s")
        d.put("a", b"a")
        self.assertEqual(d.wait_runs(1)[0]["state"], "succeeded")
        self.assertEqual(d.cli_raw("logs", "1").stdout.decode().split()[::2], [sha256(word.encode()) for word in hostile])
        self.assertEqual(d.sql("SELECT name FROM v1_artifacts"), [])

    def test_case_48_an_argument_beyond_the_kernels_limit_is_told(self):
        d = self.daemon().start()
        d.pipeline("p", ["true", "x" * 200_000], settle="0s")
        d.put("a", b"a")
        run = d.wait_runs(1)[0]
        self.assertEqual((run["state"], run["attempts"]), ("failed", 0))
        self.assertIn("longer than 128 KiB", d.cli_raw("show", "1").stdout.decode())


class Clock(WitnessTest):
    STEP = r"""
        #define _GNU_SOURCE
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        static long step(void) { const char* f = getenv("TEST_CLOCK_STEP"); return f && access(f, F_OK) == 0 ? -3600 : 0; }
        int clock_gettime(clockid_t id, struct timespec* t) {
          int r = (int)syscall(SYS_clock_gettime, id, t);
          if (r == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) t->tv_sec += step();
          return r;
        }
        int gettimeofday(struct timeval* restrict t, void* restrict z) {
          struct timespec s; (void)z; clock_gettime(CLOCK_REALTIME, &s); t->tv_sec = s.tv_sec; t->tv_usec = s.tv_nsec / 1000; return 0;
        }
        time_t time(time_t* t) { struct timespec s; clock_gettime(CLOCK_REALTIME, &s); if (t) *t = s.tv_sec; return s.tv_sec; }
    """

    def test_case_41_the_clock_steps_back_an_hour(self):
        d = self.daemon(witness=self.host, config=self.pipe.CONFIG)
        library = os.path.join(d.dir, "step.so")
        step = os.path.join(d.dir, "step")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", library], input=self.STEP, text=True, check=True)
        d.start(wrapper=["env", "ASAN_OPTIONS=verify_asan_link_order=0", "LD_PRELOAD=" + library, "TEST_CLOCK_STEP=" + step])
        script = [say("begun"), wait_for("go-$(cat $1)"), "[ $(cat $1) != again ] || [ -e /witness/well ] || exit 75", say("ends")]
        d.pipeline("p", ["sh", "-c", "; ".join(script), "sh", "${input.path}"], settle="0s",
                   extra="retries: {max: 2, backoff: 3s}\n" + self.pipe.volumes())
        d.put("long", b"long")
        d.put("again", b"again")
        d.wait_runs(2, states=["running"])
        self.pipe.tell("go-again")
        self.wait_state(d, "again", ["retry_wait"])
        self.pipe.tell("well")
        with open(step, "w"):
            pass
        shown = d.sql("SELECT queued_at FROM v1_runs WHERE run_no = 1")[0]["queued_at"]
        d.put("later", b"later")
        run = self.wait_state(d, "again", ENDS)  # not in an hour
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 2))
        later = self.wait_state(d, "later", ["running"])
        self.assertLess(later["queued_at"], shown, "the clock did not step")
        self.pipe.tell("go-long")
        self.pipe.tell("go-later")
        for name in ("long", "later"):
            run = self.ended(d, name)
            self.assertEqual((run["state"], run["attempts"], len(self.said(run, "begun"))), ("succeeded", 1, 1))
        d.wait_clean()
        self.assertEqual(sorted(r["run_no"] for r in d.sql("SELECT run_no FROM v1_p_p_history")), [1, 2, 3])


class Crowd(WitnessTest):
    def test_case_52_no_more_start_at_once_than_there_are_slots(self):
        events = Events()
        self.addCleanup(events.close)
        count = 500 if LONG else 40
        d = self.begin([say("begun")], runs=16, config="")
        for number in range(count):
            d.put("f%03d" % number, b"%d" % number)
        runs = d.wait_runs(count, seconds=600)
        self.assertEqual({(r["state"], r["attempts"]) for r in runs}, {("succeeded", 1)})
        self.assertEqual(len({line.split()[0] for line in self.pipe.lines}), count)
        self.assertEqual(len(self.pipe.lines), count)
        self.assertNotIn("does not answer", d.log())
        created, started, most = set(), set(), 0
        instance = d.instance()
        for line in list(events.lines):
            event = json.loads(line)
            if event["Actor"]["Attributes"].get("io.tidewheel.instance") != instance:
                continue
            {"create": created, "start": started}.get(event["Action"], set()).add(event["id"])
            most = max(most, len(created - started))
        self.assertEqual((len(created), len(started)), (count, count))
        self.assertLessEqual(most, os.cpu_count() + 1)


class Leftovers(WitnessTest):
    def test_case_57_leftover_containers_cost_one_question_at_the_start(self):
        engine = Engine()
        self.addCleanup(engine.close)
        engine.start().load()
        self.host = engine.host
        proxy = Proxy(engine.host)
        self.addCleanup(proxy.close)
        d = self.begin([say("begun")], engine=proxy.url)
        d.stop()
        count = 1500 if LONG else 150
        body = {"Image": "local/busybox:1", "Cmd": ["true"], "NetworkDisabled": True, "Labels": {"io.tidewheel.instance": d.instance(), "io.tidewheel.run": "unknown"}}
        with contextlib.closing(UnixConnection(engine.socket)) as api:
            for number in range(count):
                api.request("POST", "/containers/create?name=leftover-%d-" % number, json.dumps(body), {"Content-Type": "application/json"})
                answer = api.getresponse()
                self.assertEqual(answer.status, 201, answer.read())
                answer.read()
        asked = len(proxy.requests)
        began = time.monotonic()
        d.start()
        wait_until(lambda: all("leftover-%d-" % number in d.log() for number in range(count)), 60, d.log)
        print("%d leftovers reported after %.1f s" % (count, time.monotonic() - began))
        requests = proxy.requests[asked:]
        self.assertEqual(sum("/containers/json" in request for request in requests), 1, requests)
        self.assertEqual([request for request in requests if "/containers/leftover" in request or "DELETE" in request], [])
        d.put("a", b"a")
        self.assertEqual(self.ended(d, "a")["state"], "succeeded")
        left = engine.docker("ps", "-aq", "--filter", "name=leftover", "--filter", "status=created").split()
        self.assertEqual(len(left), count, "none of them was touched")


class Unkillable(WitnessTest):
    FREEZER = "/sys/fs/cgroup/freezer"

    @unittest.skipUnless(os.path.isdir(FREEZER), "case 27: only the freezer of cgroup v1 makes a process that SIGKILL does not end")
    def test_case_27_what_cannot_be_killed_is_told_of_and_keeps_its_name_but_not_its_slot(self):
        d = self.begin([say("begun"), wait_for("go")], runs=1)
        d.put("a", b"a")
        self.wait_state(d, "a", ["running"])
        container = d.containers()[0]
        cgroup = tempfile.mkdtemp(prefix="tw-frozen-", dir=self.FREEZER)
        self.addCleanup(self.thaw, cgroup)
        def moved():
            with open(os.path.join(self.FREEZER, "docker", container, "cgroup.procs")) as file:
                pids = file.read().split()
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):  # a sleep that is over
                    self.write(cgroup, "cgroup.procs", pid)
            return not pids
        wait_until(moved, 10, "processes stay behind")
        self.write(cgroup, "freezer.state", "FROZEN")
        self.assertEqual(d.cli_code("cancel", "1"), 0)
        d.put("b", b"b")  # there is one slot: it goes on when that is free
        self.pipe.tell("go")
        self.assertEqual(self.ended(d, "b", 90)["state"], "succeeded")
        run = self.run_of(d, "a")
        self.assertEqual((run["state"], run["reason"], run["attempts"]), ("running", "unkillable", 1), "it does run")
        self.assertIn(run["detail"].split()[1], d.log())
        self.assertIn("goes on, even after SIGKILL", d.log())
        self.assertIn("even after SIGKILL", str(d.cli("why", "1")))
        self.assertIn("tidewheel_runs_unkillable 1", d.http("/metrics"))
        notices = [notice for notice in json.loads(d.http("/api/v1/overview"))["attention"] if notice["kind"] == "run_unkillable"]
        self.assertEqual([(notice["run_no"], notice["pipeline"]) for notice in notices], [(1, "p")])
        d.kill()
        d.start()
        run = self.run_of(d, "a")
        self.assertEqual((run["state"], run["attempts"]), ("running", 1), "it does run")
        self.assertEqual(d.containers(), [container])
        self.thaw(cgroup)
        run = self.ended(d, "a")
        self.assertEqual((run["state"], run["attempts"], len(self.said(run, "begun"))), ("cancelled", 1, 1))
        d.wait_clean()

    @staticmethod
    def write(cgroup, name, text):
        with open(os.path.join(cgroup, name), "w") as file:
            file.write(text)

    def thaw(self, cgroup):
        if not os.path.isdir(cgroup):
            return
        self.write(cgroup, "freezer.state", "THAWED")
        def gone():
            with open(os.path.join(cgroup, "cgroup.procs")) as file:
                for pid in file.read().split():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.rmdir(cgroup)
            return not os.path.isdir(cgroup)
        wait_until(gone, 30, "its processes do not end")


class Elsewhere(unittest.TestCase):
    """Cases for which this machine has no counterpart."""

    @unittest.skip("Debian 12 has one version of dockerd; that a run goes on under another dockerd is what case 14 shows")
    def test_case_56_the_engine_is_upgraded_during_a_run(self):
        pass

