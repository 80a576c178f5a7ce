#!/usr/bin/env python3
"""Checks that every case which container runs have to stand has a test, or a skip with its reason, that bears its number.

    run_cases.py [ROOT]       exit 1 and one line for each case without one
    run_cases.py --self-test  shows that it can fail
A test bears a number in its name: `TEST(Runner, case_11_...)`, `def test_case_12_...`. F marks a fault that is made on purpose.
"""

import pathlib
import re
import sys
import tempfile

CASES = {
    1: "a container of that name is there: it is taken on by label and body",
    2: "F: sixteen creates at once; the losers see 409 and then 404",
    3: "a foreign container has our name: an error, and it is left alone",
    4: "F: killed between create and its answer",
    5: "F: killed after the start was sent: it runs once",
    6: "F: killed while a stopped engine has the start",
    7: "F: killed between the end and the collection: outputs once",
    8: "F: killed between the collection and the removal",
    9: "F: killed at any transition: one end for each run",
    10: "an answer to wait on a created container is no success",
    11: "no start is ever sent to an exited container",
    12: "F: dockerd killed around the end of a script that exits 3",
    13: "F: the same with exit 0: believed only with the init's record",
    14: "F: dockerd killed in the middle, live-restore on",
    15: "F: the same, off: the retry waits for the old container's death",
    16: "F: dockerd's SIGTERM and a script that exits 0 on it",
    17: "F: dockerd killed up to 450 ms after a start",
    18: "F: no dockerd at our start",
    19: "F: a container ends while dockerd is down",
    20: "F: power loss",
    21: "F: dockerd's disk is full",
    22: "F: a stranger removes the container",
    23: "F: a stranger starts the ended container again",
    24: "F: a stranger pauses the container",
    25: "cancelled while pulling, created, starting, running, collecting",
    26: "cancelled, and the script exits 0",
    27: "past its timeout; processes that cannot be killed",
    28: "a stop that races the end",
    29: "out of memory: PID 1, a child, no flag",
    30: "exit codes verbatim",
    31: "no command, no image, no GPU: the right class",
    32: "the image is removed between pull and create",
    33: "the tag moves while the run waits",
    34: "errors of registries wherever they hide",
    35: "ten runs, one pull",
    36: "credential helpers: missing, slow, garbage",
    37: "log frames cut anywhere; heads that are none",
    38: "100 MB of log",
    39: "lines of 40 kB, NUL, not UTF-8, CRLF, no newline at the end",
    40: "the live log goes on after a kill without loss or repeat",
    41: "the clock steps back an hour",
    42: "log drivers and rotation of the engine's choice",
    43: "F: the answer to wait never comes",
    44: "F: more events than the engine keeps",
    45: "hostile outputs",
    46: "outputs.json that is none",
    47: "a required output is missing",
    48: "hostile arguments",
    49: "an upload that is refused early",
    50: "two daemons at one engine; two on one state directory",
    51: "an older database",
    52: "a crowd of runs and few slots",
    53: "API versions",
    54: "podman",
    55: "TCP and TLS",
    56: "F: dockerd is upgraded during a run",
    57: "1500 leftover containers",
}
NAMES = re.compile(r"\bTEST(?:_F|_P)?\(\s*\w+,\s*(\w+)|^\s*def (test_\w+)", re.MULTILINE)
NUMBER = re.compile(r"case_(\d+)(?=_|$)")


def numbers(root: pathlib.Path) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for path in sorted((root / "tests").rglob("*")):
        if path.suffix not in (".cpp", ".py") or "lint" in path.parts:
            continue
        for match in NAMES.finditer(path.read_text(encoding="utf-8", errors="replace")):
            for number in NUMBER.findall(match[1] or match[2]):
                found.setdefault(int(number), []).append(f"{path.relative_to(root)}: {match[1] or match[2]}")
    return found


def complaints(root: pathlib.Path) -> list[str]:
    found = numbers(root)
    missing = [f"case {number} has no test and no skip: {title}" for number, title in CASES.items() if number not in found]
    unknown = [f"{name}: there is no case {number}" for number, names in found.items() if number not in CASES for name in names]
    return missing + unknown


def self_test() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        (root / "tests").mkdir()
        every = "".join(f"    def test_case_{number}_x(self):\n" for number in CASES if number not in (1, 12))
        (root / "tests" / "test_a.py").write_text(every)
        (root / "tests" / "b_test.cpp").write_text("TEST_F(Runner, case_12_x) {}\nTEST(Runner,\n     case_58) {}\n// case_1_ in a comment\n")
        found = complaints(root)
        assert len(found) == 2 and found[0].startswith("case 1 ") and "no case 58" in found[1], found


def main() -> int:
    if "--self-test" in sys.argv:
        self_test()
        return 0
    found = complaints(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve())
    print("\n".join(found) or "every case has its test")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
