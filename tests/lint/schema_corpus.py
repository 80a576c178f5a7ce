#!/usr/bin/env python3
"""Checks that the JSON Schema for editors and the daemon's loader agree on the corpus of pipeline files.

Every file that the loader takes (tests/unit/config/corpus/good, config/pipelines) has to fit the schema, and every file
that it refuses (corpus/bad) has to be refused by the schema too, but for the ones listed here, where what is wrong is
beyond a schema. Needs python3-jsonschema and python3-yaml.
"""

import json
import pathlib
import re
import sys

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests/unit/config/corpus"

# Refused by the loader alone, and why no schema can do it.
BEYOND_A_SCHEMA = {
    "duplicate-key.yaml": "a parser has dropped one of the two before a schema sees them",
    "expect-short.yaml": "the schema knows how durations look, not how long they are",
    "image.yaml": "the schema knows the characters of a reference, not its grammar",
    "merge-key.yaml": "PyYAML merges",
    "nul.yaml": "a schema does not look at single characters of a title",
    "s3-by-url.yaml": "the language inside the texts, and a network that only the policy knows",
    "templates.yaml": "the language inside the texts",
    "wide-characters.yaml": "the language inside the texts",
}


class Core(yaml.SafeLoader):
    """YAML 1.2 core schema: yes, on, 010 and dates are texts, as for the daemon and for editors."""

    yaml_implicit_resolvers: dict = {}


for tag, pattern, first in (
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
):
    keys = [*first.replace("\0", ""), *([""] if "\0" in first else [])]
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), keys)
Core.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


def complaint(validator: jsonschema.Draft7Validator, path: pathlib.Path) -> str | None:
    """What is wrong with the file by its syntax or by the schema, None if nothing is."""
    try:
        document = yaml.load(path.read_bytes(), Loader=Core)  # noqa: S506: Core is a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        return f"not YAML: {error}"
    except RecursionError:
        return "recursive"
    # The first error only: sorting them would write out what an alias bomb stands for.
    try:
        error = next(validator.iter_errors(document), None)
    except RecursionError:
        return "recursive"
    return error.message if error else None


def main() -> int:
    schema = json.loads((ROOT / "config/schema/pipeline.v1.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    failures = []
    shipped = [*ROOT.glob("config/pipelines/*.yaml*"), *ROOT.glob("docs/examples/*/*.yaml")]
    good = sorted([*CORPUS.glob("good/*.yaml"), *shipped])
    bad = sorted(CORPUS.glob("bad/*.yaml"))
    if len(good) < 5 or len(bad) < 20:
        failures.append("the corpus is not where it should be")
    for path in good:
        if (wrong := complaint(validator, path)) is not None:
            failures.append(f"{path.relative_to(ROOT)}: the loader takes it, the schema does not: {wrong}")
    for path in bad:
        refused = complaint(validator, path) is not None
        excused = path.name in BEYOND_A_SCHEMA
        if refused == excused:
            verdict = "refuses it, take it off the list" if refused else "takes it"
            failures.append(f"{path.relative_to(ROOT)}: the schema {verdict}")
    unused = set(BEYOND_A_SCHEMA) - {path.name for path in bad}
    failures += [f"{name}: listed, but not in the corpus" for name in sorted(unused)]
    print("\n".join(failures) or f"schema and loader agree on {len(good)} good and {len(bad)} bad files")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
