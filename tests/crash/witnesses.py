"""Who saw what happened and is not our database: the scripts themselves, and the engine's events."""

import collections
import json
import os
import subprocess
import threading
import time


class Scripts:
    """A FIFO that lies in a volume of every container. A read-only mount lets a FIFO be written, and a line is one write:
    what a script says is here when its write is through, whatever dies after that."""

    def __init__(self, folder):
        os.mkdir(folder, 0o755)
        path = os.path.join(folder, "w")
        os.mkfifo(path)
        os.chmod(path, 0o666)
        self.lines = []  # (time, run id, container, word...)
        self._file = os.open(path, os.O_RDWR)  # its own writer, so that it never sees an end
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        rest = b""
        while True:
            *lines, rest = (rest + os.read(self._file, 65536)).split(b"\n")
            for line in lines:
                self.lines.append((time.time(), *line.decode().split()))

    def by_container(self):
        """(run id, first 12 digits of the container's id) -> its words, in order."""
        said = collections.defaultdict(list)
        for _, run, container, *words in list(self.lines):
            said[run, container].append(tuple(words))
        return said


class Events:
    """`docker events`, connected anew whenever the engine died. It keeps no events over its death, and only 256 of them
    while it lives, so what it shows is true and what it does not show proves nothing."""

    def __init__(self, engine):
        self.engine = engine
        self.starts = collections.Counter()  # container id -> starts
        self.connections = 0
        self._closing = False
        self._seen = set()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self):
        since = "%.9f" % time.time()
        while not self._closing:
            self.connections += 1
            self._process = subprocess.Popen(
                ["docker", "-H", self.engine.host, "events", "--since", since, "--filter", "type=container", "--filter",
                 "event=start", "--format", "{{json .}}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            for line in self._process.stdout:
                event = json.loads(line)
                moment = (event["id"], event["timeNano"])
                if moment not in self._seen:  # asked for again after a gap
                    self._seen.add(moment)
                    self.starts[event["id"]] += 1
                since = "%d.%09d" % divmod(event["timeNano"], 10**9)
            self._process.wait()
            self._process.stdout.close()
            time.sleep(0.3)

    def close(self):
        self._closing = True
        self._process.terminate()
        self._thread.join(20)
