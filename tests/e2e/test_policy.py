"""What a daemon's policy keeps out, though a file's text does not show it."""

import os
import unittest

from harness import E2ETest, wait_until


class Links(E2ETest):
    def setUp(self):
        super().setUp()
        self.d = self.daemon(config='policy: {images: ["*"], paths: ["*"]}\n')
        self.reference = os.path.join(self.d.dir, "reference")
        os.mkdir(self.reference)
        with open(os.path.join(self.reference, "words"), "w") as file:
            file.write("of the laboratory\n")

    def pipeline(self, name, volume=None, watch=None):
        self.d.write_pipeline(name, "version: 1\nname: %s\nwatch: {path: %s, existing: skip, settle: 0s}\nimage: local/busybox:1\n"
                              "command: [cat, /ref/words]\nvolumes: [%s:/ref]\nretries: {backoff: 100ms}\n" %
                              (name, watch or self.d.data, volume or self.reference))

    def test_do_not_lead_out_of_it(self):
        self.d.start()
        os.symlink("/run", os.path.join(self.d.dir, "innocent"))
        self.pipeline("ref", volume=self.d.dir + "/innocent")
        self.pipeline("watched", watch=self.d.dir + "/innocent/lock")
        wait_until(lambda: self.d.log().count("can never be asked for") == 1, 10, self.d.log)
        self.assertIn("ref.yaml:6:11: error: '%s/innocent' leads to '/run': '/run' overlaps with '/run/docker.sock'" % self.d.dir, self.d.log())
        self.assertEqual([p["name"] for p in self.d.cli("pipelines")["pipelines"] if p["state"] == "live"], ["watched"], "/run/lock is not forbidden")

    def test_that_come_later_hold_the_runs_until_they_are_gone(self):
        self.d.start()
        self.pipeline("ref")
        wait_until(lambda: any(p["state"] == "live" for p in self.d.cli("pipelines")["pipelines"]), 10, self.d.log)
        self.d.wait_watching()
        os.rename(self.reference, self.reference + ".away")
        os.symlink("/run", self.reference)
        self.d.put("a", b"a")
        wait_until(lambda: self.d.runs("state = 'held'"), 20, self.d.log)
        run = self.d.runs()[0]
        self.assertEqual((run["reason"], run["attempts"]), ("policy", 0))
        self.assertIn("'%s' leads to '/run'" % self.reference, self.d.cli_raw("why", "1").stdout.decode())
        self.assertEqual(self.d.containers(), [])
        os.unlink(self.reference)
        os.rename(self.reference + ".away", self.reference)
        run = self.d.wait_runs(1)[0]
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1))
        self.assertEqual(self.d.cli_raw("logs", "1").stdout, b"of the laboratory\n")


if __name__ == "__main__":
    unittest.main()
