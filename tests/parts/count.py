#!/usr/bin/env python3
"""Prints "PASSED FAILED SKIPPED" for one ctest run: every GoogleTest case counts, not just every program.

    count.py FOLDER     with ctest.xml (ctest --output-junit) and the programs' own GTEST_OUTPUT files beside it
A program that failed without naming a case (it crashed, ran too long, or a sanitizer spoke at its end) counts as one
failure more.
"""

import pathlib
import sys
import xml.etree.ElementTree as ET


def cases_of(path: pathlib.Path) -> tuple[int, int, int]:
    """Counts of one program's report. A program that was killed while it wrote has none."""
    try:
        root = ET.parse(path).getroot()
    except (ET.ParseError, FileNotFoundError):
        return 0, 0, 0
    passed = failed = skipped = 0
    for case in root.iter("testcase"):
        if case.find("failure") is not None:
            failed += 1
        elif case.find("skipped") is not None or case.get("result") == "skipped" or case.get("status") == "notrun":
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    passed = failed = skipped = 0
    try:
        programs = list(ET.parse(folder / "ctest.xml").getroot().iter("testcase"))
    except (ET.ParseError, FileNotFoundError):
        programs = []
    for program in programs:
        counts = cases_of(folder / f"{program.get('name')}.xml")
        fine = program.get("status") == "run"
        if counts == (0, 0, 0):
            counts = (1, 0, 0) if fine else (0, 1, 0)
        elif not fine and counts[1] == 0:
            counts = (counts[0], 1, counts[2])
        passed, failed, skipped = passed + counts[0], failed + counts[1], skipped + counts[2]
    if not programs:
        failed = 1
    print(passed, failed, skipped)


if __name__ == "__main__":
    main()
