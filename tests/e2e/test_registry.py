"""Images from a real registry that wants a login: each way to give one, each way in which it goes wrong, and back again.

The numbers of the cases are those of the list that was made before the first line was written.
"""

import glob
import json
import os
import shutil

from harness import E2ETest, docker, wait_until
from registry import IDENTITY, NAME, PASSWORD, Front, Registry, basic, new_name

OK = ["true"]


class RegistryTest(E2ETest):
    def setUp(self):
        self.registry = Registry()
        self.addCleanup(self.registry.close)

    def front(self, host="127.0.0.1"):
        front = Front(self.registry, host)
        self.addCleanup(front.close)
        return front

    def image(self, front=None, tag="1", size=100_000):
        """A fresh image at the registry, by the reference that goes through `front`."""
        name = new_name()
        self.registry.push(name, tag, size)
        return self.at(name, front, tag)

    def at(self, name, front=None, tag="1"):
        reference = "%s/%s:%s" % ((front or self.registry).host, name, tag)
        self.addCleanup(docker, "rmi", reference, check=False)
        return reference

    # -- logins

    def file(self, d, name, text, mode=0o600):
        """A file that the daemon's user owns, put there in one go."""
        path = os.path.join(d.dir, name)
        with open(path + ".new", "w") as file:
            file.write(text)
        os.chmod(path + ".new", mode)
        shutil.chown(path + ".new", d.user, d.user)
        os.rename(path + ".new", path)
        return path

    def configure(self, d, text):
        with open(d.config, "a") as file:
            file.write(text)

    def with_account(self, d, *hosts, password=PASSWORD):
        path = self.file(d, "registry.password", password + "\n")
        self.configure(d, "registries:\n" + "".join("  %s: {username: %s, password_file: %s}\n" % (h, NAME, path) for h in hosts))

    def with_docker_config(self, d, content, mode=0o600):
        self.configure(d, "docker_config: %s\n" % self.file(d, "config.json", json.dumps(content), mode))

    def helper(self, d, name, script):
        self.file(d, "docker-credential-" + name, "#!/bin/sh\n" + script, 0o755)

    def ready(self, runs=4, account=(), config=""):
        d = self.daemon(runs=runs, config=config)
        if account:
            self.with_account(d, *account)
        return d.start(wrapper=("env", "PATH=%s:/usr/bin:/bin" % d.dir))

    # -- what is seen

    def held(self, d, pipeline="p"):
        """What holds the pipeline, in words for people."""
        def detail():
            rows = d.sql("SELECT hold_reason, hold_detail FROM v1_pipelines WHERE pipeline = ? AND hold_reason IS NOT NULL", pipeline)
            return rows[0] if rows else None
        row = wait_until(detail, 90, d.log)
        self.assertEqual(row["hold_reason"], "image_unavailable", row)
        return row["hold_detail"]

    def goes_on(self, d, count=1, seconds=120):
        """It heals by itself, and the fault has cost no attempt."""
        for run in d.wait_runs(count, seconds=seconds):
            self.assertEqual((run["state"], run["attempts"]), ("succeeded", 1), run)

    def assert_nowhere(self, d, *secrets):
        """No secret in what the daemon keeps, says, shows, or was started with."""
        texts = {}
        for path in glob.glob(os.path.join(d.state, "**"), recursive=True) + [d.log_path]:
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    texts[path] = file.read()
        for what in ("environ", "cmdline"):
            with open("/proc/%d/%s" % (d.process.pid, what), "rb") as file:
                texts[what] = file.read()
        for command in (["status"], ["pipelines"], ["runs"], ["show", "1"], ["why", "1"]):
            texts["tidewheel " + command[0]] = d.cli_raw("--json", *command).stdout
        for secret in secrets:
            for where, text in texts.items():
                self.assertNotIn(secret.encode(), text, "%s is in %s" % (secret, where))

    # -- tests

    def pulls_with(self, d, image, *secrets):
        d.start(wrapper=("env", "PATH=%s:/usr/bin:/bin" % d.dir))
        d.pipeline("p", OK, image=image, settle="0s")
        d.put("a", b"a")
        self.goes_on(d)
        run = d.runs()[0]
        self.assertTrue(run["image_digest"].startswith(image.rsplit(":", 1)[0] + "@sha256:"), run)
        pulled = d.sql("SELECT reference, image_digest, used_ms FROM pulled_image")
        self.assertEqual([(p["reference"], p["image_digest"]) for p in pulled], [(image, run["image_digest"])])
        self.assertIsNotNone(pulled[0]["used_ms"])
        self.assert_nowhere(d, *secrets)

    def test_pulls_with_the_login_of_the_daemons_configuration(self):
        d = self.daemon()
        self.with_account(d, self.registry.host)
        self.pulls_with(d, self.image(), PASSWORD, basic())

    def test_pulls_with_a_login_of_dockers_config(self):
        d = self.daemon()
        self.with_docker_config(d, {"auths": {self.registry.host: {"auth": basic()}}})
        self.pulls_with(d, self.image(), PASSWORD, basic())

    def test_pulls_with_an_identity_token(self):
        front = self.front()
        front.tokens = True
        d = self.daemon()
        self.with_docker_config(d, {"auths": {front.host: {"auth": "", "identitytoken": IDENTITY}}})
        self.pulls_with(d, self.image(front), IDENTITY)
        self.assertGreater(front.count("^/token", "POST"), 0)

    def test_pulls_with_a_credential_helper_for_the_registry(self):
        d = self.daemon()
        self.with_docker_config(d, {"credsStore": "not-this-one", "credHelpers": {self.registry.host: "tw-test"}}, 0o644)
        self.helper(d, "tw-test", 'echo "$0 $*: $(cat)" > "$(dirname "$0")/state/asked"\n'
                                  'echo \'{"ServerURL": "x", "Username": "%s", "Secret": "%s"}\'\n' % (NAME, PASSWORD))
        self.pulls_with(d, self.image(), PASSWORD, basic())
        with open(os.path.join(d.state, "asked")) as file:
            self.assertEqual(file.read(), "%s/docker-credential-tw-test get: %s\n" % (d.dir, self.registry.host))

    def test_pulls_with_a_store_of_credentials(self):
        d = self.daemon()
        self.with_docker_config(d, {"auths": {self.registry.host: {}}, "credsStore": "tw-store"})
        self.helper(d, "tw-store", 'test "$(cat)" = %s && echo \'{"Username": "%s", "Secret": "%s"}\'\n' %
                    (self.registry.host, NAME, PASSWORD))
        self.pulls_with(d, self.image(), PASSWORD, basic())

    def test_case_34_says_that_no_login_was_shown(self):
        image = self.image()
        d = self.ready()
        d.pipeline("p", OK, image=image, settle="0s")
        d.put("a", b"a")
        said = self.held(d)
        self.assertIn("no basic auth credentials", said)
        self.assertIn("no login was shown to %s (`registries` of tidewheeld.yaml has none)" % self.registry.host, said)
        self.assertEqual(d.runs()[0]["attempts"], 0)
        wait_until(lambda: "no basic auth credentials" in d.cli_raw("why", "1").stdout.decode(), 20, d.log)

    def test_case_34_says_that_the_login_is_refused_and_goes_on_with_a_better_one(self):
        image = self.image()
        d = self.daemon()
        self.with_account(d, self.registry.host, password="wrong-password")
        d.start()
        d.pipeline("p", OK, image=image, settle="0s")
        d.put("a", b"a")
        said = self.held(d)
        self.assertIn("unauthorized", said)
        self.assertIn("%s does not take the login of '%s' from `registries` of tidewheeld.yaml" % (self.registry.host, NAME), said)
        self.file(d, "registry.password", PASSWORD)
        self.goes_on(d)
        self.assert_nowhere(d, "wrong-password", PASSWORD)

    def test_case_34_says_what_is_wrong_with_the_files(self):
        image = self.image()
        d = self.daemon()
        self.with_account(d, self.registry.host)
        path = os.path.join(d.dir, "registry.password")
        os.chmod(path, 0o644)
        d.start()
        d.pipeline("p", OK, image=image, settle="0s")
        d.put("a", b"a")
        said = self.held(d)
        self.assertIn("everybody may read or write it (chmod 0640 %s)" % path, said)
        os.chmod(path, 0o640)
        self.goes_on(d)

    def test_case_36_a_helper_that_is_missing_slow_talks_garbage_or_fails(self):
        fronts = {name: self.front("127.0.0.%d" % (n + 2)) for n, name in enumerate(("missing", "slow", "garbage", "fails", "none"))}
        d = self.daemon(runs=5)
        self.with_docker_config(d, {"credHelpers": {front.host: "tw-" + name for name, front in fronts.items()}})
        self.helper(d, "tw-slow", "echo TOPSECRET; sleep 100\n")
        self.helper(d, "tw-garbage", "echo TOPSECRET\n")
        self.helper(d, "tw-fails", "echo 'the keychain is locked'; exit 1\n")
        self.helper(d, "tw-none", "echo 'credentials not found in native keychain'; exit 1\n")
        d.start(wrapper=("env", "PATH=%s:/usr/bin:/bin" % d.dir))
        for name, front in fronts.items():
            d.pipeline(name, OK, image=self.image(front), settle="0s")
        d.put("a", b"a")
        said = {name: self.held(d, name) for name in fronts}
        self.assertIn("docker-credential-tw-missing", said["missing"])
        self.assertIn("there is no such program (install it into a folder of the service's $PATH)", said["missing"])
        self.assertIn("it did not answer within 15s", said["slow"])
        self.assertIn("its answer is not JSON with Username and Secret", said["garbage"])
        self.assertIn("it ended with code 1: the keychain is locked", said["fails"])
        self.assertIn("docker-credential-tw-none has no login for %s" % fronts["none"].host, said["none"])
        self.assertIn("no basic auth credentials", said["none"])
        good = 'echo \'{"Username": "%s", "Secret": "%s"}\'\n' % (NAME, PASSWORD)
        for name in fronts:
            self.helper(d, "tw-" + name, good)
        self.goes_on(d, 5)
        self.assert_nowhere(d, "TOPSECRET", PASSWORD)

    def test_case_31_no_such_tag_and_no_such_digest_until_it_is_pushed(self):
        name = new_name()
        self.registry.push(name, "other")
        d = self.ready(account=[self.registry.host])
        d.pipeline("p", OK, image=self.at(name, tag="1"), settle="0s")
        d.put("a", b"a")
        said = self.held(d)
        self.assertIn("manifest unknown", said)
        self.assertIn("the registry has no such tag: check the name and the tag, or push the image", said)
        d.pipeline("digest", OK, image="%s/%s@sha256:%s" % (self.registry.host, name, "a" * 64), settle="0s")
        d.put("b", b"b")
        self.assertIn("the registry has no image with this digest", self.held(d, "digest"))
        os.unlink(os.path.join(d.pipelines, "digest.yaml"))
        self.registry.push(name, "1")
        wait_until(lambda: len(d.runs("pipeline = 'p' AND state = 'succeeded' AND attempts = 1")) == 2, 120, d.log)

    def test_case_34_a_registry_that_is_away_comes_back(self):
        image = self.image()
        d = self.ready(account=[self.registry.host])
        self.registry.stop()
        d.pipeline("p", OK, image=image, settle="0s")
        d.put("a", b"a")
        said = self.held(d)
        self.assertIn("connection refused", said)
        self.assertIn("check that the registry runs and that the engine's host can reach it", said)
        self.registry.start()
        self.goes_on(d)

    def spoilt(self, rule, *words):
        """A pull through a front that spoils it: what is said of it; then it goes on."""
        front = self.front()
        d = self.ready(account=[front.host])
        image = self.image(front)
        front.rule = rule
        d.pipeline("p", OK, image=image, settle="0s")
        d.put("a", b"a")
        said = self.held(d)
        for word in words:
            self.assertIn(word, said)
        self.assertEqual(d.runs()[0]["attempts"], 0)
        front.rule = None
        self.goes_on(d)

    def test_case_34_http_500(self):
        self.spoilt(("/manifests/", 500), "the registry has a fault of its own")

    def test_case_34_forbidden_in_the_middle_of_a_pull(self):
        self.spoilt(("/blobs/", 403), "403", "does not take the login of 'ci' from `registries`")

    def test_case_34_an_error_inside_of_http_200(self):
        self.spoilt(("/blobs/", "damage"), "verification", "the registry, or a proxy on the way, has damaged the image")

    def test_case_34_a_pull_that_stands_still_is_given_up(self):
        front = self.front()
        d = self.ready(account=[front.host], config="engine: {pull_silence: 3s}\n")
        image = self.image(front, size=3_000_000)
        front.rule = ("/blobs/", "stall")
        d.pipeline("p", OK, image=image, settle="0s")
        d.put("a", b"a")
        said = self.held(d)
        self.assertIn("nothing came for 3s", said)
        self.assertIn("engine.pull_silence is how long to wait", said)
        front.rule = None
        front.go_on.set()
        self.goes_on(d)

    def test_case_35_ten_runs_are_one_pull_and_the_first_may_be_cancelled(self):
        front = self.front()
        d = self.ready(runs=10, account=[front.host])
        image = self.image(front, size=3_000_000)
        front.rule = ("/blobs/", "stall")
        d.pipeline("p", OK, image=image, settle="0s", extra="max_running: 10\n")
        for n in range(10):
            d.put("f%d" % n, b"%d" % n)
        wait_until(lambda: len(d.runs("state = 'pulling'")) == 10, 30, d.log)
        wait_until(lambda: front.count("/blobs/") >= 1, 90, lambda: "%s\n%s" % (front.seen, d.log()))
        self.assertEqual(d.cli_code("cancel", "1"), 0)
        wait_until(lambda: d.runs("run_no = 1")[0]["state"] == "cancelled", 10, d.log)
        self.assertEqual(len(d.runs("state = 'pulling'")), 9)
        self.assertIn("pulling", d.cli_raw("why", "2").stdout.decode())
        front.rule = None
        front.go_on.set()
        runs = d.wait_runs(10, seconds=120)
        self.assertEqual([r["state"] for r in runs], ["cancelled"] + 9 * ["succeeded"])
        blobs = [path for method, path in front.seen if method == "GET" and "/blobs/" in path]
        self.assertEqual(len(blobs), len(set(blobs)), "each layer came once: %s" % blobs)

    def test_case_33_a_run_records_the_digest_that_its_tag_meant_when_it_started(self):
        name = new_name()
        first = self.registry.push(name)
        image = self.at(name)
        d = self.ready(account=[self.registry.host])
        d.pipeline("p", OK, image=image, settle="0s", files='"*.always"', extra="pull_policy: always\n")
        d.pipeline("m", OK, image=image, settle="0s", files='"*.missing"')
        d.put("a.always", b"a")
        self.goes_on(d)
        self.assertEqual(d.cli_code("pause", "p"), 0)
        d.put("b.always", b"b")
        wait_until(lambda: d.runs("run_no = 2"), 20, d.log)
        second = self.registry.push(name)  # the tag moves while the run is queued
        self.assertNotEqual(first, second)
        self.assertEqual(d.cli_code("resume", "p"), 0)
        self.goes_on(d, 2)
        # Somebody sets the tag back on this host: `missing` takes what is here, `always` what the registry has.
        here = "%s/%s@" % (self.registry.host, name)
        self.addCleanup(docker, "rmi", here + first, here + second, check=False)
        docker("tag", here + first, image)
        d.put("c.missing", b"c")
        self.goes_on(d, 3)
        d.put("d.always", b"d")
        self.goes_on(d, 4)
        digests = [r["image_digest"] for r in d.runs()]
        self.assertEqual(digests, [here + first, here + second, here + first, here + second])

    def test_images_that_were_pulled_here_go_when_nobody_needs_them_and_no_others(self):
        front = self.front()
        ours, theirs, named = self.image(front), self.image(front), self.image(front)
        moved = self.image(front)
        d = self.ready(account=(front.host,), config="retention: {images: 1s}\n")
        docker("tag", "local/busybox:1", theirs)  # it was there before
        for name in ("ours", "theirs", "named", "moved"):
            os.mkdir(os.path.join(d.data, name))
        for name, image in (("ours", ours), ("theirs", theirs), ("named", named), ("moved", moved)):
            d.pipeline(name, OK, image=image, settle="0s", path=os.path.join(d.data, name))
            d.put(name + "/a", b"a")
        self.goes_on(d, 4)
        docker("tag", "local/busybox:1", moved)  # what we pulled under that name is something else now
        for name in ("ours", "theirs", "moved"):
            d.pipeline(name, OK, image="local/busybox:1", settle="0s", path=os.path.join(d.data, name))
        wait_until(lambda: sum(r["revision"] == 2 for r in d.sql("SELECT revision FROM v1_revisions")) == 3, 20, d.log)
        def listed():
            images = d.cli("gc", "--dry-run")["images"]
            return images if {i["reference"] for i in images} >= {ours, moved} else None
        before = wait_until(listed, 20, lambda: d.cli("gc", "--dry-run"))
        self.assertEqual({i["reference"] for i in before}, {ours, moved})
        self.assertIn(ours, d.cli_raw("gc", "--dry-run").stdout.decode())
        here = lambda image: bool(docker("images", "-q", image))
        self.assertTrue(all(map(here, (ours, theirs, named, moved))), "a dry run removes nothing")
        # A container of somebody else keeps it, and that is said.
        stranger = docker("create", ours, "true").strip()
        self.addCleanup(docker, "rm", "-f", stranger, check=False)
        kept = {i["reference"]: i["kept"] for i in d.cli("gc")["images"]}
        self.assertIn("conflict", kept[ours])
        self.assertIsNone(kept[moved], "what we pulled has no name any more; what has its name is somebody else's")
        docker("rm", stranger)
        gone = d.cli("gc")["images"]
        self.assertEqual([(i["reference"], i["kept"]) for i in gone], [(ours, None)])
        self.assertEqual([here(i) for i in (ours, theirs, named, moved)], [False, True, True, True])
        self.assertEqual(d.cli("gc")["images"], [])

    def test_what_a_moving_tag_leaves_behind_goes_while_its_pipeline_lives(self):
        name = new_name()
        self.registry.push(name)
        image = self.at(name)
        d = self.ready(account=[self.registry.host], config="retention: {images: 1s}\n")
        d.pipeline("p", OK, image=image, settle="0s", extra="pull_policy: always\n")
        ids = []
        for number in (1, 2, 3):
            d.put(str(number), b"a")
            self.goes_on(d, number)
            ids.append(docker("image", "inspect", "-f", "{{.Id}}", image).strip())
            if number == 2:
                docker("tag", image, name + ":kept")  # somebody wants this one
                self.addCleanup(docker, "rmi", name + ":kept", check=False)
            self.registry.push(name)
        self.assertEqual(len(set(ids)), 3)
        wait_until(lambda: [i["reference"] for i in d.cli("gc", "--dry-run")["images"]] == [image], 20, lambda: d.cli("gc", "--dry-run"))
        self.assertEqual([(i["reference"], i["kept"]) for i in d.cli("gc")["images"]], [(image, None)])
        here = ['"Id"' in docker("image", "inspect", i, check=False) for i in ids]
        self.assertEqual(here, [False, True, True])
        self.assertEqual(d.cli("gc")["images"], [])
