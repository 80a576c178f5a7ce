"""The S3 servers that other tests stand on, seen by s3cmd, rclone and plain HTTP."""

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
    return re.findall("<%s>(.*?)</%s>" % (name, name), xml, re.S)


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


if __name__ == "__main__":
    unittest.main()
