"""Stands between a daemon and its engine, and lets single requests wait, or loses their answers."""

import contextlib
import os
import re
import shutil
import socket
import tempfile
import threading

REQUEST = re.compile(rb"^(HEAD|GET|POST|PUT|DELETE) (\S+) HTTP/1\.1\r\n")


class Trap:
    """The next request that fits. `before`: it does not reach the engine until `release`; else the engine gets it and its answer waits.
    With `answer` it is answered so, and the engine never hears of it."""

    def __init__(self, pattern, before, times, answer):
        self.pattern = re.compile(pattern.encode())
        self.before = before
        self.left = times
        self.answer = answer
        self.met = threading.Event()
        self.open = threading.Event()

    def release(self):
        self.left = 0
        self.open.set()


class Proxy:
    def __init__(self, engine):
        self.folder = tempfile.mkdtemp(prefix="tw-proxy-", dir="/var/tmp")
        os.chmod(self.folder, 0o755)
        self.path = os.path.join(self.folder, "proxy.sock")
        self.url = "unix://" + self.path
        self.engine = engine.removeprefix("unix://")
        self.requests = []
        self.traps = []
        self.pairs = set()
        self.listener = None
        self.listen()

    def listen(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        os.chmod(self.path, 0o666)
        self.listener.listen(64)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def trap(self, pattern, before=True, times=1, answer=None):
        trap = Trap(pattern, before, times, answer)
        self.traps.append(trap)
        return trap

    def count(self, pattern):
        return sum(1 for request in list(self.requests) if re.search(pattern, request))

    def cut(self):
        """The engine is away: no connection lives, and no new one comes about."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()

    def drop(self):
        for pair in list(self.pairs):
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self):
        for trap in self.traps:
            trap.release()
        self.cut()
        shutil.rmtree(self.folder)

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            try:
                engine.connect(self.engine)
            except OSError:
                client.close()
                engine.close()
                continue
            pair = (client, engine)
            self.pairs.add(pair)
            quiet = threading.Event()  # set: the engine's answers may pass
            quiet.set()
            ends = threading.Barrier(2, action=lambda pair=pair: self._forget(pair))
            threading.Thread(target=self._requests, args=(client, engine, quiet, ends), daemon=True).start()
            threading.Thread(target=self._answers, args=(engine, client, quiet, ends), daemon=True).start()

    def _forget(self, pair):
        self.pairs.discard(pair)
        for end in pair:
            end.close()

    def _caught(self, line):
        for trap in self.traps:
            if trap.left > 0 and trap.pattern.search(line):
                trap.left -= 1
                return trap
        return None

    def _requests(self, client, engine, quiet, ends):
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                head = REQUEST.match(data)
                if head:
                    self.requests.append((head[1] + b" " + head[2]).decode())
                    trap = self._caught(head[1] + b" " + head[2])
                    if trap and trap.answer is not None:
                        client.sendall(trap.answer)
                        trap.met.set()
                        continue
                    if trap and trap.before:
                        trap.met.set()
                        trap.open.wait()
                    elif trap:
                        quiet.clear()
                        threading.Thread(target=lambda t=trap: (t.open.wait(), quiet.set()), daemon=True).start()
                        engine.sendall(data)
                        trap.met.set()
                        continue
                engine.sendall(data)
        self._end(engine, ends)

    def _answers(self, engine, client, quiet, ends):
        with contextlib.suppress(OSError):
            while data := engine.recv(65536):
                quiet.wait()
                client.sendall(data)
        self._end(client, ends)

    @staticmethod
    def _end(other, ends):
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(threading.BrokenBarrierError):
            ends.wait()
