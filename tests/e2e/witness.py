"""What scripts say while they run, straight to the test: a pipe in a folder that every container may read. Neither the engine nor the
daemon knows of it, and a line is there before the next command of the script."""

import os
import shutil
import tempfile
import threading

from harness import DOCKER, ENDS, E2ETest, wait_until

# Interruptions are tried again at once, and a stop is soon over.
AGAIN = "retries: {max: 5, backoff: 100ms, if: [interrupted]}\nstop_grace_period: 2s\n"


class Pipe:
    """`say` goes into a script; `lines` is what arrived, in the order of arrival. Close it after the daemon."""

    CONFIG = 'policy: {images: ["*"], paths: ["/var/tmp/**"]}\n'  # a daemon's, so that pipelines may have the volume

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="tw-witness-", dir="/var/tmp")
        os.chmod(self.folder, 0o755)
        path = os.path.join(self.folder, "pipe")
        os.mkfifo(path)
        os.chmod(path, 0o666)
        # Both ends open: no script waits for a reader, and the reader does not end with the last script.
        self.fd = os.open(path, os.O_RDWR)
        self.lines = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        rest = b""
        while True:
            rest += os.read(self.fd, 65536)
            *whole, rest = rest.split(b"\n")
            for line in whole:
                if line == b"the end":
                    return
                self.lines.append(line.decode())

    def volumes(self):
        """For a pipeline. A special file may be written to through a read-only mount."""
        return 'volumes: ["%s:/witness"]\n' % self.folder

    def close(self):
        os.write(self.fd, b"\nthe end\n")
        self.thread.join()
        os.close(self.fd)
        shutil.rmtree(self.folder)

    def tell(self, name):
        """A file that scripts wait for: /witness/NAME."""
        with open(os.path.join(self.folder, name), "w"):
            pass

    def of(self, run_id, word=""):
        """What the attempts of one run said."""
        return [line for line in list(self.lines) if line.startswith(run_id + " ") and word in line]


def wait_for(name):
    """A shell command that goes on when the test tells it."""
    return "until [ -e /witness/%s ]; do sleep 0.02; done" % name


def say(words):
    """A shell command; one write each, so lines of several scripts do not mix."""
    return 'echo "$TIDEWHEEL_RUN_ID $HOSTNAME %s" > /witness/pipe' % words


class WitnessTest(E2ETest):
    """Scripts that tell the test what they do, in containers of `host`."""

    host = DOCKER

    def setUp(self):
        self.pipe = Pipe()
        self.addCleanup(self.pipe.close)

    def begin(self, script, extra=AGAIN, engine=None, config="", **options):
        """A daemon with the pipeline `p`; `script` is a list of shell commands, and $1 the input."""
        d = self.daemon(engine=engine or self.host, witness=self.host, config=Pipe.CONFIG + config, **options).start()
        d.pipeline("p", ["sh", "-c", "; ".join(script), "sh", "${input.path}"], settle="0s", extra=extra + self.pipe.volumes())
        return d

    def run_of(self, d, name):
        """The one run of a file, and None while there is none."""
        runs = d.sql("SELECT r.* FROM v1_runs r JOIN v1_inputs i USING (run_id) WHERE i.key = ?", name)
        self.assertLessEqual(len(runs), 1)
        return runs[0] if runs else None

    def wait_state(self, d, name, states, seconds=60):
        def there():
            run = self.run_of(d, name)
            return run if run and run["state"] in states else None
        return wait_until(there, seconds, lambda: "%s is not %s: %s\n%s" % (name, states, self.run_of(d, name), d.log()[-2500:]))

    def ended(self, d, name, seconds=60):
        return self.wait_state(d, name, ENDS, seconds)

    def said(self, run, word):
        return self.pipe.of(run["run_id"], word)

    def wait_said(self, word, count=1, seconds=30):
        wait_until(lambda: sum(word in line for line in list(self.pipe.lines)) >= count, seconds,
                   lambda: "nobody said %s: %s" % (word, self.pipe.lines[-10:]))

    def attempts(self, d, run):
        return [(a["outcome"], a["reason"]) for a in d.sql("SELECT outcome, reason FROM v1_attempts WHERE run_id = ? ORDER BY attempt", run["run_id"])]
