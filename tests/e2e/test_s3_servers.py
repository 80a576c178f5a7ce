"""The S3 servers that other tests stand on, seen by s3cmd, rclone and plain HTTP."""

import html
import re
import unittest
import urllib.error
import urllib.parse
import urllib.request

from s3 import FaultServer, Rgw

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fetch(server, path):
    """Status and text of a plain GET."""
    try:
        with OPENER.open(server.endpoint + path, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def listing(server, more="", bucket="data"):
    """A raw ListObjectsV2 page."""
    return fetch(server, "/%s?list-type=2%s" % (bucket, more))[1]


def texts(xml, name):
    """Of every <name>, without XML's escapes."""
    return [html.unescape(text) for text in re.findall("<%s>(.*?)</%s>" % (name, name), xml, re.S)]


class TestFaultServer(unittest.TestCase):
    def setUp(self):
        self.server = FaultServer("--check-access", "--make-bucket", "data").start()
        self.addCleanup(self.server.stop)

    def test_s3cmd_and_rclone_understand_it(self):
        for key in ("a b", "a+b", "dir/é"):
            self.server.put("data", key, key.encode())
        self.assertEqual(self.server.keys("data"), ["a b", "a+b", "dir/é"])
        self.assertEqual(self.server.get("data", "dir/é"), "dir/é".encode())
        self.server.delete("data", "a b")
        self.assertEqual(self.server.keys("data"), ["a+b", "dir/é"])

    def test_faults_are_switched_and_counted(self):
        self.server.put("data", "a", b"x")
        self.server.reset()
        self.server.fault("slow-down", operation="ListObjects", count=2, value=0)
        self.assertIn(b"s3://data/a", self.server.s3cmd("ls", "s3://data"))  # it tries again by itself
        told = self.server.requests()
        self.assertEqual(told["statuses"]["503"], 2)
        self.assertEqual(told["counts"]["ListObjects"], 3)
        self.assertEqual([r["faults"] for r in told["log"]].count(["slow-down"]), 2)


class TestRestart(unittest.TestCase):
    def test_a_fault_server_comes_back_on_its_port(self):
        server = FaultServer("--synthetic", "10").start()
        self.addCleanup(server.stop)
        endpoint = server.endpoint
        server.stop()
        with self.assertRaises(urllib.error.URLError):
            OPENER.open(endpoint, timeout=5)
        server.start()
        self.assertEqual(server.endpoint, endpoint)
        self.assertEqual(len(texts(listing(server, bucket="synthetic"), "Key")), 10)


class TestRgw(unittest.TestCase):
    """One gateway for all; it takes 12 s to start. What is asserted here is what Rgw's description says."""

    @classmethod
    def setUpClass(cls):
        cls.rgw = Rgw()
        cls.addClassCleanup(cls.rgw.stop)
        cls.rgw.start()

    def bucket(self, name, *keys):
        """Everyone may list it, so that answers can be seen raw."""
        self.rgw.make_bucket(name)
        for key in keys:
            self.rgw.put(name, key, b"x")
        self.rgw.s3cmd("setacl", "--acl-public", "s3://" + name)

    def test_listings_differ_from_those_of_aws_as_described(self):
        keys = ["/a", "../x", "a b/c+d", "a b/e", "a%2Bb", "a//b", "line\nfeed\x01", "\uffee", "\U0001f600", "~*()'!"]
        self.bucket("listing", *keys)
        raw = listing(self.rgw, "&encoding-type=url", bucket="listing")
        self.assertEqual(sorted(urllib.parse.unquote(t) for t in texts(raw, "Key")), sorted(keys))
        self.assertIn("a%20b%2Fc%2Bd", texts(raw, "Key"))
        self.assertIn("~*()'!", texts(raw, "Key"))
        self.assertEqual(texts(raw, "Type"), ["Normal"] * len(keys))
        self.assertEqual(texts(listing(self.rgw, "&max-keys=5000", bucket="listing"), "MaxKeys"), ["1000"])
        decoded = [urllib.parse.unquote_to_bytes(t) for t in texts(raw, "Key")]
        self.assertEqual(decoded, sorted(decoded))
        page = listing(self.rgw, "&encoding-type=url&max-keys=1&prefix=a%20b/&start-after=a%20", bucket="listing")
        self.assertEqual(texts(page, "StartAfter"), ["a "])
        self.assertEqual(texts(page, "Prefix"), ["a b/"])
        self.assertEqual(texts(page, "NextContinuationToken"), ["a b/c+d"])
        following = listing(self.rgw, "&encoding-type=url&prefix=a%20b/&continuation-token=a%20b/c%2Bd", bucket="listing")
        self.assertEqual(texts(following, "Key"), ["a%20b%2Fe"])
        groups = listing(self.rgw, "&encoding-type=url&delimiter=/&prefix=a%20", bucket="listing")
        self.assertEqual(texts(groups, "Prefix"), ["a ", "a%20b/"])
        self.assertEqual(texts(listing(self.rgw, "&continuation-token=", bucket="listing"), "KeyCount"), [str(len(keys))])
        self.assertEqual(fetch(self.rgw, "/listing?list-type=2&encoding-type=other")[0], 200)
        self.assertRegex(texts(raw, "LastModified")[0], r"\.\d{3}Z$")

    def test_regions_and_errors_differ_from_those_of_aws_as_described(self):
        self.bucket("region", "k")
        with OPENER.open(urllib.request.Request(self.rgw.endpoint + "/region", method="HEAD"), timeout=20) as answer:
            self.assertIsNone(answer.headers["x-amz-bucket-region"])
        self.assertRegex(self.rgw.s3cmd("info", "s3://region").decode(), r"Location: +default")
        self.assertIn(b"s3://region/k", self.rgw.s3cmd("--region=nowhere-1", "ls", "s3://region"))
        status, body = fetch(self.rgw, "/nothing-here?list-type=2")
        self.assertEqual((status, texts(body, "Code"), texts(body, "Message")), (404, ["NoSuchBucket"], [""]))

    def test_versions_and_delete_markers(self):
        self.bucket("versions")
        self.rgw.versioning("versions")
        for data in (b"one", b"two"):
            self.rgw.put("versions", "k", data)
        self.rgw.s3cmd("setacl", "--acl-public", "s3://versions/k")
        with OPENER.open(self.rgw.endpoint + "/versions/k") as answer:
            self.assertRegex(answer.headers["x-amz-version-id"], r"^[\w.-]{30,32}$")
            self.assertEqual(answer.read(), b"two")
        self.rgw.delete("versions", "k")
        with self.assertRaises(urllib.error.HTTPError) as gone:
            OPENER.open(self.rgw.endpoint + "/versions/k")
        with gone.exception as answer:
            self.assertEqual((answer.code, answer.headers["x-amz-delete-marker"]), (404, None))
        self.assertEqual(self.rgw.keys("versions"), [])
        self.assertEqual(len(self.rgw.rclone("lsf", "--s3-versions", "t:versions").splitlines()), 2)

    def test_the_etag_of_a_multipart_upload_counts_its_parts(self):
        self.bucket("multipart")
        self.rgw.s3cmd("put", "--multipart-chunk-size-mb=5", "-", "s3://multipart/k", data=bytes(11 << 20))
        self.assertRegex(texts(listing(self.rgw, bucket="multipart"), "ETag")[0], r'^"[0-9a-f]{32}-3"$')

    def test_it_may_be_halted_and_keeps_its_objects(self):
        self.bucket("halted", "k")
        self.rgw.halt()
        with self.assertRaises(urllib.error.URLError):
            OPENER.open(self.rgw.endpoint, timeout=5)
        self.rgw.resume()
        self.assertEqual(self.rgw.keys("halted"), ["k"])


if __name__ == "__main__":
    unittest.main()
