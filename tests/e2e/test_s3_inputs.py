"""How objects come to their runs: fetched within bounds, ahead of the slots, and taken up after a crash; as URLs: test_s3_url.py.
The names S03 and S04 are those of the list of S3 cases."""

import glob
import os
import shutil
import unittest

from harness import Events, sha256, wait_until
from s3 import FaultServer
from scripts import HASH
from test_s3 import BUCKET, OnRgw, S3Test

OPEN = "policy: {images: [\"*\"], paths: [\"*\"], buckets: [\"*\"], networks: [none, host]}\n"


def waiting(command):
    """Only once the test has put the file `go` into the folder that is mounted at /go; a minute is more than it takes."""
    return command[:2] + ['i=0; while [ ! -e /go/go ] && [ $i -lt 600 ]; do i=$((i+1)); sleep 0.1; done; ' + command[2]] + command[3:]


class InputsTest(S3Test):
    def stage_folder(self, daemon):
        return os.path.join(daemon.state, "attempts")

    def wait_running(self, daemon, count=1):
        wait_until(lambda: len(daemon.runs("state = 'running'")) >= count, 60, daemon.log)


class OnBothServers:
    """Cases that can arise on any S3 server."""

    def test_S03_overwritten_touched_and_uploaded_in_other_parts(self):
        d = self.connected(self.server).start()
        self.watch(d)
        data = os.urandom(11 << 20)
        self.server.put_in_parts(BUCKET, "k.bin", data, 5)
        d.wait_runs(1)
        self.server.put_in_parts(BUCKET, "k.bin", data, 5)  # the same bytes in the same parts: the same ETag
        self.wait_complete(d)
        self.assertEqual(len(d.runs()), 1)
        self.server.put_in_parts(BUCKET, "k.bin", data, 6)  # in other parts: another ETag, which only a download sees through
        d.wait_runs(2)
        other = bytes(reversed(data))  # the same size
        self.server.put_in_parts(BUCKET, "k.bin", other, 6)
        d.wait_runs(3)
        self.assertEqual(self.shas(d), {"k.bin": [sha256(data), sha256(data), sha256(other)]})

    def test_S04_a_failed_jobs_key_is_uploaded_again_with_a_fix(self):
        d = self.connected(self.server).start()
        self.watch(d, command=["sh", "-c", '[ "$(cat "$1")" != bad ] || exit 3; ' + HASH[2]] + HASH[3:])
        self.server.put(BUCKET, "k.csv", b"bad")
        self.assertEqual([r["state"] for r in d.wait_runs(1)], ["failed"])
        self.wait_complete(d)
        self.assertEqual(len(d.runs()), 1, "the same version is not tried again by itself")
        self.server.put(BUCKET, "k.csv", b"good")
        self.assertEqual([r["state"] for r in d.wait_runs(2)], ["failed", "succeeded"])
        self.assertEqual(self.shas(d), {"k.csv": [sha256(b"good")]})

    def test_nothing_that_was_staged_stays(self):
        d = self.connected(self.server)
        left = os.path.join(d.state, "attempts", "01ARZ3NDEKTSV4RRFFQ69G5FAV-a1")  # of a run that no database knows
        os.makedirs(left)
        with open(os.path.join(left, "object"), "wb") as file:
            file.write(b"x")
        for path in (os.path.dirname(left), left):
            shutil.chown(path, d.user, d.user)
        d.start()
        self.watch(d)
        wait_until(lambda: os.listdir(self.stage_folder(d)) == [], 10, lambda: os.listdir(self.stage_folder(d)))
        for i in range(3):
            self.server.put(BUCKET, "k%d" % i, os.urandom(1 << 20))
        d.wait_runs(3)
        d.wait_clean()
        wait_until(lambda: os.listdir(self.stage_folder(d)) == [], 30, lambda: os.listdir(self.stage_folder(d)))


class TestFaultServer(InputsTest, OnBothServers):
    def setUp(self):
        self.server = FaultServer("--check-access", "--make-bucket", BUCKET).start()
        self.addCleanup(self.server.stop)

    def gets(self):
        return [r for r in self.server.requests()["log"] if r["operation"] == "GetObject"]

    def asked_for(self):
        """Keys; a client that gets no answer asks again."""
        return {r["key"] for r in self.gets()}

    def asked(self):
        return self.server.requests()["counts"].get("GetObject", 0)

    def parts(self, daemon, least):
        """Downloads that have begun, and have this many bytes."""
        found = []
        for path in glob.glob(os.path.join(self.stage_folder(daemon), "*", "*.part")):
            try:
                if os.stat(path).st_size >= least:
                    found.append(path)
            except FileNotFoundError:
                continue  # it is whole
        return found

    def test_killed_in_mid_download_the_second_life_asks_for_the_rest(self):
        d = self.connected(self.server).start()
        self.watch(d)
        data = os.urandom(12 << 20)
        self.server.fault("slow-body", operation="GetObject", value=4 << 20)
        self.server.put(BUCKET, "big.bin", data)
        part = wait_until(lambda: self.parts(d, 4 << 20), 60, d.log)[0]
        d.kill()
        here = os.stat(part).st_size
        self.assertLess(here, len(data))
        self.server.reset()
        d.start()
        d.wait_runs(1, 120)
        self.assertEqual(self.shas(d), {"big.bin": [sha256(data)]})
        self.assertEqual([r["headers"].get("Range") for r in self.gets()], ["bytes=%d-" % here])

    def test_killed_in_mid_download_another_version_begins_anew(self):
        d = self.connected(self.server).start()
        self.watch(d)
        self.server.fault("slow-body", operation="GetObject", value=4 << 20)
        self.server.put(BUCKET, "big.bin", bytes(12 << 20))
        wait_until(lambda: self.parts(d, 2 << 20), 60, d.log)
        d.kill()
        self.server.clear_faults()
        data = os.urandom(12 << 20)
        self.server.put(BUCKET, "big.bin", data)
        d.start()
        wait_until(lambda: d.runs("state = 'succeeded'"), 60, d.log)
        d.settle_down()
        self.assertEqual(self.shas(d), {"big.bin": [sha256(data)]})

    def test_killed_again_and_again_while_twenty_objects_are_fetched(self):
        events = Events()
        self.addCleanup(events.close)
        d = self.connected(self.server, runs=4).start()
        self.server.fault("slow-body", operation="GetObject", value=2 << 20)
        contents = {"k%02d" % i: os.urandom(3 << 20) for i in range(20)}
        for key, data in contents.items():
            self.server.put(BUCKET, key, data)
        self.watch(d, existing="run")
        cut = 0  # lives that ended in mid-download
        for _ in range(5):
            asked = self.asked()
            wait_until(lambda: (self.asked() > asked and self.parts(d, 1)) or len(self.asked_for()) == 20, 60, d.log)
            d.kill()
            cut += bool(self.parts(d, 1))
            d.start()
        self.assertGreaterEqual(cut, 2)
        d.wait_runs(20, 240)
        self.assertEqual(self.shas(d), {key: [sha256(data)] for key, data in contents.items()})
        d.wait_clean()
        starts = events.starts(d.instance())
        self.assertEqual((len(starts), set(starts.values())), (20, {1}))
        self.assertEqual(os.listdir(self.stage_folder(d)), [])

    def test_the_budget_bounds_what_is_staged_and_everything_comes_through(self):
        d = self.connected(self.server, config="staging: {max_bytes: 5m}\n", runs=4).start()
        self.server.fault("hold", operation="GetObject")
        self.watch(d)
        contents = {"k%d" % i: os.urandom(2 << 20) for i in range(5)}
        for key, data in contents.items():
            self.server.put(BUCKET, key, data)
        wait_until(lambda: len(d.runs("state = 'pulling'")) == 5 and len(self.asked_for()) == 2, 60, lambda: (d.runs(), self.asked_for()))
        waits = {r["run_no"]: d.cli("show", str(r["run_no"]))["waiting"] for r in d.runs()}
        told = [text for texts in waits.values() for text in texts]
        self.assertEqual(len(told), 3, waits)
        self.assertIn("the inputs of 2 runs have 4.0 MiB of staging.max_bytes (5.0 MiB)", told[0])
        late = max(no for no, texts in waits.items() if texts)
        d.cli("cancel", str(late))
        wait_until(lambda: d.runs("run_no = ? AND state = 'cancelled'", late), 20, d.log)
        self.assertEqual(len(self.asked_for()), 2)
        self.server.clear_faults()
        runs = d.wait_runs(5, 120)
        self.assertEqual(sorted(r["state"] for r in runs), ["cancelled"] + ["succeeded"] * 4)
        got = self.shas(d)
        self.assertEqual(got, {key: [sha256(contents[key])] for key in got})

    def test_downloads_are_bounded_and_an_object_beyond_the_budget_is_an_error(self):
        d = self.connected(self.server, config="staging: {max_bytes: 5m, downloads: 1}\n", runs=4).start()
        self.server.fault("hold", operation="GetObject")
        self.watch(d)
        for i in range(3):
            self.server.put(BUCKET, "k%d" % i, b"%d" % i)
        wait_until(lambda: len(d.runs()) == 3 and len(self.asked_for()) == 1, 60, lambda: (d.runs(), self.asked_for()))
        self.assertEqual([r["state"] for r in d.runs()], ["pulling", "queued", "queued"])
        self.assertIn("staging.downloads is 1", " ".join(d.cli("show", "2")["waiting"]))
        self.server.clear_faults()
        d.wait_runs(3, 60)
        self.assertEqual(len(self.shas(d)), 3)
        self.server.put(BUCKET, "large", bytes(6 << 20))
        run = d.wait_runs(4, 60)[-1]
        self.assertEqual((run["state"], run["reason"], run["attempts"]), ("failed", "input_too_large", 0))
        self.assertIn("6.0 MiB, and staging.max_bytes is 5.0 MiB", run["detail"])
        self.assertNotIn("large", self.asked_for())

    def test_inputs_are_fetched_while_every_slot_is_taken(self):
        events = Events()
        self.addCleanup(events.close)
        d = self.connected(self.server, config=OPEN, runs=1).start()
        go = self.folder("tw-go-")
        os.chmod(go, 0o755)
        self.watch(d, command=waiting(HASH), more="volumes: [\"%s:/go\"]\n" % go)
        for i in range(4):
            self.server.put(BUCKET, "k%d" % i, b"%d" % i)
        staged = os.path.join(self.stage_folder(d), "*", "object")
        wait_until(lambda: len(glob.glob(staged)) == 4, 60, lambda: (d.runs(), d.log()))
        self.wait_running(d)
        self.assertEqual(sorted(r["state"] for r in d.runs()), ["pulling"] * 3 + ["running"])
        self.assertEqual(d.cli("status")["counts"].get("running"), 1)
        ready = d.runs("state = 'pulling'")
        self.assertIn("limits.runs is 1", " ".join(d.cli("show", str(ready[-1]["run_no"]))["waiting"]))
        # One that is staged and becomes another makes room at once.
        key = d.sql("SELECT key FROM v1_inputs WHERE run_no = ?", ready[-1]["run_no"])[0]["key"]
        self.server.put(BUCKET, key, b"another")
        wait_until(lambda: d.runs("run_no = ? AND state = 'outdated'", ready[-1]["run_no"]), 30, d.log)
        wait_until(lambda: not glob.glob(os.path.join(self.stage_folder(d), ready[-1]["run_id"] + "*")), 30, d.log)
        d.cli("cancel", str(ready[0]["run_no"]))
        wait_until(lambda: d.runs("run_no = ? AND state = 'cancelled'", ready[0]["run_no"]), 30, d.log)
        d.kill()  # those that are ahead of the slots are taken up as such
        d.start()
        with open(os.path.join(go, "go"), "wb"):
            pass
        runs = d.wait_runs(5, 60)
        self.assertEqual(sorted(r["state"] for r in runs), ["cancelled", "outdated"] + ["succeeded"] * 3)
        self.assertEqual(self.shas(d)[key], [sha256(b"another")])
        d.wait_clean()
        self.assertEqual(sorted(events.starts(d.instance()).values()), [1] * 3)
        wait_until(lambda: os.listdir(self.stage_folder(d)) == [], 30, lambda: os.listdir(self.stage_folder(d)))

    def test_a_retired_pipeline_gives_back_what_it_holds_ahead_of_the_slots(self):
        d = self.connected(self.server, config=OPEN + "staging: {downloads: 2}\n", runs=1).start()
        go = self.folder("tw-go-")
        os.chmod(go, 0o755)
        self.watch(d, prefix="in/", command=waiting(HASH), more="volumes: [\"%s:/go\"]\n" % go)
        for i in range(4):
            self.server.put(BUCKET, "in/k%d" % i, b"%d" % i)
        wait_until(lambda: len(d.runs()) == 4, 60, d.log)  # a listing may come between two of the objects
        wait_until(lambda: len(glob.glob(os.path.join(self.stage_folder(d), "*", "object"))) == 3, 60, d.log)
        os.rename(os.path.join(d.pipelines, "hash.yaml"), os.path.join(d.dir, "hash.yaml"))
        wait_until(lambda: sorted(r["state"] for r in d.runs()) in (["held"] * 3 + ["running"], ["queued"] * 3 + ["running"],
                                                                   ["held", "queued", "queued", "running"]), 30, lambda: d.runs())
        self.watch(d, name="other", prefix="other/", wait=False)
        self.server.put(BUCKET, "other/x", b"x")
        wait_until(lambda: d.runs("pipeline = 'other' AND state = 'pulling'"), 30, d.log)
        with open(os.path.join(go, "go"), "wb"):
            pass
        wait_until(lambda: d.runs("pipeline = 'other' AND state = 'succeeded'"), 30, d.log)
        os.rename(os.path.join(d.dir, "hash.yaml"), os.path.join(d.pipelines, "hash.yaml"))
        d.wait_runs(5, 60)
        self.assertEqual(self.shas(d), dict({"in/k%d" % i: [sha256(b"%d" % i)] for i in range(4)}, **{"other/x": [sha256(b"x")]}))

    def test_a_download_is_given_up_when_its_run_is_cancelled(self):
        d = self.connected(self.server).start()
        self.watch(d)
        self.server.fault("slow-body", operation="GetObject", value=64 << 10)
        self.server.put(BUCKET, "big.bin", bytes(12 << 20))  # three minutes
        wait_until(lambda: "fetching its input" in (d.cli("show", "1")["progress"] or "") if d.runs() else False, 60, d.log)
        d.cli("cancel", "1")
        self.assertEqual(d.wait_runs(1, 30)[0]["state"], "cancelled")
        wait_until(lambda: os.listdir(self.stage_folder(d)) == [], 10, lambda: os.listdir(self.stage_folder(d)))


class TestRgw(OnRgw, InputsTest, OnBothServers):
    pass


if __name__ == "__main__":
    unittest.main()
