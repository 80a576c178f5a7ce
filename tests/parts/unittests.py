#!/usr/bin/env python3
"""Runs the test_*.py files of a folder with Python's unittest, printing each test with its time.

    unittests.py FOLDER TALLY [--files GLOB | --not-files GLOB...] [PATTERN]
Appends "PASSED FAILED SKIPPED" to the file TALLY. PATTERN picks tests whose name contains it.
"""

import argparse
import fnmatch
import os
import sys
import time
import unittest


class Result(unittest.TextTestResult):
    """As unittest's own, with the time of every test and a count of those that passed."""

    passed = 0

    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.passed += 1
        super().addSuccess(test)

    def stopTest(self, test):
        self.stream.writeln(f"      {time.monotonic() - self.began:.1f} s")
        self.stream.flush()
        super().stopTest(test)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("tally")
    parser.add_argument("pattern", nargs="?")
    parser.add_argument("--files", default="*")
    parser.add_argument("--not-files", action="append", default=[])
    wanted = parser.parse_args()
    folder, tally = wanted.folder, wanted.tally
    loader = unittest.TestLoader()
    if wanted.pattern:
        loader.testNamePatterns = [f"*{wanted.pattern}*"]
    suite = unittest.TestSuite()
    for file in sorted(fnmatch.filter(os.listdir(folder), "test_*.py")):
        if fnmatch.fnmatch(file, wanted.files) and not any(fnmatch.fnmatch(file, glob) for glob in wanted.not_files):
            suite.addTests(loader.discover(folder, pattern=file, top_level_dir=folder))
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result)
    result = runner.run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped) + len(result.expectedFailures)
    if result.passed + failed + skipped == 0:
        print(f"no tests in {folder}")
        failed = 1
    with open(tally, "a", encoding="utf-8") as file:
        print(result.passed, failed, skipped, file=file)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
