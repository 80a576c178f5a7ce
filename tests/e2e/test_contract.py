"""The SQL contract: docs/contract.md says what is there, and everybody in the group can read it at any time."""

import csv
import io
import os
import re
import sqlite3
import subprocess
import threading
import time

from harness import E2ETest, wait_until

DOC = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "contract.md")
OUTPUTS = "outputs: {n: {type: int}, median: {type: float, unit: celsius}}\n"
SCRIPT = ["sh", "-c", "echo n=3 >> $TIDEWHEEL_OUTPUTS; echo median=1.5 >> $TIDEWHEEL_OUTPUTS"]

# What follows a snippet of the page, by its language and what it uses: prints what it has read as CSV, and checks the types that people count on.
WRITE_R = """
stopifnot(is.integer(qc$n), is.double(qc$median), is.character(qc$data_at))
write.csv(as.data.frame(qc)[c("input_key", "n", "median")], row.names = FALSE, quote = FALSE)
"""
WRITE_ROWS = """
print("input_key,n,median")
for row in rows: print("%s,%d,%s" % row)
"""
WRITE_PANDAS = """
assert str(qc.dtypes["data_at"]).startswith("datetime64") and qc.dtypes["n"] == "int64" and qc.dtypes["median"] == "float64", qc.dtypes
print(qc[["input_key", "n", "median"]].to_csv(index=False))
"""
RUN = {"r": ["Rscript", "--vanilla", "-"], "python": ["/usr/bin/python3", "-"], "sh": ["sh", "-s"]}
TAILS = {"r dbGetQuery": WRITE_R, "r dplyr": WRITE_R, "python sqlite3": WRITE_ROWS, "python pandas": WRITE_PANDAS, "sh sqlite3": ""}


def snippets():
    """Name in TAILS -> text, of every fenced block below `## Snippets` that is a program."""
    section = open(DOC, encoding="utf-8").read().split("\n## Snippets\n")[1].split("\n## ")[0]
    found = {}
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```$", section, re.M | re.S):
        uses = [use for use in ("pandas", "dplyr", "dbGetQuery", "sqlite3", "ATTACH") if use in text][0]
        found["%s %s" % (language, uses)] = text
    return found


def documented():
    """View -> its columns, as the page's tables list them."""
    views, view = {}, None
    for line in open(DOC, encoding="utf-8"):
        heading = re.match(r"### (v1_\w+)", line)
        if heading:
            view = heading.group(1)
            views[view] = set()
        elif line.startswith("## "):
            view = None
        row = re.match(r"\| ([a-z0-9_, ]+) \|", line)
        if view and row and row.group(1) != "column":
            views[view].update(name.strip() for name in row.group(1).split(","))
    return views


class Contract(E2ETest):
    def setUp(self):
        self.d = self.daemon().start()
        self.d.pipeline("sensor-qc", SCRIPT, extra=OUTPUTS, settle="0s")

    def test_every_view_and_column_is_documented_and_nothing_else_is(self):
        views = {r["name"] for r in self.d.sql("SELECT name FROM sqlite_schema WHERE type = 'view' AND name NOT GLOB 'v1_p_*'")}
        docs = documented()
        self.assertEqual(set(docs), views)
        for view in views:
            columns = {r["name"] for r in self.d.sql("SELECT name FROM pragma_table_info(?)", view)}
            self.assertEqual(docs[view], columns, view)

    def test_the_wide_views_columns_are_documented(self):
        self.d.put("a.csv", b"1")
        self.d.wait_runs(1)
        text = open(DOC, encoding="utf-8").read()
        columns = [r["name"] for r in self.d.sql("SELECT name FROM pragma_table_info('v1_p_sensor_qc')")]
        self.assertEqual(columns[-2:], ["n", "median"])
        for column in columns[:-2]:
            self.assertRegex(text, r"\| [a-z_, ]*\b%s\b[a-z_, ]* \|" % column)

    def read(self, name, text):
        """What a snippet reads, as an unprivileged member of the group that owns the database."""
        group = os.stat(self.d.state + "/tidewheel.db").st_gid
        command = ["setpriv", "--reuid", "65534", "--regid", str(group), "--clear-groups", *RUN[name.split()[0]]]
        text = text.replace("/var/lib/tidewheel/tidewheel.db", self.d.state + "/tidewheel.db") + TAILS[name]
        said = subprocess.run(command, input=text, capture_output=True, text=True, cwd="/", env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"})
        self.assertEqual(said.returncode, 0, "%s: %s" % (name, said.stderr))
        return list(csv.DictReader(io.StringIO(said.stdout.replace("\r", ""))))

    def expect_rows(self, name, rows, keys):
        self.assertEqual({row["input_key"] for row in rows}, keys, name)
        for row in rows:
            self.assertEqual((row["n"], float(row["median"])), ("3", 1.5), name)

    def test_the_pages_snippets_work_for_an_unprivileged_member_of_the_group_under_load_and_after_a_stop(self):
        programs = {name: text for name, text in snippets().items() if not name.startswith("sql ")}
        self.assertEqual(set(programs), set(TAILS), "a snippet of the page is not tested")
        self.d.put("f0.csv", b"0")
        self.d.wait_runs(1)
        written, stop = {"f0.csv"}, threading.Event()

        def load():
            while not stop.wait(0.1):
                written.add(self.d.put("f%d.csv" % len(written), b"%d" % len(written)).rsplit(b"/", 1)[1].decode())

        writer = threading.Thread(target=load)
        writer.start()
        try:
            for name, text in programs.items():
                before = {row["input_key"] for row in self.d.sql("SELECT input_key FROM v1_p_sensor_qc")}
                rows = self.read(name, text)
                keys = {row["input_key"] for row in rows}
                self.expect_rows(name, rows, keys)
                self.assertLessEqual(before, keys, name + ": what was there is missing")
        finally:
            stop.set()
            writer.join()
        self.d.wait_runs(len(written), 120)
        for name, text in programs.items():
            self.expect_rows(name, self.read(name, text), written)
        self.d.stop()
        for name, text in programs.items():
            self.expect_rows(name + ", after a stop", self.read(name, text), written)

    def test_a_consumer_of_the_feed_misses_and_doubles_nothing_while_runs_go_on(self):
        seen, stop, troubles = [], threading.Event(), []

        def consume():
            last = 0
            while not stop.is_set() or len(seen) == 0 or seen[-1] < last:
                try:
                    rows = self.d.sql("SELECT seq FROM v1_feed WHERE seq > ? ORDER BY seq LIMIT 7", last)
                except sqlite3.Error as error:
                    troubles.append(error)
                    return
                seen.extend(row["seq"] for row in rows)
                last = seen[-1] if seen else 0
                if not rows:
                    time.sleep(0.01)

        reader = threading.Thread(target=consume)
        reader.start()
        for i in range(20):
            self.d.put("f%d.csv" % i, b"%d" % i)
        self.d.wait_runs(20)
        end = self.d.sql("SELECT max(seq) AS seq FROM v1_feed")[0]["seq"]
        wait_until(lambda: (seen and seen[-1] >= end) or troubles, 20, "the consumer's end")
        stop.set()
        reader.join()
        self.assertEqual(troubles, [])
        self.assertEqual(seen, list(range(1, len(seen) + 1)))

    def test_a_restored_backup_begins_a_new_feed(self):
        self.d.put("a.csv", b"1")
        self.d.wait_runs(1)
        before = self.d.sql("SELECT feed_id FROM v1_meta")[0]["feed_id"]
        backup = self.d.state + "/backup.db"
        self.d.stop()
        subprocess.run(["sqlite3", self.d.state + "/tidewheel.db", "VACUUM INTO '%s'" % backup], check=True)
        self.d.start()
        self.assertEqual(self.d.sql("SELECT feed_id FROM v1_meta")[0]["feed_id"], before)
        self.d.put("b.csv", b"2")
        self.d.wait_runs(2)
        self.d.stop()
        owner = os.stat(self.d.state + "/tidewheel.db")
        for end in ("-wal", "-shm", ""):
            os.remove(self.d.state + "/tidewheel.db" + end) if os.path.exists(self.d.state + "/tidewheel.db" + end) else None
        os.rename(backup, self.d.state + "/tidewheel.db")
        os.chown(self.d.state + "/tidewheel.db", owner.st_uid, owner.st_gid)
        os.chmod(self.d.state + "/tidewheel.db", owner.st_mode & 0o777)
        self.d.start()
        self.assertNotEqual(self.d.sql("SELECT feed_id FROM v1_meta")[0]["feed_id"], before)
        asked = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", self.d.socket,
                                "http://localhost/api/v1/feed?after=3&feed_id=" + before], capture_output=True, text=True)
        self.assertEqual(asked.stdout, "410")
