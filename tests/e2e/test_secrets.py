"""Secrets are files in the container and are nowhere else: not in what dockerd shows, nor in the database, the log or the API."""

import base64
import glob
import os
import shutil
import unittest

from harness import E2ETest, docker, wait_until

VALUE = "hunter2-und-noch-mehr"
OUTPUTS = "outputs:\n  ok: {type: int}\nsecrets: [sensor_api_key]\n"


class Secrets(E2ETest):
    def with_secret(self, value=VALUE + "\n", policy='["sensor-*"]'):
        d = self.daemon()
        d.secrets = os.path.join(d.dir, "secrets")
        os.mkdir(d.secrets, 0o750)
        shutil.chown(d.secrets, d.user, d.user)
        with open(d.config, "a") as file:
            file.write('secrets_dir: %s\npolicy: {images: ["*"], paths: ["*"], secrets: {sensor_api_key: %s}}\n' % (d.secrets, policy))
        if value is not None:
            self.give(d, value)
        return d.start()

    def give(self, d, value):
        path = os.path.join(d.secrets, "sensor_api_key")
        with open(path + ".new", "w") as file:
            file.write(value)
        os.chmod(path + ".new", 0o640)
        shutil.chown(path + ".new", d.user, d.user)
        os.rename(path + ".new", path)

    def everywhere(self, d):
        """All that the daemon keeps: database with its WAL, logs, artifacts, attempts; and its own log."""
        for path in glob.glob(os.path.join(d.state, "**"), recursive=True) + [d.log_path]:
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    yield path, file.read()

    def test_the_script_reads_it_and_nobody_else_sees_it(self):
        d = self.with_secret()
        d.pipeline("sensor-qc", ["sh", "-c",
                                 "cat /run/secrets/sensor_api_key; ls -l /run/secrets; echo x > /run/secrets/sensor_api_key;"
                                 "base64 /run/secrets/sensor_api_key; env; tr '\\0' ' ' < /proc/1/cmdline;"
                                 "printf 'first %s' \"$(cut -c1-9 /run/secrets/sensor_api_key)\"; sleep 1;"
                                 "cut -c10- /run/secrets/sensor_api_key >&2; sleep 3; cat /run/secrets/sensor_api_key;"
                                 "test $(wc -c < /run/secrets/sensor_api_key) = 22 && echo '{\"ok\": 1}' > /out/outputs.json"],
                   extra=OUTPUTS, settle="0s")
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'running'") and "***" in self.text(d, 1), 30, d.log)
        container = docker("inspect", d.containers()[0])
        self.assertNotIn(VALUE, container)
        self.assertIn("/run/secrets/sensor_api_key", container)
        laid = glob.glob(os.path.join(d.state, "attempts", "*", "secret-sensor_api_key"))
        self.assertEqual(oct(os.stat(laid[0]).st_mode & 0o7777), "0o444")
        d.kill()  # what comes after it is masked by the value that the attempt has
        self.give(d, "another value by now")
        d.start()
        run = d.wait_runs(1)[0]
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1), self.text(d, 1))
        d.wait_clean()
        d.settle_down()
        log = self.text(d, 1)
        self.assertEqual(log.count("***"), 3, log)  # two cats and a base64
        self.assertIn("Read-only file system", log)
        self.assertEqual(os.listdir(os.path.join(d.state, "attempts")), [])
        for path, data in self.everywhere(d):
            self.assertNotIn(VALUE.encode(), data, path)
            self.assertNotIn(base64.b64encode(VALUE.encode())[:-4], data, path)
        shown = d.cli_raw("--json", "show", "1").stdout + d.cli_raw("--json", "pipelines").stdout
        self.assertNotIn(VALUE.encode(), shown)

    def text(self, d, run):
        return d.cli_raw("logs", str(run)).stdout.decode(errors="replace")

    def test_a_missing_one_holds_the_pipeline_until_it_is_there(self):
        d = self.with_secret(value=None)
        d.pipeline("sensor-qc", ["sh", "-c", "cat /run/secrets/sensor_api_key && echo '{\"ok\": 1}' > /out/outputs.json"],
                   extra=OUTPUTS, settle="0s")
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'held' AND reason = 'secret_unavailable'"), 20, d.log)
        self.assertIn("LoadCredential=sensor_api_key", d.cli_raw("why", "1").stdout.decode())
        self.assertEqual(d.containers(), [])
        self.give(d, VALUE)
        run = d.wait_runs(1, seconds=60)[0]
        self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1))

    def test_others_may_not_look_into_the_folder(self):
        d = self.with_secret()
        os.chmod(d.secrets, 0o755)
        d.pipeline("sensor-qc", ["true"], extra="secrets: [sensor_api_key]\n", settle="0s")
        d.put("a", b"a")
        wait_until(lambda: d.runs("state = 'held' AND reason = 'secret_unavailable'"), 20, d.log)
        self.assertIn("chmod o= " + d.secrets, d.cli_raw("why", "1").stdout.decode())
        os.chmod(d.secrets, 0o750)
        self.assertEqual(d.wait_runs(1, seconds=60)[0]["state"], "succeeded")

    def test_the_policy_names_who_may(self):
        d = self.with_secret(policy='["other-*"]')
        path = os.path.join(d.dir, "sensor-qc.yaml")
        with open(path, "w") as file:
            file.write("version: 1\nname: sensor-qc\nimage: x\nwatch: {path: %s, existing: skip}\nsecrets: [sensor_api_key]\n" % d.data)
        done = d.cli_raw("validate", "--config", d.config, path)
        said = (done.stdout + done.stderr).decode()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("sensor-qc.yaml:5:11: error: the policy of this daemon does not allow the secret", said)
        self.assertIn("other-*", said)


if __name__ == "__main__":
    unittest.main()
