"""What scripts print: live, over a daemon's crash, and when it is complete, whatever form its file has."""

import json
import os
import time
import unittest
import urllib.parse

from harness import E2ETest, wait_until
from push import UnixConnection


class Logs(E2ETest):
    def log_file(self, d, run):
        run_id = d.runs("run_no = ?", run)[0]["run_id"]
        return os.path.join(d.state, "logs", run_id + "-a1.log")

    def live(self, d):
        """The file itself, while the run goes on."""
        try:
            with open(self.log_file(d, 1), "rb") as file:
                return file.read().decode()
        except (OSError, IndexError):
            return ""

    def streams(self, text):
        """What each stream said, from records of the log's file."""
        said = {"stdout": [], "stderr": []}
        for line in text.splitlines():
            _, stream, flag, words = line.split(" ", 3)
            self.assertEqual(flag, "F")
            said[stream].append(words)
        return said

    def test_case_40_the_live_log_goes_on_after_a_crash_without_gap_or_repeat(self):
        d = self.daemon().start()
        d.pipeline("talks", ["sh", "-c", "for i in $(seq 1 200); do echo out $i; echo err $i >&2; sleep 0.05; done"], settle="0s")
        d.put("a", b"a")
        for mark in (20, 60, 100):
            wait_until(lambda: "err %d\n" % mark in self.live(d), 30, d.log)
            d.kill()
            d.start()
        wait_until(lambda: "err 140\n" in self.live(d), 30, d.log)
        d.stop()  # so that nothing but the live log is there
        said = self.streams(self.live(d))
        for stream, word in (("stdout", "out"), ("stderr", "err")):
            self.assertGreaterEqual(len(said[stream]), 139)
            self.assertEqual(said[stream], ["%s %d" % (word, i + 1) for i in range(len(said[stream]))])
        d.start()
        self.assertEqual(d.wait_runs(1)[0]["state"], "succeeded")
        whole = d.cli_raw("logs", "1").stdout.decode().splitlines()
        for word in ("out", "err"):
            self.assertEqual([x for x in whole if x.startswith(word)], ["%s %d" % (word, i + 1) for i in range(200)])

    def test_case_38_of_a_log_beyond_its_limit_head_and_tail_stay(self):
        """100 MB of output: the daemon's memory and the stored log stay within their bounds, and the job is not held up."""
        d = self.daemon().start()
        d.pipeline("loud", ["awk", "BEGIN { for (i = 1; i <= 1600000; i++) printf \"line %09d of some more words to make it long enough\\n\", i }"], settle="0s", extra="log_limit: 4m\n")
        d.put("a", b"a")
        peak = 0
        while not d.runs("finished_at IS NOT NULL"):
            peak = max(peak, d.pss())
            time.sleep(0.2)
        self.assertEqual(d.runs()[0]["state"], "succeeded", d.log())
        lines = d.cli_raw("logs", "1", timeout=120).stdout.decode().splitlines()
        gaps = [i for i, line in enumerate(lines) if line.startswith("[tidewheel]")]
        self.assertTrue(gaps, "the gap is marked")
        number = lambda line: int(line.split()[1])
        head, tail = lines[:gaps[0]], lines[gaps[-1] + 1:]
        self.assertEqual([number(x) for x in head], list(range(1, len(head) + 1)), "the beginning is whole")
        self.assertEqual([number(x) for x in tail], list(range(1600000 - len(tail) + 1, 1600001)), "so is the end")
        self.assertGreater(len(head), 5000)
        self.assertGreater(len(tail), 5000)
        self.assertLess(peak, 100 << 20)

    def test_a_long_log_is_compressed_and_read_in_every_way(self):
        d = self.daemon().start()
        d.pipeline("long", ["sh", "-c", "seq 1 300000; printf 'raw \\377 bytes'"], settle="0s")
        d.put("a", b"a")
        self.assertEqual(d.wait_runs(1, seconds=120)[0]["state"], "succeeded")
        want = b"".join(b"%d\n" % (i + 1) for i in range(300000)) + b"raw \xff bytes"
        got = d.cli_raw("logs", "1").stdout
        self.assertEqual(got.rstrip(b"\n"), want)
        self.assertLess(os.path.getsize(self.log_file(d, 1)), 300000 * 45 / 4)

        def get(target):
            connection = UnixConnection(d.socket)
            self.addCleanup(connection.close)
            connection.request("GET", "/api/v1/runs/1/log" + target)
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            return json.loads(answer.read())
        for line in (1, 20000, 299999):
            page = get("/lines?from=%d&limit=2" % line)
            self.assertEqual([x["text"] for x in page["lines"]], [str(line), str(line + 1)])
            self.assertEqual(page["total"], 300001)
        self.assertEqual(get("/lines?from=-1")["lines"][0]["text"], "raw \N{REPLACEMENT CHARACTER} bytes")
        found = get("/search?q=" + urllib.parse.quote("123456"))
        self.assertEqual([m["n"] for m in found["matches"]], [123456])
        self.assertTrue(found["complete"])


if __name__ == "__main__":
    unittest.main()
