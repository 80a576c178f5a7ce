#!/usr/bin/env python3
"""Checks that the folders of lib/ and daemon/ include only what stands below them, and that a third-party library is
used only in the folder that owns it (docs/architecture.md, "Folders").

    module_graph.py [ROOT]      exit 1 and one line for each include that breaks a rule
    module_graph.py --self-test shows that it can fail
"""

import pathlib
import re
import sys
import tempfile

# What a folder uses by itself; what those use comes along.
ARROWS = {
    "core": [],
    "aio": ["core"],
    "sql": ["core"],
    "domain": ["core"],
    "config": ["core", "domain"],
    "store": ["sql", "aio", "domain"],
    "http": ["aio"],
    "docker": ["http"],
    "s3": ["http"],
    "archive": ["core"],
    "watch": ["domain", "aio"],
    "inputs": ["domain", "aio", "s3"],
    "orchestrator": ["config", "store", "docker", "s3", "watch", "inputs", "archive"],
    "api": ["http", "store", "orchestrator"],
}
# Programs: the service composes everything, the command speaks HTTP and knows the words, the init shares the layout of
# its record with the domain and knows nothing else.
PROGRAMS = {
    "dashboard": ["api"],
    "tidewheeld": [*ARROWS, "dashboard"],
    "cli": ["http", "config", "domain"],
    "init": ["domain"],
}

# Third-party headers and the folders that may see them. What is not listed here is free (Boost.JSON, fmt, OpenSSL...).
OWNERS = [
    (re.compile(r"boost/beast"), {"http"}),
    (re.compile(r"sqlite3(ext)?\.h$"), {"sql"}),
    (re.compile(r"yaml-cpp/"), {"config"}),
    (re.compile(r"archive(_entry)?\.h$"), {"archive"}),
    (re.compile(r"pugixml"), {"s3"}),
    (re.compile(r"zstd(_errors)?\.h$"), {"archive"}),
    (re.compile(r"CLI/"), {"tidewheeld", "cli"}),
    (re.compile(r"date/"), {"domain"}),
]
# The other way round: what these must not see, so that decisions stay free of I/O and logging.
BANNED = {
    "core": re.compile(r"spdlog/|boost/asio"),
    "domain": re.compile(r"spdlog/|boost/asio"),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def reachable(folder: str, arrows: dict[str, list[str]]) -> set[str]:
    """A folder, and all that stands below it."""
    seen, pending = set(), [folder]
    while pending:
        if (current := pending.pop()) not in seen:
            seen.add(current)
            pending += arrows[current]
    return seen


def check_acyclic(arrows: dict[str, list[str]]) -> list[str]:
    """A cycle in the table itself would allow everything."""
    return [f"the table is not a DAG: {folder} reaches itself" for folder, below in arrows.items()
            if any(folder in reachable(other, arrows) for other in below)]


def sources(root: pathlib.Path):
    for parent in ("lib", "daemon"):
        for path in sorted((root / parent).rglob("*")):
            if path.suffix in {".hpp", ".cpp", ".h", ".c", ".in"} and len(path.relative_to(root).parts) > 2:
                yield path.relative_to(root).parts[1], path


def third_party(folder: str, header: str) -> str | None:
    for pattern, owners in OWNERS:
        if pattern.match(header) and folder not in owners:
            return f"<{header}> belongs to {' and '.join(sorted(owners))}"
    banned = BANNED.get(folder)
    return f"<{header}> is not for {folder}" if banned and banned.match(header) else None


def complaints(root: pathlib.Path) -> list[str]:
    arrows = {**ARROWS, **PROGRAMS}
    found = check_acyclic(ARROWS)
    count = 0
    for folder, path in sources(root):
        if folder not in arrows:
            found.append(f"{path.relative_to(root)}: folder {folder} is not in the table")
            continue
        allowed = reachable(folder, arrows)
        count += 1
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not (match := INCLUDE.match(line)):
                continue
            header = match[1] or match[2]
            target = header.split("/")[0] if "/" in header else folder
            wrong = third_party(folder, header)
            if match[1] and target in arrows and target not in allowed:
                wrong = f"{folder} may not use {target}"
            if wrong:
                found.append(f"{path.relative_to(root)}:{number}: {wrong}")
    return found if count else [*found, f"{root}: no sources found"]


def self_test() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        cases = {
            "lib/core/a.hpp": ('#include "aio/event.hpp"\n', "core may not use aio"),
            "lib/store/b.cpp": ('#include <sqlite3.h>\n', "belongs to sql"),
            "lib/docker/c.cpp": ('#  include <boost/beast/http.hpp>\n', "belongs to http"),
            "lib/watch/d.cpp": ('#include "inputs/locate.hpp"\n', "watch may not use inputs"),
            "lib/domain/e.cpp": ('#include <spdlog/spdlog.h>\n', "not for domain"),
            "lib/drawer/f.hpp": ("\n", "not in the table"),
            "daemon/cli/g.cpp": ('#include "store/runs.hpp"\n', "cli may not use store"),
        }
        for path, (text, _) in cases.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        good = root / "lib/api/ok.cpp"
        good.parent.mkdir(parents=True)
        good.write_text('#include "api/ok.hpp"\n#include "core/time.hpp"\n#include "ok2.hpp"\n#include <boost/json.hpp>\n')
        found = complaints(root)
        for path, (_, expected) in cases.items():
            assert any(path in line and expected in line for line in found), (path, expected, found)
        assert not any("lib/api" in line for line in found), found
    assert check_acyclic({"a": ["b"], "b": ["a"]})
    assert not check_acyclic(ARROWS)


def main() -> int:
    if "--self-test" in sys.argv:
        self_test()
        return 0
    found = complaints(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]))
    print("\n".join(found) or "every include goes down")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
