"""The SQL contract: docs/contract.md says what is there, and everybody in the group can read it at any time."""

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

    def test_the_shells_snippet_works_for_an_unprivileged_member_of_the_group(self):
        self.d.put("a.csv", b"1")
        self.d.wait_runs(1)
        group = os.stat(self.d.state + "/tidewheel.db").st_gid
        command = ["setpriv", "--reuid", "65534", "--regid", str(group), "--clear-groups", "sqlite3", "-readonly", "-csv", "-header",
                   self.d.state + "/tidewheel.db", "SELECT input_key, n, median FROM v1_p_sensor_qc"]
        expected = "input_key,n,median\na.csv,3,1.5"
        said = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(said.stdout.replace("\r", "").strip(), expected, said.stderr)
        self.d.stop()
        said = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(said.stdout.replace("\r", "").strip(), expected, "after a stop: " + said.stderr)

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
