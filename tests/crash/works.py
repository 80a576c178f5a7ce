"""What the pipelines of the torture run. Each script says `begin` and, as its last act, `end CODE` to the witness."""

import hashlib

PRELUDE = """
say() { echo "$TIDEWHEEL_RUN_ID $(hostname) $*" > /witness/w; }
fin() { say end $1; exit $1; }
say begin
set -- "$1" $(sha256sum < "$1")
"""
RESULT = """
cp "$1" /out/copy.bin || fin 9
echo "sha=$2" >> $TIDEWHEEL_OUTPUTS || fin 9
echo "this is all of $2"
fin 0
"""
REPEATS = 64
BIG = """
i=0; while [ $i -lt %d ]; do cat "$1"; i=$((i+1)); done > /out/big.bin || fin 9
base64 "$1"; base64 "$1"; base64 "$1" >&2
""" % REPEATS
# A new container has a new name: about one in two asks to be tried again.
AGAIN = """
case $(hostname) in [0-7]*) fin 75;; esac
"""
# The shell itself grows past its limit.
OOM = """
x=$(head -c 60000000 /dev/zero | tr '\\0' a); echo ${#x}
fin 0
"""

KINDS = {
    "fast": (PRELUDE + RESULT, ""),
    "slow": (PRELUDE + "sleep 3" + RESULT, ""),
    "three": (PRELUDE + "echo partial > /out/partial.csv\nfin 3", ""),
    "oom": (PRELUDE + OOM, "mem_limit: 24m\n"),
    "big": (PRELUDE + BIG + RESULT, ""),
    "again": (PRELUDE + AGAIN + RESULT, ""),
    "object": (PRELUDE + RESULT, ""),
}
GOOD = ("fast", "slow", "big", "again", "object")  # these succeed, sooner or later


def command(kind):
    return ["sh", "-c", KINDS[kind][0].replace("${", "$${"), "sh", "${input.path}"]


def last_line(sha):
    """The end of a good run's log."""
    return b"this is all of %s\n" % sha.encode()


def artifacts(kind, content):
    """What a good run leaves: name -> SHA-256."""
    sha = lambda data: hashlib.sha256(data).hexdigest()
    found = {"copy.bin": sha(content)}
    if kind == "big":
        found["big.bin"] = sha(content * REPEATS)
    return found
