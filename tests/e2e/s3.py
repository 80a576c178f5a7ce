"""S3 servers for end-to-end tests: our own that can be told to fail, and Ceph's real gateway. Objects come and go by s3cmd
and rclone, which nobody here wrote."""

import atexit
import hashlib
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.request

import botocore.session

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILT = os.environ.get("TIDEWHEEL_BIN", os.path.join(CHECKOUT, "build", "release", "bin"))


class S3Server:
    """What both have: an endpoint, keys, and two foreign clients that are set up for it."""

    endpoint = access_key = secret_key = None
    region = "us-east-1"

    def s3cmd(self, *args, data=None, check=True):
        """The output of one s3cmd, as bytes."""
        host = self.endpoint.split("//")[1]
        command = ["s3cmd", "--config=/dev/null", "--no-ssl", "--host=" + host, "--host-bucket=" + host, "--no-progress",
                   "--no-check-md5"] + [os.fsencode(a) for a in args]
        environment = dict(self._environment(), AWS_ACCESS_KEY_ID=self.access_key, AWS_SECRET_ACCESS_KEY=self.secret_key)
        return self._run(command, environment, data, check)

    def rclone(self, *args, data=None, check=True):
        """The output of one rclone, as bytes; this server is the remote `t:`."""
        environment = dict(self._environment(), RCLONE_CONFIG_T_TYPE="s3", RCLONE_CONFIG_T_PROVIDER="Ceph",
                           RCLONE_CONFIG_T_ENDPOINT=self.endpoint, RCLONE_CONFIG_T_ACCESS_KEY_ID=self.access_key,
                           RCLONE_CONFIG_T_SECRET_ACCESS_KEY=self.secret_key, RCLONE_CONFIG_T_REGION=self.region)
        command = ["rclone", "--config=/dev/null"] + [os.fsencode(a) for a in args]
        return self._run(command, environment, data, check)

    def make_bucket(self, bucket):
        self.s3cmd("mb", "s3://" + bucket)

    def put(self, bucket, key, data):
        """One object in one part. s3cmd takes keys such as "/a", "a//b" and "../x" as they are; it loses what follows a
        line feed, so keys with control characters go by rclone."""
        if any(ord(c) < 32 for c in key):
            self.rclone("rcat", "t:%s/%s" % (bucket, key), data=data)
            return
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            self.s3cmd("put", file.name, "s3://%s/%s" % (bucket, key))

    def put_in_parts(self, bucket, key, data, mebibytes):
        """One object, uploaded in parts of this size (at least 5), so that its ETag tells of them."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            self.s3cmd("put", "--multipart-chunk-size-mb=%d" % mebibytes, file.name, "s3://%s/%s" % (bucket, key))

    def folder_marker(self, bucket, key):
        """The empty object "folder/" that consoles make; neither s3cmd nor rclone does."""
        self._client().put_object(Bucket=bucket, Key=key, Body=b"")

    def drop_bucket(self, bucket):
        """With all versions of all keys: s3cmd cannot delete one with a line feed, and then the bucket stays as well."""
        client = self._client()
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for entry in page.get("Versions", []) + page.get("DeleteMarkers", []):
                client.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])
        client.delete_bucket(Bucket=bucket)

    def _client(self):
        return botocore.session.Session().create_client(
            "s3", endpoint_url=self.endpoint, aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key,
            region_name=self.region)

    def get(self, bucket, key):
        return self.s3cmd("get", "s3://%s/%s" % (bucket, key), "-")

    def delete(self, bucket, key):
        """In a bucket that keeps versions: makes a delete marker."""
        self.s3cmd("del", "s3://%s/%s" % (bucket, key))

    def keys(self, bucket):
        """As rclone lists them, sorted."""
        return sorted(os.fsdecode(line) for line in self.rclone("lsf", "-R", "--files-only", "t:" + bucket).splitlines())

    @staticmethod
    def _environment():
        """Without whatever S3 settings the caller has."""
        return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RCLONE_"))}

    @staticmethod
    def _run(command, environment, data, check):
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              **({"stdin": subprocess.DEVNULL} if data is None else {"input": data}), timeout=300)
        if check and done.returncode != 0:
            raise AssertionError("%s: exit %d: %s" % (command[0:1] + command[-3:], done.returncode, done.stderr.decode(errors="replace")))
        return done.stdout


class FaultServer(S3Server):
    """tests/support/s3_fault_server: in memory, and it fails as it is told to."""

    access_key, secret_key = "AKIDTEST", "not-computed-by-the-server"

    def __init__(self, *options):
        self.options = list(options)
        self.process = None

    def start(self):
        """`options` are those of `s3-fault-server --help`."""
        self.process = subprocess.Popen([os.path.join(BUILT, "s3-fault-server")] + self.options, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, text=True)
        port = self.process.stdout.readline().strip()
        if not port:
            raise AssertionError("s3-fault-server ended with %s" % self.process.wait())
        self.endpoint = "http://127.0.0.1:" + port
        if "--port" not in self.options:
            self.options += ["--port", port]  # a second start() comes back on the same one
        return self

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.process.stdout.close()
        self.process = None
        if code != 0:
            raise AssertionError("s3-fault-server ended with %d" % code)

    def fault(self, name, **members):
        """fault("slow-down", count=3, value=1); the names stand in tests/support/s3/fault.hpp."""
        self.call("POST", "faults", dict(members, fault=name))

    def clear_faults(self):
        self.call("DELETE", "faults")

    def reset(self):
        """Faults, counts and the log; the objects stay."""
        self.call("POST", "reset")

    def requests(self):
        """{"counts": {operation: n}, "statuses": …, "connections": n, "most_at_once": n, "log": [...]}"""
        return self.call("GET", "requests")

    def call(self, method, what, body=None):
        request = urllib.request.Request(self.endpoint + "/-/" + what, method=method,
                                         data=None if body is None else json.dumps(body).encode())
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            return json.load(answer)

    def versioning(self, bucket, status="Enabled"):
        body = "<VersioningConfiguration><Status>%s</Status></VersioningConfiguration>" % status
        self._put("%s?versioning" % bucket, body.encode())

    def put_in_parts(self, bucket, key, data, mebibytes):
        """It knows no multipart uploads, but takes the ETag that one would have."""
        parts = [hashlib.md5(data[at:at + (mebibytes << 20)]).digest() for at in range(0, len(data), mebibytes << 20)]
        self._put("%s/%s" % (bucket, key), data, {"x-test-etag": "%s-%d" % (hashlib.md5(b"".join(parts)).hexdigest(), len(parts))})

    def _put(self, path, data, headers=None):
        """Signed in form, which is all that the server looks at."""
        signed = {"x-amz-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
                  "Authorization": "AWS4-HMAC-SHA256 Credential=%s/%s/us-east-1/s3/aws4_request, SignedHeaders=host;"
                  "x-amz-content-sha256;x-amz-date, Signature=%s" % (self.access_key, time.strftime("%Y%m%d", time.gmtime()), "0" * 64)}
        request = urllib.request.Request("%s/%s" % (self.endpoint, path), method="PUT", data=data, headers=dict(signed, **(headers or {})))
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20).close()


class Rgw(S3Server):
    """Ceph's RADOS Gateway (tests/parts/rgw): 12 s to start, once its packages are there. Needs root to install them.

    Where version 16.2 differs from AWS; test_s3_servers.py asks it for each of these:
    - encoding-type=url: a blank in a key is %20 (AWS: `+`) and `/` is %2F; a literal plus is %2B with both, so reading `+`
      as a blank is right for both. `~*()'!` stay. In CommonPrefixes `/` stays.
    - Prefix, Delimiter, StartAfter, Marker and NextMarker are echoed as they came, not encoded: the echo of StartAfter
      does not tell how keys are encoded.
    - NextContinuationToken is the bare last key, so one with control characters does not survive XML: go on with
      start-after and the decoded key. An empty continuation-token lists from the beginning.
    - An unknown encoding-type is ignored (AWS: 400). max-keys is taken down to 1000, as on AWS.
    - Keys stand in byte order of UTF-8, so U+FFEE comes before U+1F600 (as on AWS; in UTF-16 it would not).
    - LastModified in listings has milliseconds, Last-Modified in headers seconds. Contents have a <Type>.
    - Version ids have 31 or 32 letters, digits, `-`, `_` and `.`, and may begin with any of them; "null" without versions.
    - 404 for a deleted key in a versioned bucket does not carry x-amz-delete-marker.
    - The ETag of a multipart upload is "<32 hex>-<parts>", as on AWS.
    - Any region in a signature is taken; GetBucketLocation says `default`; HEAD of a bucket has no x-amz-bucket-region.
    - Errors have an empty <Message>.
    - Keys in pushed events stand as they are (AWS: form-encoded), eventSource is "ceph:s3". A topic whose push-endpoint has
      a password is refused over plain HTTP.
    """

    script = os.path.join(CHECKOUT, "tests", "parts", "rgw")

    _shared = None

    def __init__(self):
        self.dir = None

    @classmethod
    def shared(cls):
        """One for all tests of this process that leave it as it was."""
        if cls._shared is None:
            cls._shared = cls().start()
            atexit.register(cls._shared.stop)
        return cls._shared

    def start(self):
        self.dir = tempfile.mkdtemp(prefix="tw-rgw-", dir="/var/tmp")
        done = subprocess.run([self.script, "start", self.dir, "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise AssertionError("tests/parts/rgw start: %s" % done.stderr)
        access = json.loads(done.stdout)
        self.endpoint, self.access_key, self.secret_key = access["endpoint"], access["access_key"], access["secret_key"]
        return self

    def stop(self):
        if self.dir is not None:
            self._script("stop")
            self.dir = None

    def halt(self):
        """The gateway is gone, its objects are not."""
        self._script("halt")

    def resume(self):
        self._script("resume")

    def versioning(self, bucket, status="Enabled"):
        """Or "Suspended"."""
        self.rclone("backend", "versioning", "t:" + bucket, status)

    def push_to(self, bucket, address):
        """From now on the gateway posts what happens in the bucket to this address."""
        session = botocore.session.Session()
        def client(service):
            return session.create_client(service, endpoint_url=self.endpoint, aws_access_key_id=self.access_key,
                                         aws_secret_access_key=self.secret_key, region_name="default")
        topic = client("sns").create_topic(Name="tidewheel", Attributes={"push-endpoint": address})["TopicArn"]
        client("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"TopicConfigurations": [
            {"Id": "tidewheel", "TopicArn": topic, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}]})

    def _script(self, what):
        done = subprocess.run([self.script, what, self.dir], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise AssertionError("tests/parts/rgw %s: %s" % (what, done.stdout))
