"""What goes wrong: each kind of fault has a thread and a random sequence of its own, so that they overlap as they like."""

import collections
import os
import random
import threading
import time


class Faults:
    def __init__(self, world, engine, seed):
        self.world, self.engine, self.seed = world, engine, seed
        self.counts = collections.Counter()
        self.disk_full = []      # (began, freed)
        self.engine_deaths = []  # times
        self.own_ends = []       # (time, exit status, the life's log): the daemon ended by itself
        self._life = 0           # where its log begins
        self.errors = []
        self._over = threading.Event()
        self._threads = []

    def begin(self):
        for name, body in (("daemon", self._daemon), ("engine", self._engine), ("disk", self._disk)):
            thread = threading.Thread(target=self._guard, args=(body, random.Random("%d %s" % (self.seed, name))), name=name)
            self._threads.append(thread)
            thread.start()

    def _guard(self, body, chance):
        try:
            body(chance)
        except Exception as error:  # told at the end: without its faults a torture is none
            self.errors.append("%s: %r" % (threading.current_thread().name, error))

    def end(self):
        """All is well again when this returns: the engine answers, the disk has room. The daemon is kept alive by keep()."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def keep(self):
        """As systemd's Restart=always would: call it often."""
        process = self.world.daemon.process
        if process.poll() is None:
            return
        with open(self.world.daemon.log_path, "rb") as log:
            log.seek(self._life)
            self.own_ends.append((time.time(), process.returncode, log.read().decode(errors="replace")))
        self._start()

    def _start(self):
        self._life = os.path.getsize(self.world.daemon.log_path)
        self.world.daemon.start(wait=False)

    def _sleep(self, seconds):
        return not self._over.wait(seconds)

    def _daemon(self, chance):
        while True:
            until = time.monotonic() + chance.uniform(0.2, 8)
            while time.monotonic() < until:
                if not self._sleep(0.1):
                    return
                self.keep()
            down = chance.choice((0, 0, 0.5, 2))
            if self.world.daemon.process.poll() is None:
                self.world.daemon.kill()
                self.counts["daemon killed"] += 1
            self._sleep(down)
            self._start()

    def _engine(self, chance):
        while self._sleep(chance.uniform(2, 12)):
            if chance.random() < 0.4:
                self.engine_deaths.append(time.time())
                self.engine.kill()
                self.counts["engine killed"] += 1
                self._sleep(chance.uniform(0, 2))
                self.engine.start()
            else:
                self.engine.freeze()
                self.counts["engine frozen"] += 1
                self._sleep(chance.uniform(0.3, 6))
                self.engine.thaw()

    def _disk(self, chance):
        while self._sleep(chance.uniform(4, 20)):
            began = time.time()
            self.world.fill_disk(chance.choice((0, 0, 4096, 65536, 1 << 20)))
            self.counts["disk filled"] += 1
            self._sleep(chance.uniform(0.5, 5))
            self.world.free_disk()
            self.disk_full.append((began, time.time()))
