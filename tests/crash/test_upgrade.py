"""A daemon is replaced by a newer one while its containers run: the database of every earlier schema is migrated, the
containers are taken up, and each run ends once."""

import glob
import os
import re
import shutil
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

import harness  # noqa: E402
from harness import E2ETest, Events, docker, sha256, wait_until  # noqa: E402
from scripts import SHA_OUTPUT, slow_hash  # noqa: E402

FIXTURES = os.path.join(harness.CHECKOUT, "tests", "fixtures", "db")


def go_back(database, version):
    """The same rows in the schema of an earlier version, as its fixture has it: what a daemon of that time would have left."""
    with open(os.path.join(FIXTURES, "v%d.sql" % version), encoding="utf-8", errors="surrogateescape") as file:
        text = file.read()
    old = database + ".old"
    with sqlite3.connect(old) as target:
        target.executescript(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    target = sqlite3.connect(old, isolation_level=None)
    target.execute("PRAGMA foreign_keys=OFF")
    target.execute("PRAGMA recursive_triggers=OFF")
    target.execute("ATTACH ? AS now", (database,))
    tables = [r[0] for r in target.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    # Views and triggers are made anew, or come into the way of a plain copy.
    for kind, name in target.execute("SELECT type, name FROM main.sqlite_schema WHERE type IN ('view', 'trigger')").fetchall():
        target.execute('DROP %s "%s"' % (kind, name))
    target.execute("BEGIN")
    there = {r[0] for r in target.execute("SELECT name FROM now.sqlite_schema WHERE type = 'table'")}
    for table in tables:
        target.execute('DELETE FROM main."%s"' % table)
        columns = lambda where: {r[1] for r in target.execute('PRAGMA %s.table_info("%s")' % (where, table))}
        both = ", ".join('"%s"' % c for c in sorted(columns("main") & columns("now")))
        if table in there:
            target.execute('INSERT INTO main."%s"(%s) SELECT %s FROM now."%s"' % (table, both, both, table))
    target.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (version,))
    target.execute("COMMIT")
    target.execute("DETACH now")
    assert target.execute("PRAGMA user_version").fetchone()[0] == version
    target.close()
    return old


class Upgrade(E2ETest):
    def test_from_every_earlier_schema_with_containers_that_run_and_that_have_ended(self):
        versions = sorted(int(re.search(r"v(\d+)\.sql$", name)[1]) for name in glob.glob(os.path.join(FIXTURES, "v*.sql")))
        self.assertGreaterEqual(len(versions), 3)
        for version in versions:
            with self.subTest(schema=version):
                self.upgrade(version)

    def upgrade(self, version):
        events = Events()
        self.addCleanup(events.close)
        d = self.daemon().start()
        d.pipeline("short", slow_hash(1), extra=SHA_OUTPUT, settle="0s", files='"short*"')
        d.pipeline("long", slow_hash(8), extra=SHA_OUTPUT, settle="0s", files='"long*"')
        d.put("short-before", b"before")
        d.wait_runs(1)
        d.put("short", b"short")
        d.put("long", b"long")
        wait_until(lambda: len(d.runs("state = 'running'")) == 2, 30, d.log)
        instance = d.instance()
        short = d.sql("SELECT container_id FROM v1_attempts WHERE pipeline = 'short' ORDER BY run_no DESC")[0]["container_id"]
        d.kill()
        docker("wait", short)
        database = os.path.join(d.state, "tidewheel.db")
        old = go_back(database, version)
        for name in glob.glob(database + "*"):
            if name != old:
                os.remove(name)
        os.rename(old, database)
        shutil.chown(database, d.user, d.user)
        d.put("short-after", b"after")

        d.start()
        runs = d.wait_runs(4, seconds=90)
        self.assertEqual(d.instance(), instance)
        self.assertEqual([(r["state"], r["attempts"]) for r in runs], [("succeeded", 1)] * 4, d.log()[-3000:])
        results = {**self.outputs(d, "short"), **self.outputs(d, "long")}
        self.assertEqual({key: row["sha"] for key, row in results.items()},
                         {"short-before": sha256(b"before"), "short": sha256(b"short"), "long": sha256(b"long"), "short-after": sha256(b"after")})
        d.wait_clean()
        d.settle_down()
        self.assertEqual(sorted(events.starts(instance).values()), [1] * 4)
        feed = [r["state"] for r in d.sql("SELECT state FROM v1_feed ORDER BY seq") if r["state"] in harness.ENDS]
        self.assertEqual(feed, ["succeeded"] * 4)
        self.assertEqual(d.sql("PRAGMA integrity_check"), [{"integrity_check": "ok"}])
        newest = max(int(name[1:-4]) for name in os.listdir(FIXTURES) if name.endswith(".sql"))
        self.assertEqual(d.sql("SELECT schema FROM v1_meta")[0]["schema"], newest)
