#!/usr/bin/env python3
"""Signs random requests with botocore and with our signer, and compares signatures and URLs.

    sigv4_oracle.py PROGRAM [--requests N] [--seed S]
PROGRAM reads one JSON object a line and prints one (sign_lines.cpp). Every request that differs is printed.
"""

import argparse
import base64
import datetime
import hashlib
import json
import random
import re
import subprocess
import sys
import types
from urllib.parse import parse_qs, quote, urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PIECES = ["a", "b c", "+", "%2B", "%", "&", "?", "#", "=", "//", "/./", "/../", "..", "~", "é", "é", "\U0010ffff",
          "\x01", "\r\n", "\x7f", " ", "&lt;", ":", ";", ",", "@", "!", "'", "(", ")", "*", "\\", '"', "<", ">", "[", "]", "^",
          "`", "{", "|", "}", "$", "日本", "-_.", "Z9", "\t", "\x00"]
ENDPOINTS = ["https://s3.eu-central-1.amazonaws.com", "http://127.0.0.1:7480", "http://[::1]:7480", "https://[fd00::1]",
             "https://s3.example.org:443", "http://s3.example.org:80", "https://s3.example.org:8443", "http://localhost"]
BUCKETS = ["data", "my-bucket-1", "dots.in.name"]
UNSIGNED = "UNSIGNED-PAYLOAD"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def text(rng: random.Random, most: int) -> str:
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, most)))


def key(rng: random.Random) -> bytes:
    if rng.random() < 0.1:  # any bytes at all: a server may refuse them, the signature is right all the same
        return rng.randbytes(rng.randint(1, 40))
    return text(rng, 12).encode()


def make(rng: random.Random) -> dict:
    """One request in the form that PROGRAM reads."""
    expires = rng.randint(1, 604800) if rng.random() < 0.3 else 0
    query = {text(rng, 3): text(rng, 5) if rng.random() < 0.9 else "" for _ in range(rng.randint(0, 5))}
    headers = [["Range", f"bytes={rng.randint(0, 99)}-"]] if rng.random() < 0.3 else []
    if rng.random() < 0.3:
        headers += [["x-amz-Meta-Note", "  two   blanks  "], ["If-Match", '"abc"']]
    if rng.random() < 0.2 and not expires:
        headers += [["X-Twice", "b"], ["X-Twice", "a"]]
    hashed = hashlib.sha256(rng.randbytes(8)).hexdigest() if rng.random() < 0.5 else UNSIGNED
    return {
        "method": rng.choice(["GET", "HEAD", "PUT", "DELETE"]), "endpoint": rng.choice(ENDPOINTS),
        "addressing": rng.choice(["path", "virtual"]), "bucket": rng.choice(BUCKETS), "key": b64(key(rng)),
        "query": [[b64(n.encode()), b64(v.encode())] for n, v in query.items()], "headers": headers,
        "payload_hash": UNSIGNED if expires else hashed,
        "access_key": "AK" + "".join(rng.choices("ABCDEFGHIJ234567", k=18)),
        "secret_key": b64(rng.randbytes(30)), "token": b64(rng.randbytes(rng.randint(1, 300))) if rng.random() < 0.5 else "",
        "region": rng.choice(["us-east-1", "eu-central-1", "default", "garage"]),
        "at_ms": rng.randint(0, 4102444800) * 1000, "expires": expires,
    }


def url_of(asked: dict) -> str:
    """Where an S3 client would send it. A name that no certificate or address can carry makes it path style."""
    parts = urlsplit(asked["endpoint"])
    numeric = re.fullmatch(r"[\d.]+|.*:.*", parts.hostname)
    path = quote(base64.b64decode(asked["key"]), safe="/~")
    fits = not numeric and not ("." in asked["bucket"] and parts.scheme == "https")
    if asked["addressing"] == "virtual" and fits:
        return f"{parts.scheme}://{asked['bucket']}.{parts.netloc}/{path}"
    return f"{asked['endpoint']}/{asked['bucket']}/{path}"


class HashedPayload:
    """botocore takes the hash from the body; here it is given."""

    hashed = UNSIGNED

    def payload(self, request):
        return self.hashed


class HeaderSigner(HashedPayload, botocore.auth.S3SigV4Auth):
    pass


def sign(asked: dict) -> dict:
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=asked["at_ms"])
    clock = type("Clock", (datetime.datetime,), {"utcnow": classmethod(lambda cls: moment)})
    botocore.auth.datetime = types.SimpleNamespace(datetime=clock)  # 1.29 asks utcnow(), later ones the function
    botocore.auth.get_current_datetime = lambda: moment
    credentials = Credentials(asked["access_key"], asked["secret_key"], asked["token"] or None)
    params = [(base64.b64decode(n).decode(), base64.b64decode(v).decode()) for n, v in asked["query"]]
    request = AWSRequest(method=asked["method"], url=url_of(asked), params=params)
    for name, value in asked["headers"]:
        request.headers.add_header(name, value)
    if asked["expires"]:
        botocore.auth.S3SigV4QueryAuth(credentials, "s3", asked["region"], expires=asked["expires"]).add_auth(request)
        return {"url": request.url}
    signer = HeaderSigner(credentials, "s3", asked["region"])
    signer.hashed = asked["payload_hash"]
    signer.add_auth(request)
    return {"url": request.url, "authorization": request.headers["Authorization"],
            "query": signer.canonical_query_string(request)}


def differences(asked: dict, ours: dict, theirs: dict) -> list[str]:
    """What is not equal; empty if all is."""
    found = []
    expected, actual = urlsplit(theirs["url"]), urlsplit("http://h" + ours["target"])
    if expected.path != actual.path:
        found.append(f"path {actual.path!r} for {expected.path!r}")
    if asked["expires"]:
        mine, its = (parse_qs(part.query, keep_blank_values=True) for part in (actual, expected))
        if mine != its:
            found.append(f"query {actual.query!r} for {expected.query!r}")
    else:
        if ours["authorization"] != theirs["authorization"]:
            found.append(f"{ours['authorization']!r} for {theirs['authorization']!r}")
        if actual.query != theirs["query"]:
            found.append(f"query {actual.query!r} for {theirs['query']!r}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--requests", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    asked = [make(rng) for _ in range(options.requests)]
    lines = "".join(json.dumps(request) + "\n" for request in asked)
    answered = subprocess.run([options.program], input=lines, capture_output=True, text=True)
    if answered.returncode != 0:
        print(f"the signer failed: {answered.stderr}")
        return 1
    ours = [json.loads(line) for line in answered.stdout.splitlines()]
    assert len(ours) == len(asked), f"{len(ours)} answers to {len(asked)} requests"
    wrong = 0
    for request, answer in zip(asked, ours):
        if found := differences(request, answer, sign(request)):
            wrong += 1
            print(json.dumps(request), *found, sep="\n  ")
    presigned = sum(1 for request in asked if request["expires"])
    print(f"{len(asked)} requests, {presigned} of them presigned: {wrong} differ (seed {options.seed})")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
