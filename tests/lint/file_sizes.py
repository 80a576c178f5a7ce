#!/usr/bin/env python3
"""Checks that no source file is longer than 400 lines.

    file_sizes.py [ROOT]       exit 1 and one line for each file
    file_sizes.py --self-test  shows that it can fail
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

MOST_LINES = 400
SOURCES = {".cpp", ".hpp", ".c", ".h", ".py", ".sh", ".sql", ".R", ".cmake", ""}
NOT_OURS = {".git", "build", "node_modules", "__pycache__"}


def files(root: pathlib.Path) -> list[pathlib.Path]:
    """What git tracks and what it would add. Without git, or where it refuses (a plain folder, another user's checkout),
    everything but git's own files and what was built."""
    if shutil.which("git"):
        listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True)
        if listed.returncode == 0:
            return [root / name for name in listed.stdout.decode().split("\0") if name and (root / name).is_file()]
    return [path for path in root.rglob("*") if path.is_file() and not NOT_OURS & set(path.relative_to(root).parts)]


def complaints(root: pathlib.Path) -> list[str]:
    found, count = [], 0
    for path in sorted(files(root)):
        if path.suffix not in SOURCES or path.name == "LICENSE":
            continue
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        name, count = path.relative_to(root), count + 1
        if len(lines) > MOST_LINES:
            found.append(f"{name}: {len(lines)} lines; split it by what it is about (at most {MOST_LINES})")
    return found if count else [f"{root}: no sources found"]


def self_test() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        (root / "long.cpp").write_text("int x;\n" * (MOST_LINES + 1))
        (root / "fits.cpp").write_text("int x;\n" * MOST_LINES)
        found = complaints(root)
        assert len(found) == 1 and "long.cpp" in found[0], found


def main() -> int:
    if "--self-test" in sys.argv:
        self_test()
        return 0
    found = complaints(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve())
    print("\n".join(found) or "every file is of a readable size")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
