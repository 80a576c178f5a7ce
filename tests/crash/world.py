"""A daemon on a small disk of its own, with pipelines of every kind, an engine and an S3 server: the thing that is tortured."""

import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

import harness  # noqa: E402
import s3  # noqa: E402
import works  # noqa: E402
from witnesses import Scripts  # noqa: E402

BUCKET = "torture"
RETRIES = 8
MIN_FREE = "8m"


class World:
    def __init__(self, engine, megabytes=512):
        self.engine = engine
        self.server = s3.FaultServer()
        self.server.start()
        self.server._put(BUCKET, b"")
        self.daemon = harness.Daemon(engine=engine.host)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dm,mode=755" % megabytes, "tidewheel-torture", self.daemon.state], check=True)
        shutil.chown(self.daemon.state, self.daemon.user, self.daemon.user)
        self.witness_dir = os.path.join(self.daemon.dir, "witness")
        self.scripts = Scripts(self.witness_dir)
        self.filler = os.path.join(self.daemon.state, "filler")
        keys = os.path.join(self.daemon.dir, "keys")
        with open(keys, "w") as file:
            file.write("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (self.server.access_key, self.server.secret_key))
        shutil.chown(keys, self.daemon.user, self.daemon.user)
        os.chmod(keys, 0o600)
        self.server_root = "s3://%s/in/" % BUCKET
        with open(self.daemon.config, "w") as file:
            file.write("version: 1\ninstance: torture\nstate_dir: %s\npipelines_dir: %s\napi: {socket: %s}\nlimits: {runs: 6}\n"
                       "storage: {min_free: %s}\nengine: {host: %s}\npolicy: {images: [\"*\"], paths: [\"%s/**\"], buckets: [\"*\"]}\n"
                       "s3: {acme: {endpoint: \"%s\", credentials: \"file:%s\"}}\n" %
                       (self.daemon.state, self.daemon.pipelines, self.daemon.socket, MIN_FREE, engine.host, self.daemon.dir,
                        self.server.endpoint, keys))

    def register(self):
        for kind in works.KINDS:
            os.makedirs(self.folder(kind), exist_ok=True)
            watch = ("s3: %s\n  every: 1s" % self.server_root if kind == "object" else "path: %s\n  settle: 0s" % self.folder(kind))
            self.daemon.write_pipeline(kind, (
                "version: 1\nname: %s\nwatch:\n  %s\n  files: \"**\"\n  existing: run\nimage: %s\ncommand: %s\nvolumes: [\"%s:/witness\"]\n"
                "max_running: 4\ntimeout: 2m\nretries: {max: %d, backoff: 200ms, if: [75, interrupted]}\n%s%s" %
                (kind, watch, harness.BUSYBOX, json.dumps(works.command(kind)), self.witness_dir, RETRIES,
                 "outputs: {sha: {type: string}}\n" if kind in works.GOOD else "", works.KINDS[kind][1])))
        def live():
            pipelines = self.daemon.cli("pipelines")["pipelines"]
            return len(pipelines) == len(works.KINDS) and all(p["state"] == "live" for p in pipelines)
        harness.wait_until(live, 30, lambda: "pipelines are not live: %s\n%s" % (self.daemon.cli("pipelines"), self.daemon.log()[-3000:]))
        self.daemon.wait_watching(60)

    def folder(self, kind):
        return os.path.join(self.daemon.data, kind)

    def put(self, kind, key, content):
        if kind == "object":
            self.server._put("%s/in/%s" % (BUCKET, key), content)
        else:
            self.daemon.put(key, content, self.folder(kind))

    def fill_disk(self, leave):
        harness.fill_disk(self.filler, leave)

    def free_disk(self):
        if os.path.exists(self.filler):
            os.remove(self.filler)

    def close(self):
        if self.daemon.process is not None and self.daemon.process.poll() is None:
            self.daemon.kill()
        self.server.stop()
        subprocess.run(["umount", "-l", self.daemon.state], check=False)
        shutil.rmtree(self.daemon.dir, ignore_errors=True)
