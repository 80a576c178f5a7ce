"""./quickstart as a stranger uses it, and the R example's numbers against the same image run by hand."""

import json
import os
import pwd
import random
import re
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest
import urllib.request

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLE = os.path.join(CHECKOUT, "docs", "examples", "airquality-r")
IMAGE = "tidewheel/airquality-r:1"
OUTPUTS = ("n", "r2", "ozone_mean", "ozone_max", "solar_effect", "wind_effect", "temp_effect")
# A folder of its own beside the default one, so that a quickstart that somebody uses here goes on undisturbed.
FOLDER = "/var/tmp/tidewheel-quickstart-test-%d" % os.getpid()


def quickstart(*arguments, **environment):
    """Exit status, what it printed, and the seconds it took."""
    began = time.monotonic()
    done = subprocess.run([os.path.join(CHECKOUT, "quickstart"), *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, "TIDEWHEEL_QUICKSTART_DIR": FOLDER, **environment})
    return done.returncode, done.stdout, time.monotonic() - began


def query(sql, *values):
    with sqlite3.connect("file:%s/state/tidewheel.db?mode=ro" % FOLDER, uri=True) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(sql, values)]


def result_of(key, seconds=60):
    """The row of the wide view for one file, once its run has succeeded."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if rows := query("SELECT * FROM v1_p_airquality_r WHERE input_key = ?", key):
            return rows[0]
        time.sleep(0.1)
    raise AssertionError("no result of %s; the runs: %s" % (key, query("SELECT run_no, state, reason, detail FROM v1_runs")))


def daemon_pid():
    with open(FOLDER + "/tidewheeld.pid", encoding="ascii") as file:
        return int(file.read())


def is_running(pid):
    """A zombie, which PID 1 has yet to reap, has no command line any more."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            return file.read() != b""
    except FileNotFoundError:
        return False


def drop(path, name):
    """As the quickstart's own data file: 0640 of another user, readable for the daemon by its group."""
    hidden = os.path.join(FOLDER, "data", ".new")
    shutil.copyfile(path, hidden)
    os.chmod(hidden, 0o640)
    os.rename(hidden, os.path.join(FOLDER, "data", name))


class Quickstart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.status, cls.text, _ = quickstart()
        if cls.status != 0:
            quickstart("stop")
            raise AssertionError("./quickstart ended with status %d:\n%s" % (cls.status, cls.text))

    @classmethod
    def tearDownClass(cls):
        quickstart("stop")

    def test_prints_the_result_table_and_what_to_type_next(self):
        self.assertIn("airquality.csv", self.text)
        self.assertIn("111", self.text)  # complete days in R's own data
        self.assertIn("What to type next", self.text)
        row = result_of("airquality.csv")
        self.assertEqual(row["n"], 111)
        self.assertAlmostEqual(row["r2"], 0.6058946, places=6)  # as in R's documentation of the data

    def test_prints_a_link_that_opens_the_page_signed_in(self):
        base, token = re.search(r"(http://127\.0\.0\.1:\d+)/sign-in#token=(tw_[\w-]{43})", self.text).groups()
        asked = urllib.request.Request(base + "/api/v1/me", headers={"Authorization": "Bearer " + token})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            me = json.load(answer)
        self.assertEqual((me["name"], me["access"]), ("quickstart", "operate"))
        self.assertEqual(stat.S_IMODE(os.stat(FOLDER + "/link").st_mode), 0o600)

    def test_the_daemon_is_unprivileged_and_the_data_belongs_to_somebody_else(self):
        owner = os.stat("/proc/%d" % daemon_pid()).st_uid
        data = os.stat(FOLDER + "/data/airquality.csv")
        self.assertEqual(stat.S_IMODE(data.st_mode), 0o640)
        if os.getuid() == 0:
            self.assertEqual(pwd.getpwuid(owner).pw_name, "tidewheel")
            self.assertNotEqual(data.st_uid, owner)

    def test_fresh_random_data_gives_what_docker_run_gives_by_hand(self):
        seeds = [random.SystemRandom().randrange(10**6) for _ in range(3)]
        with tempfile.TemporaryDirectory(dir="/var/tmp") as work:
            for seed in seeds:
                csv, out = os.path.join(work, "%d.csv" % seed), os.path.join(work, "out-%d" % seed)
                with open(csv, "wb") as file:
                    subprocess.run([EXAMPLE + "/make_data.py", "--seed", str(seed)], stdout=file, check=True)
                drop(csv, "seed-%d.csv" % seed)
                os.mkdir(out)
                subprocess.run(["docker", "run", "--rm", "--network", "none", "-v", csv + ":/in/a.csv:ro", "-v", out + ":/out",
                                IMAGE, "--input", "/in/a.csv", "--out", "/out"], check=True, capture_output=True)
                with open(out + "/outputs.json", encoding="utf-8") as file:
                    by_hand = json.load(file)
                row = result_of("seed-%d.csv" % seed)
                self.assertEqual({name: row[name] for name in OUTPUTS}, by_hand, "seed %d" % seed)

    def test_a_second_start_is_quick_and_runs_nothing_twice(self):
        result_of("airquality.csv")
        before = query("SELECT run_no FROM v1_runs r JOIN v1_inputs i USING(run_id, run_no) WHERE i.key = 'airquality.csv'")
        pid = daemon_pid()
        status, text, seconds = quickstart()
        self.assertEqual(status, 0, text)
        self.assertIn("analysed before", text)
        self.assertIn(re.search(r"http\S+#token=\S+", self.text).group(), text, "the same link")
        self.assertLess(seconds, 30)
        self.assertEqual(daemon_pid(), pid)
        after = query("SELECT run_no FROM v1_runs r JOIN v1_inputs i USING(run_id, run_no) WHERE i.key = 'airquality.csv'")
        self.assertEqual(after, before)

    def test_status_shows_the_daemon_and_its_runs(self):
        status, text, _ = quickstart("status")
        self.assertEqual(status, 0, text)
        self.assertIn("airquality.csv", text)

    def test_a_daemon_that_was_killed_is_started_again_with_its_results(self):
        old = daemon_pid()
        os.kill(old, 9)
        status, text, _ = quickstart()
        self.assertEqual(status, 0, text)
        self.assertNotEqual(daemon_pid(), old)
        self.assertIn("analysed before", text)


class QuickstartStops(unittest.TestCase):
    def test_stop_leaves_no_daemon_no_container_and_no_folder(self):
        status, text, _ = quickstart()
        self.assertEqual(status, 0, text)
        pid, instance = daemon_pid(), query("SELECT instance FROM v1_meta")[0]["instance"]
        status, text, _ = quickstart("stop")
        self.assertEqual(status, 0, text)
        self.assertFalse(os.path.exists(FOLDER))
        self.assertFalse(is_running(pid))
        left = subprocess.run(["docker", "ps", "-aq", "--filter", "label=io.tidewheel.instance=" + instance],
                              capture_output=True, text=True, check=True).stdout
        self.assertEqual(left, "")

    def test_stop_without_a_start_is_no_error(self):
        self.assertEqual(quickstart("stop")[0], 0)

    def test_status_without_a_start_says_what_to_do(self):
        status, text, _ = quickstart("status")
        self.assertEqual(status, 1)
        self.assertIn("./quickstart", text)

    def test_a_file_in_the_way_is_named_and_kept(self):
        with tempfile.NamedTemporaryFile(dir="/var/tmp") as file:
            status, text, _ = quickstart(TIDEWHEEL_QUICKSTART_DIR=file.name)
            self.assertEqual(status, 1)
            self.assertIn(file.name + " is in the way", text)
            self.assertTrue(os.path.isfile(file.name))

    def test_an_engine_that_does_not_answer_is_named(self):
        status, text, _ = quickstart(DOCKER_HOST="unix:///nonexistent/docker.sock")
        self.assertEqual(status, 1)
        self.assertIn("unix:///nonexistent/docker.sock", text)

    def test_unknown_words_and_help(self):
        self.assertEqual(quickstart("--help")[0], 0)
        status, text, _ = quickstart("strat")
        self.assertEqual(status, 1)
        self.assertIn("Usage", text)


if __name__ == "__main__":
    unittest.main()
