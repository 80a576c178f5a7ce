"""What senders of bucket events send, and a relay from TCP to the daemon's unix socket, as a reverse proxy is one."""

import base64
import contextlib
import http.client
import json
import socket
import threading
import urllib.parse

PATH = "/api/v1/hints/s3/"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def post(daemon, body, connection="acme", headers=None):
    """(status, headers, body as JSON) of one push."""
    with contextlib.closing(UnixConnection(daemon.socket)) as client:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            client.request("POST", PATH + connection, data, headers or {})
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all of it was sent; the answer is there
        answer = client.getresponse()
        text = answer.read()
        return answer.status, answer.headers, json.loads(text) if text else None


def basic(secret, name="sns"):
    return {"Authorization": "Basic " + base64.b64encode(("%s:%s" % (name, secret)).encode()).decode()}


def record(bucket, key, event="ObjectCreated:Put", source="aws:s3"):
    """As S3 sends it: the key is form-encoded."""
    return {"eventVersion": "2.1", "eventSource": source, "awsRegion": "eu-central-1", "eventTime": "2026-11-22T10:00:00.000Z",
            "eventName": event, "userIdentity": {"principalId": "A"}, "requestParameters": {"sourceIPAddress": "192.0.2.1"},
            "responseElements": {"x-amz-request-id": "R", "x-amz-id-2": "I"},
            "s3": {"s3SchemaVersion": "1.0", "configurationId": "all",
                   "bucket": {"name": bucket, "ownerIdentity": {"principalId": "A"}, "arn": "arn:aws:s3:::" + bucket},
                   "object": {"key": urllib.parse.quote_plus(key), "size": 1, "eTag": "e", "sequencer": "0A1B"}}}


def records(*all_of_them):
    return {"Records": list(all_of_them)}


def sns(message, kind="Notification"):
    return {"Type": kind, "MessageId": "m", "TopicArn": "arn:aws:sns:eu-central-1:1:lab", "Message": json.dumps(message),
            "Timestamp": "2026-11-22T10:00:00.000Z", "SignatureVersion": "1", "Signature": "x"}


def event_bridge(bucket, key, what="Object Created"):
    """EventBridge does not encode keys."""
    return {"version": "0", "id": "i", "detail-type": what, "source": "aws.s3", "account": "1", "resources": [],
            "detail": {"version": "0", "bucket": {"name": bucket}, "object": {"key": key, "size": 1}, "reason": "PutObject"}}


def minio(bucket, key, event="s3:ObjectCreated:Put"):
    return dict(records(record(bucket, key, event, "minio:s3")), EventName=event, Key="%s/%s" % (bucket, key))


class Relay:
    """127.0.0.1:port -> the unix socket, byte by byte."""

    def __init__(self, path):
        self.path = path
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.door.close()

    def _accept(self):
        while True:
            try:
                outside, _ = self.door.accept()
            except OSError:
                return
            try:
                inside = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                inside.connect(self.path)
            except OSError:
                inside.close()
                outside.close()
                continue
            ended = threading.Semaphore(1)  # taken by the direction that ends first
            for one, other in ((outside, inside), (inside, outside)):
                threading.Thread(target=self._pour, args=(one, other, ended), daemon=True).start()

    @staticmethod
    def _pour(one, other, ended):
        with contextlib.suppress(OSError):
            while True:
                data = one.recv(65536)
                if not data:
                    break
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)
        if ended.acquire(blocking=False):
            return  # the other direction goes on
        one.close()
        other.close()
